import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";

/** Something of the machine, outside package.json, that tests or the demo run on. */
export type Part = {
  /** What cannot run without it. */
  readonly why: string;
  /** Where it is on this machine, if it is. Asked often: it must be quick. */
  readonly find: () => string | undefined;
  /** Where to get it: the first source that may be used here is. */
  readonly sources: readonly [Source, ...Source[]];
  /**
   * Parts that only the demo needs are installed when asked for by name, and so are those "for asking": a test that uses
   * one is beside others that prove the same. Default: tests.
   */
  readonly for?: "tests" | "demo" | "asking";
};

export type Source = {
  /** What a person would type to get the part. */
  readonly command: string;
  /** Parts with the same kind of source are installed together. */
  readonly kind: string;
  /** What the source is asked for: a package name, for example. */
  readonly item: string;
  /** Whether it may be used here: the tool exists, and has the rights it needs. */
  readonly usable: () => boolean;
  /** Installs all the given items. An error says why it could not. */
  readonly install: (items: readonly string[]) => Promise<void>;
};

/** Directories of servers that the PATH of an ordinary user leaves out. */
const SERVER_DIRECTORIES = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** The absolute path of an executable: in one of `places` (whole paths), else on PATH, else among the servers. */
export function findExecutable(name: string, ...places: readonly string[]): string | undefined {
  const directories = [...(process.env["PATH"] ?? "").split(path.delimiter), ...SERVER_DIRECTORIES];
  const candidates = directories.filter(path.isAbsolute).map((directory) => path.join(directory, name));
  return [...places, ...candidates].find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
