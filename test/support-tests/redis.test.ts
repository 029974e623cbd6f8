import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { describe, expect, it } from "vitest";
import { certificates } from "../support/certificates.ts";
import { needs } from "../support/needs.ts";
import { startRedis } from "../support/redis.ts";
import { portAccepts } from "../support/started.ts";

/** Sends inline commands and returns the lines that came back until Redis closed the connection. */
async function talk(socket: Socket, ...commands: string[]): Promise<string[]> {
  socket.write([...commands, "QUIT", ""].join("\r\n"));
  let answer = "";
  for await (const data of socket) answer += data;
  return answer.trim().split("\r\n");
}

describe("a Redis server", needs("redis"), () => {
  it("answers on its port and is gone once stopped", async () => {
    const redis = await startRedis();
    expect(redis.url).toBe(`redis://localhost:${redis.port}`);
    expect(await talk(connect(redis.port, "127.0.0.1"), "PING")).toEqual(["+PONG", "+OK"]);
    await redis.stop();
    expect(await portAccepts(redis.port)()).toBe(false);
  });

  it("asks for its password, whatever characters that has", async () => {
    const password = `it's "quoted" \\ #&@:/ %41`;
    const redis = await startRedis({ password });
    const quoted = JSON.stringify(password);
    expect(await talk(connect(redis.port, "127.0.0.1"), "PING")).toEqual([
      "-NOAUTH Authentication required.",
      "+OK",
    ]);
    expect(await talk(connect(redis.port, "127.0.0.1"), `AUTH default ${quoted}`, "PING")).toEqual([
      "+OK",
      "+PONG",
      "+OK",
    ]);
    expect(decodeURIComponent(new URL(redis.url).password)).toBe(password);
    await redis.stop();
  });

  it("speaks TLS alone when it has a certificate", async () => {
    const { authority, good } = await certificates();
    const redis = await startRedis({ certificate: good });
    const socket = connectTls({ port: redis.port, host: "localhost", ca: authority.cert });
    expect(await talk(socket, "PING")).toEqual(["+PONG", "+OK"]);
    expect(socket.authorized).toBe(true);
    expect(redis.url).toMatch(/^rediss:/);
    await redis.stop();
  });
});
