import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { type DialOptions, dial, endpointName } from "../../shared/net/dial.ts";
import { UserError } from "../../shared/runtime/user-error.ts";
import { freePort, listenOnFreePort } from "../support/ports.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

const options = (more: Partial<DialOptions> = {}): DialOptions => ({
  what: "the server",
  timeoutMs: 5_000,
  signal: new AbortController().signal,
  ...more,
});

async function refusal(attempt: Promise<unknown>): Promise<UserError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

test("returns a socket that is connected and carries data both ways", async () => {
  const server = createServer((socket) => socket.pipe(socket));
  servers.push(server);
  const port = await listenOnFreePort(server);
  const socket = await dial({ host: "127.0.0.1", port }, options());
  socket.end("ping");
  expect(String(await once(socket, "data"))).toBe("ping");
  socket.destroy();
});

test("reaches a Unix socket", async () => {
  const directory = makeTempDir("dial");
  const file = path.join(directory.path, "socket");
  const server = createServer((socket) => socket.end("hello"));
  servers.push(server);
  await once(server.listen(file), "listening");
  const socket = await dial({ path: file }, options());
  expect(String(await once(socket, "data"))).toBe("hello");
  socket.destroy();
  rmSync(file, { force: true });
  directory.remove();
});

test("says that a connection is refused, and where", async () => {
  const port = await freePort();
  const error = await refusal(dial({ host: "127.0.0.1", port }, options()));
  expect(error.message).toBe(`Cannot reach the server at 127.0.0.1:${port}: connection refused.`);
  expect(error.hint).toContain("check the port");
});

test("says so too when a name has two addresses and both refuse", async () => {
  const port = await freePort();
  const error = await refusal(dial({ host: "localhost", port }, options()));
  expect(error.message).toBe(`Cannot reach the server at localhost:${port}: connection refused.`);
});

test("says that a name does not resolve", async () => {
  // RFC 6761 keeps .invalid free; EAI_AGAIN is what a machine without a name server answers.
  const error = await refusal(dial({ host: "nowhere.invalid", port: 22 }, options()));
  expect(error.message).toMatch(/does not resolve|name server did not answer/);
  expect(error.hint).toContain("spelling");
});

test("says that a Unix socket does not exist", async () => {
  const error = await refusal(dial({ path: "/nowhere/socket" }, options()));
  expect(error.message).toBe("Cannot reach the server at /nowhere/socket: there is no such socket.");
});

test("rejects with the reason of a signal that aborts on the way", async () => {
  const controller = new AbortController();
  // TEST-NET-1 of RFC 5737: either no answer at all, or no route; the abort comes first in any case.
  const attempt = dial({ host: "192.0.2.1", port: 22 }, options({ signal: controller.signal }));
  controller.abort(new Error("enough"));
  await expect(attempt).rejects.toThrow("enough");
});

test("does not begin when the signal has aborted already", async () => {
  const signal = AbortSignal.abort(new Error("too late"));
  await expect(dial({ host: "127.0.0.1", port: 1 }, options({ signal }))).rejects.toThrow("too late");
});

test("writes an endpoint with brackets around an IPv6 address", () => {
  expect(endpointName({ host: "::1", port: 22 })).toBe("[::1]:22");
  expect(endpointName({ host: "db.example", port: 5432 })).toBe("db.example:5432");
  expect(endpointName({ path: "/run/pg" })).toBe("/run/pg");
});
