import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, watch } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, describe, expect, it } from "vitest";
import { isRunning } from "../support/is-running.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const support = path.resolve(import.meta.dirname, "../support");
const scratch = makeTempDir("guard");
afterAll(() => scratch.remove());

/** Runs code in a Node process of its own, as a vitest worker would, and returns it with its first line. */
async function worker(code: string) {
  const child = spawn(
    process.execPath,
    ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", "--input-type=module", "--eval", code],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const line: string = (await once(createInterface(child.stdout), "line"))[0];
  return { child, line };
}

async function gone(file: string) {
  const parent = watch(path.dirname(file));
  try {
    while (existsSync(file)) await once(parent, "change");
  } finally {
    parent.close();
  }
}

describe("what a worker leaves behind", () => {
  it.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)("is removed when it ends by %s", async (signal) => {
    const { child, line } = await worker(`
      process.env.TMPDIR = ${JSON.stringify(scratch.path)};
      const { makeTempDir } = await import(${JSON.stringify(`${support}/temp-dir.ts`)});
      console.log(makeTempDir("left").path);
      setInterval(() => {}, 1000);`);
    expect(existsSync(line)).toBe(true);
    child.kill(signal);
    await gone(line);
    expect(existsSync(line)).toBe(false);
  });

  it("is removed when it ends by itself without cleaning up", async () => {
    const { line } = await worker(`
      process.env.TMPDIR = ${JSON.stringify(scratch.path)};
      const { makeTempDir } = await import(${JSON.stringify(`${support}/temp-dir.ts`)});
      console.log(makeTempDir("left").path);`);
    await gone(line);
    expect(existsSync(line)).toBe(false);
  });

  it("includes the servers it started and their children", async () => {
    const { child, line } = await worker(`
      const { start } = await import(${JSON.stringify(`${support}/started.ts`)});
      const server = await start({
        command: "sh",
        args: ["-c", "sleep 1000 & echo child $!; wait"],
        ready: /child \\d+/,
      });
      console.log(server.pid, server.log().trim().split(" ")[1]);
      setInterval(() => {}, 1000);`);
    const pids = line.split(" ").map(Number);
    expect(pids.map(isRunning)).toEqual([true, true]);
    child.kill("SIGKILL");
    await expect.poll(() => pids.map(isRunning), { timeout: 10_000 }).toEqual([false, false]);
  });
});
