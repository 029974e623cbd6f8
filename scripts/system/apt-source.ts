import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { REPOSITORY } from "../bundle/repository.ts";
import { mustRun, runQuietly } from "./command.ts";
import { findExecutable, type Source } from "./part.ts";

const CACHE = path.join(REPOSITORY, ".cache/apt-source");
const LISTS = "/etc/apt/sources.list.d/debian.sources";

/** Makes lists of apt in a folder, from the machine's own sources with a change; gives the options by which they are used. */
async function ownLists(folder: string, change: (sources: string) => string): Promise<readonly string[]> {
  for (const each of ["lists/partial", "download", "tree"]) {
    mkdirSync(path.join(folder, each), { recursive: true });
  }
  const sources = path.join(folder, "sources.sources");
  writeFileSync(sources, change(readFileSync(LISTS, "utf8")));
  const options = [
    `Dir::Etc::sourcelist=${sources}`,
    "Dir::Etc::sourceparts=-",
    `Dir::State::lists=${path.join(folder, "lists")}`,
  ].flatMap((each) => ["-o", each]);
  await mustRun("apt-get", ["-q", ...options, "update"]);
  return options;
}

/** A file of a package of another release of Debian, once that is here. */
export function findFileOfRelease(name: string, file: string): string | undefined {
  return findSourceDirectory(name, file);
}

/**
 * A package of another release of Debian, unpacked beside the machine and not installed: for a single program that
 * needs nothing of that release.
 */
export function aptRelease(release: string, name: string): Source {
  const folder = path.join(CACHE, name);
  return {
    kind: `apt-release ${name}`,
    item: name,
    command: `apt-get download ${name}/${release}`,
    usable: () => existsSync(LISTS) && findExecutable("apt-get") !== undefined,
    install: async () => {
      // The first stanza is Debian itself, the second its security updates.
      const apt = await ownLists(
        folder,
        (sources) => `${sources.split(/\n\n/)[0]?.replace(/^Suites: .*$/m, `Suites: ${release}`)}\n`,
      );
      const download = path.join(folder, "download");
      await mustRun("env", ["-C", download, "apt-get", "-q", ...apt, "download", name]);
      const archive = readdirSync(download).find((file) => file.endsWith(".deb"));
      if (archive === undefined) throw new Error(`${name} was not downloaded`);
      await mustRun("dpkg-deb", ["--extract", path.join(download, archive), path.join(folder, "tree")]);
    },
  };
}

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
      const apt = await ownLists(folder, (sources) => sources.replace(/^Types: .*$/gm, "Types: deb-src"));
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
