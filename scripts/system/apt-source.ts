import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { REPOSITORY } from "../bundle/repository.ts";
import { mustRun, runQuietly } from "./command.ts";
import { findExecutable, type Source } from "./part.ts";

const CACHE = path.join(REPOSITORY, ".cache/apt-source");
const LISTS = "/etc/apt/sources.list.d/debian.sources";

/** A directory within the source of a Debian package, once that is here. */
export function findSourceDirectory(name: string, within: string): string | undefined {
  const found = path.join(CACHE, name, "tree", within);
  return existsSync(found) ? found : undefined;
}

/**
 * A part of the source of a Debian package, in the version that is installed. apt keeps lists of its own for it, so that
 * the machine's sources stay as they are; it checks the signatures as ever.
 */
export function aptSource(name: string, within: string): Source {
  const folder = path.join(CACHE, name);
  return {
    kind: `apt-source ${name}`,
    item: name,
    command: `apt-get source ${name}`,
    usable: () => existsSync(LISTS) && findExecutable("apt-get") !== undefined,
    install: async () => {
      for (const each of ["lists/partial", "download", "tree"]) {
        mkdirSync(path.join(folder, each), { recursive: true });
      }
      const sources = path.join(folder, "sources.sources");
      writeFileSync(sources, readFileSync(LISTS, "utf8").replace(/^Types: .*$/gm, "Types: deb-src"));
      const options = [`sourcelist=${sources}`, "sourceparts=-"].map((each) => `Dir::Etc::${each}`);
      const apt = [...options, `Dir::State::lists=${path.join(folder, "lists")}`].flatMap((each) => [
        "-o",
        each,
      ]);
      await mustRun("apt-get", ["-q", ...apt, "update"]);
      const { output: version } = await runQuietly("dpkg-query", ["-W", "-f", "${Version}", name]);
      // Relative file names go where apt-get stands.
      const download = path.join(folder, "download");
      await mustRun("env", [
        "-C",
        download,
        "apt-get",
        "-q",
        ...apt,
        "source",
        "--download-only",
        `${name}=${version}`,
      ]);
      const archive = readdirSync(download).find((file) => /\.orig\.tar\.\w+$/.test(file));
      if (archive === undefined) throw new Error(`the source of ${name} has no archive`);
      const flags = ["--strip-components=1", "--wildcards", "-C", path.join(folder, "tree")];
      await mustRun("tar", ["-xf", path.join(download, archive), ...flags, `*/${within}`]);
    },
  };
}
