import { describe, expect, it } from "vitest";
import { isRunning } from "../support/is-running.ts";
import { freePort } from "../support/ports.ts";
import { portAccepts, start } from "../support/started.ts";

const node = process.execPath;

describe("a started server", () => {
  it("is ready when its output says so, and its log holds what it wrote", async () => {
    const server = await start({
      command: "sh",
      args: ["-c", "echo one; echo ready >&2; exec sleep 1000"],
      ready: /^ready$/m,
    });
    expect(server.log()).toContain("one\n");
    expect(await server.stop()).toEqual({ code: null, signal: "SIGTERM" });
  });

  it("is ready when a probe succeeds", async () => {
    const port = await freePort();
    const server = await start({
      command: node,
      args: ["-e", `require("net").createServer().listen(${port}, "127.0.0.1")`],
      ready: portAccepts(port),
    });
    expect(await portAccepts(port)()).toBe(true);
    await server.stop();
    expect(await portAccepts(port)()).toBe(false);
  });

  it("sees the environment it was given and nothing of the test's", async () => {
    const server = await start({
      command: "sh",
      args: ["-c", "env; echo end; exec sleep 1000"],
      env: { PATH: process.env["PATH"] ?? "", GREETING: "hello" },
      ready: /^end$/m,
    });
    expect(server.log()).toContain("GREETING=hello");
    expect(server.log()).not.toContain("VITEST");
    await server.stop();
  });

  it("reads its input", async () => {
    const server = await start({
      command: "sh",
      args: ["-c", "cat; exec sleep 1000"],
      input: "from stdin",
      ready: /from stdin/,
    });
    await server.stop();
  });

  it("fails with its output when it ends before it is ready", async () => {
    await expect(
      start({ command: "sh", args: ["-c", "echo the reason >&2; exit 3"], ready: /never/ }),
    ).rejects.toThrow(/sh ended with exit code 3 before it was ready.*the reason/s);
  });

  it("fails and is killed when it is not ready in time", async () => {
    const starting = start({
      command: "sh",
      args: ["-c", "echo $$; exec sleep 1000"],
      ready: /never/,
      readyWithin: 300,
    });
    const error: Error = await starting.then(
      () => Promise.reject(new Error("it became ready")),
      (reason) => reason,
    );
    expect(error.message).toContain("was not ready in time");
    const pid = Number(error.message.split("\n")[1]);
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });

  it("fails and is killed when its probe breaks down", async () => {
    const ready = () => Promise.reject(new Error("no such table"));
    await expect(start({ command: "sleep", args: ["1000"], ready })).rejects.toThrow(
      "sleep could not be probed: Error: no such table",
    );
  });

  it("fails clearly when the command does not exist", async () => {
    await expect(start({ command: "no-such-server", ready: /x/ })).rejects.toThrow(
      "no-such-server could not be started",
    );
  });

  it("is killed when it ignores the request to stop, with its children", async () => {
    const server = await start({
      command: "sh",
      args: ["-c", 'trap "" TERM; sleep 1000 & echo child $!; while :; do wait; done'],
      ready: /child \d+/,
      stopWithin: 200,
    });
    const child = Number(server.log().trim().split(" ")[1]);
    expect(await server.stop()).toEqual({ code: null, signal: "SIGKILL" });
    await expect.poll(() => isRunning(child)).toBe(false);
    expect(await server.stop()).toEqual({ code: null, signal: "SIGKILL" });
  });

  it("takes its children along when it stops by itself", async () => {
    const server = await start({
      command: "sh",
      args: ["-c", "sleep 1000 & echo child $!; sleep 0.1"],
      ready: /child/,
    });
    expect(await server.exited).toEqual({ code: 0, signal: null });
    const child = Number(server.log().trim().split(" ")[1]);
    await expect.poll(() => isRunning(child)).toBe(false);
  });
});
