import { setTimeout as pause } from "node:timers/promises";
import { type Finished, runQuietly } from "./command.ts";
import { findExecutable, type Source } from "./part.ts";
import { disableServicesOf, withoutStartingServices } from "./services.ts";

const ENVIRONMENT = { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" };
const LOCK_WAIT_SECONDS = 300;
const LOCK_PAUSE_MS = 3_000;

/** A Debian or Ubuntu package. */
export function apt(name: string): Source {
  return {
    kind: "apt",
    item: name,
    command: `${isRoot() ? "" : "sudo "}apt-get install -y --no-install-recommends ${name}`,
    usable: () => isRoot() && findExecutable("apt-get") !== undefined,
    install: installPackages,
  };
}

async function installPackages(names: readonly string[]): Promise<void> {
  await withoutStartingServices(async () => {
    let done = await aptGet("install", "-y", "--no-install-recommends", ...names);
    if (done.code !== 0) {
      // Most often there are no package lists yet, or they name versions that the mirror no longer has.
      const update = await aptGet("update");
      done = await aptGet("install", "-y", "--no-install-recommends", ...names);
      if (done.code !== 0)
        throw new Error(`apt-get could not install ${names.join(", ")}:\n${why(update, done)}`);
    }
    await disableServicesOf(names);
  });
}

/**
 * Runs apt-get, and waits while another one is at work. DPkg::Lock::Timeout covers installing, but not the
 * lock on the package lists, which `update` takes.
 */
async function aptGet(...args: readonly string[]): Promise<Finished> {
  const deadline = Date.now() + LOCK_WAIT_SECONDS * 1_000;
  for (;;) {
    const done = await runQuietly(
      "apt-get",
      ["-q", "-o", `DPkg::Lock::Timeout=${LOCK_WAIT_SECONDS}`, ...args],
      {
        env: ENVIRONMENT,
      },
    );
    if (done.code === 0 || !/Could not get lock/.test(done.output) || Date.now() > deadline) return done;
    await pause(LOCK_PAUSE_MS);
  }
}

function why(...runs: readonly Finished[]): string {
  const lines = runs.flatMap((run) => run.output.split("\n").filter((line) => /^(E|W|dpkg): /.test(line)));
  return [...new Set(lines)].slice(-8).join("\n");
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
