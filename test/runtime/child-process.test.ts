import { getEventListeners } from "node:events";
import { readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { PassThrough, Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { type ChildOptions, runChild } from "../../shared/runtime/child-process.ts";
import { isRunning } from "../support/is-running.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const PATH = process.env["PATH"];
const folder = makeTempDir("child");

/** Runs a script of the shell, and collects what it prints. */
async function sh(script: string, options: Partial<ChildOptions> = {}) {
  const output = { stdout: "", stderr: "" };
  const end = await runChild("sh", ["-c", script], {
    signal: new AbortController().signal,
    env: { PATH },
    onStdout: (chunk) => {
      output.stdout += chunk;
    },
    onStderr: (chunk) => {
      output.stderr += chunk;
    },
    ...options,
  });
  return { ...end, ...output };
}

/** Runs a script until it has printed a line; that line names processes. */
async function started(script: string, options: Partial<ChildOptions> = {}) {
  const stop = new AbortController();
  const line = Promise.withResolvers<string>();
  const ended = sh(script, {
    signal: stop.signal,
    onStdout: (chunk) => line.resolve(String(chunk)),
    ...options,
  });
  ended.catch(line.reject);
  const pids = (await line.promise).trim().split(" ").map(Number);
  return { stop, ended, pids };
}

describe("a child process", () => {
  it("ends with its exit code, and all of its output is read", async () => {
    const script = "yes 0123456789 | head -n 100000; echo problem >&2; exit 3";
    const { code, signal, stdout, stderr } = await sh(script);
    expect([code, signal, stdout.length, stderr]).toEqual([3, null, 1_100_000, "problem\n"]);
  });

  it("that ends by a signal says which", async () => {
    expect(await sh("kill -9 $$")).toMatchObject({ code: null, signal: "SIGKILL" });
  });

  it("gets the arguments as they are, with no shell between", async () => {
    let printed = "";
    const args = ["%s|", "$HOME; echo x", "a b", "", "*"];
    await runChild("printf", args, {
      signal: new AbortController().signal,
      env: { PATH },
      onStdout: (chunk) => {
        printed += chunk;
      },
    });
    expect(printed).toBe("$HOME; echo x|a b||*|");
  });

  it("gets the environment that was given and nothing else", async () => {
    process.env["NOT_FOR_CHILDREN"] = "secret";
    const { stdout } = await sh("env", { env: { PATH, MINE: "1" } });
    delete process.env["NOT_FOR_CHILDREN"];
    const names = stdout.split("\n").flatMap((line) => line.match(/^[^=]+/)?.[0] ?? []);
    // PWD, SHLVL and _ are the shell's own.
    expect(names.filter((name) => !["PWD", "OLDPWD", "SHLVL", "_"].includes(name)).sort()).toEqual([
      "MINE",
      "PATH",
    ]);
  });

  it("runs where it was told to", async () => {
    expect((await sh("pwd -P", { cwd: folder.path })).stdout.trim()).toBe(realpathSync(folder.path));
  });

  it("that cannot be started is an error", async () => {
    const options = { signal: new AbortController().signal, env: { PATH } };
    await expect(runChild("no-such-program", [], options)).rejects.toMatchObject({ code: "ENOENT" });
    await expect(runChild("sh", [], { ...options, cwd: "/no/such/folder" })).rejects.toMatchObject({
      code: "ENOENT",
    });
  });

  it("is not started when the signal has aborted before", async () => {
    const reason = new Error("stopped before");
    const file = path.join(folder.path, "never");
    await expect(sh(`touch "${file}"`, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(() => readFileSync(file)).toThrow("ENOENT");
  });
});

describe("the input of a child process", () => {
  const large = "0123456789".repeat(50_000);

  it("comes from a text or a stream, whole", async () => {
    expect((await sh("wc -c", { stdin: large })).stdout.trim()).toBe("500000");
    const pieces = Array.from({ length: 100 }, () => large.slice(0, 5_000));
    expect((await sh("wc -c", { stdin: Readable.from(pieces) })).stdout.trim()).toBe("500000");
  });

  it("is empty when there is none", async () => {
    expect((await sh("wc -c")).stdout.trim()).toBe("0");
  });

  it("need not be read", async () => {
    expect(await sh("exit 4", { stdin: large })).toMatchObject({ code: 4 });
    expect(await sh("exit 4", { stdin: Readable.from([large, large]) })).toMatchObject({ code: 4 });
  });

  it("that breaks in the middle is an error, and the program does not take it for the end", async () => {
    const input = new PassThrough();
    const file = path.join(folder.path, "complete");
    const { ended } = await started(`echo $$; cat >/dev/null; touch "${file}"`, { stdin: input });
    input.write("half of it");
    input.destroy(new Error("the download broke off"));
    await expect(ended).rejects.toThrow("the download broke off");
    expect(() => readFileSync(file)).toThrow("ENOENT");
  });
});

describe("an abort", () => {
  const reason = new Error("cancelled by the test");

  it("ends the program and its children", async () => {
    const { stop, ended, pids } = await started("sleep 1000 & echo $$ $!; wait");
    expect(pids.map(isRunning)).toEqual([true, true]);
    stop.abort(reason);
    await expect(ended).rejects.toBe(reason);
    await expect.poll(() => pids.map(isRunning)).toEqual([false, false]);
  });

  it("lets the program end in its own way", async () => {
    const file = path.join(folder.path, "tidied");
    const script = `trap 'echo tidy >"${file}"; exit 0' TERM; echo $$; while :; do sleep 0.01; done`;
    const { stop, ended } = await started(script);
    stop.abort(reason);
    await expect(ended).rejects.toBe(reason);
    expect(readFileSync(file, "utf8")).toBe("tidy\n");
  });

  it("ends a program that ignores SIGTERM", async () => {
    const { stop, ended, pids } = await started("trap '' TERM; echo $$; while :; do sleep 1; done");
    stop.abort(reason);
    await expect(ended).rejects.toBe(reason);
    await expect.poll(() => pids.map(isRunning)).toEqual([false]);
  });

  it("ends a child that ignores SIGTERM when the program itself has gone, and holds no pipe", async () => {
    const stubborn = `sh -c 'trap "" TERM; echo ready; exec >/dev/null 2>&1; while :; do sleep 1; done'`;
    // The name of the child comes last, when it ignores the signal already.
    const script = `mkfifo "$FIFO"; ${stubborn} >"$FIFO" & read -r _ <"$FIFO"; echo $$ $!; wait`;
    const env = { PATH, FIFO: path.join(folder.path, "fifo") };
    const { stop, ended, pids } = await started(script, { env });
    expect(pids.map(isRunning)).toEqual([true, true]);
    stop.abort(reason);
    await expect(ended).rejects.toBe(reason);
    await expect.poll(() => pids.map(isRunning)).toEqual([false, false]);
  });

  it("is not listened to any more once the program has ended", async () => {
    const { signal } = new AbortController();
    await sh("true", { signal });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});
