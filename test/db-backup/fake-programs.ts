import { existsSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { makeTempDir } from "../support/temp-dir.ts";

/** A directory for `pg-bin`: the programs of `real`, of which one is replaced by a shell script. */
export function programsWith(real: string, name: string, script: string): string {
  const made = makeTempDir("programs");
  onTestFinished(() => made.remove());
  for (const each of readdirSync(real)) {
    if (each !== name) symlinkSync(path.join(real, each), path.join(made.path, each));
  }
  // Its version is asked for, too.
  const text = `#!/bin/bash
set -o pipefail
real=${JSON.stringify(path.join(real, name))}
[ "$1" = --version ] && exec "$real" --version
${script}
`;
  writeFileSync(path.join(made.path, name), text, { mode: 0o755 });
  return made.path;
}

export type HeldProgram = {
  /** For `pg-bin`. */
  readonly directory: string;
  /** Resolves when it has written so much, and waits. */
  readonly held: Promise<void>;
  /** Lets it go on. */
  release(): void;
};

/** The programs of `real`, with a pg_dump that stops after some bytes of its output until it is released. */
export function heldDump(real: string, afterBytes: number): HeldProgram {
  const made = makeTempDir("gate");
  onTestFinished(() => made.remove());
  const [waiting, open] = [path.join(made.path, "waiting"), path.join(made.path, "open")];
  const directory = programsWith(
    real,
    "pg_dump",
    `"$real" "$@" | {
  head -c ${afterBytes}
  : > ${waiting}
  while [ -d ${made.path} ] && [ ! -e ${open} ]; do sleep 0.02; done
  exec cat
}`,
  );
  return { directory, held: appears(waiting), release: () => writeFileSync(open, "") };
}

async function appears(file: string): Promise<void> {
  while (!existsSync(file)) await pause(10);
}
