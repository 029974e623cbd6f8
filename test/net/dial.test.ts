import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dial, type Endpoint, endpointName } from "../../shared/net/dial.ts";
import { errorCode, networkReason, SILENT_HINT } from "../../shared/net/reason.ts";
import { UserError } from "../../shared/runtime/user-error.ts";
import { freePort, listenOnFreePort } from "../support/ports.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { startFullBacklog } from "./full-backlog.ts";

const never = new AbortController().signal;
const folder = makeTempDir("dial").path;
let server: Server;
let port: number;

beforeEach(async () => {
  server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.pipe(socket);
  });
  port = await listenOnFreePort(server);
});
afterEach(() => void server.close());

function open(endpoint: Endpoint, timeoutMs = 10_000, signal: AbortSignal = never): Promise<Socket> {
  return dial(endpoint, { what: "the server", timeoutMs, signal });
}

async function failure(endpoint: Endpoint, timeoutMs?: number): Promise<UserError> {
  const error = await open(endpoint, timeoutMs).then(
    () => new Error("it connected"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

describe("dialing", () => {
  it("gives an open connection to a port, with no listener of its own left on it", async () => {
    const socket = await open({ host: "127.0.0.1", port });
    expect([socket.listenerCount("error"), socket.listenerCount("connect")]).toEqual([0, 0]);
    socket.write("ping");
    expect(String((await once(socket, "data"))[0])).toBe("ping");
    socket.destroy();
  });

  it.skipIf(process.platform !== "linux")(
    "has silence broken often enough for the networks between",
    async () => {
      const socket = await open({ host: "127.0.0.1", port });
      const local = `:${(socket.localPort ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
      const lines = readFileSync("/proc/net/tcp", "utf8").split("\n");
      const own = lines
        .map((line) => line.trim().split(/\s+/))
        .find(([, at]) => at?.endsWith(local) === true);
      // proc(5): which timer runs (2 is the keepalive), and in how many hundredths of a second it fires.
      const [timer, when = ""] = own?.[5]?.split(":") ?? [];
      expect(timer).toBe("02");
      expect(Number.parseInt(when, 16)).toBeLessThanOrEqual(3_100);
      socket.destroy();
    },
  );

  it("gives an open connection to a Unix socket", async () => {
    const file = path.join(folder, "there.sock");
    const unix = createServer((socket) => socket.end("hello")).listen(file);
    await once(unix, "listening");
    const socket = await open({ path: file });
    expect(String((await once(socket, "data"))[0])).toBe("hello");
    socket.destroy();
    unix.close();
  });

  it("leaves a connection alone after its time limit and its signal's abort", async () => {
    const stop = new AbortController();
    const socket = await open({ host: "127.0.0.1", port }, 10_000, stop.signal);
    stop.abort();
    socket.write("still there");
    expect(String((await once(socket, "data"))[0])).toBe("still there");
    socket.destroy();
  });

  it.each(["127.0.0.1", "localhost"])("says that a port of %s refuses", async (host) => {
    const closed = await freePort();
    const error = await failure({ host, port: closed });
    expect(error.message).toBe(`Cannot reach the server at ${host}:${closed}: connection refused.`);
    expect(error.hint).toContain("nothing listens there");
    expect(errorCode(error.cause)).toBe("ECONNREFUSED");
  });

  it("says that a name does not resolve", async () => {
    const error = await failure({ host: "no-such-host.invalid", port: 1 });
    expect(error.message).toMatch(
      /^Cannot reach the server at no-such-host\.invalid:1: the (?:host name does not resolve|name server did not answer)\.$/,
    );
    expect(error.hint).toContain("spelling");
  });

  it("says that nothing answered within the time limit", async () => {
    const full = await startFullBacklog();
    const error = await failure({ host: "127.0.0.1", port: full.port }, 100);
    await full.stop();
    expect(error.message).toBe(`Cannot reach the server at 127.0.0.1:${full.port}: no answer within 100 ms.`);
    expect(error.hint).toBe(SILENT_HINT);
  });

  it("says that a Unix socket is not there", async () => {
    const file = path.join(folder, "absent.sock");
    const error = await failure({ path: file });
    expect(error.message).toBe(`Cannot reach the server at ${file}: there is no such socket.`);
  });

  it("rejects with the signal's reason, before and while connecting", async () => {
    const reason = new Error("cancelled by the test");
    const endpoint = { host: "127.0.0.1", port };
    await expect(open(endpoint, 10_000, AbortSignal.abort(reason))).rejects.toBe(reason);
    const full = await startFullBacklog();
    const stop = new AbortController();
    const opening = open({ host: "127.0.0.1", port: full.port }, 10_000, stop.signal);
    stop.abort(reason);
    await expect(opening).rejects.toBe(reason);
    await full.stop();
  });
});

describe("the name of an endpoint", () => {
  it.each([
    [{ host: "db.example", port: 5432 }, "db.example:5432"],
    [{ host: "::1", port: 22 }, "[::1]:22"],
    [{ path: "/run/db.sock" }, "/run/db.sock"],
  ])("%j is written %s", (endpoint, name) => {
    expect(endpointName(endpoint)).toBe(name);
  });
});

describe("the reason of a network error", () => {
  const withCode = (code: unknown) => Object.assign(new Error("x"), { code });

  it.each([
    "ENOTFOUND",
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "CERT_HAS_EXPIRED",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
  ])("%s is told in words, with what to do", (code) => {
    const reason = networkReason(withCode(code));
    expect(reason?.why).toMatch(/^[a-z][a-z' -]+$/);
    expect(reason?.hint).toMatch(/^[A-Z].*\.$/);
  });

  it.each([
    withCode("ENOENT_ELSE"),
    withCode("constructor"),
    withCode(7),
    new Error("none"),
    "text",
    undefined,
  ])("is unknown for %s", (error) => {
    expect(networkReason(error)).toBeUndefined();
  });
});
