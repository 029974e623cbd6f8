import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { freePort, listenOnFreePort } from "../support/ports.ts";

describe("free ports", () => {
  it("lie below the range of outgoing connections and never repeat within a process", async () => {
    const ports = await Promise.all(Array.from({ length: 60 }, () => freePort()));
    expect(new Set(ports).size).toBe(ports.length);
    for (const port of ports) {
      expect(port).toBeGreaterThanOrEqual(10_240);
      expect(port).toBeLessThan(32_768);
    }
  });

  it("can be listened on at once", async () => {
    const port = await freePort();
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    expect(server.address()).toMatchObject({ port, address: "127.0.0.1" });
    await new Promise((resolve) => server.close(resolve));
  });

  it("give each of many servers its own", async () => {
    const servers = Array.from({ length: 40 }, () => createServer());
    const ports = await Promise.all(servers.map((server) => listenOnFreePort(server)));
    expect(new Set(ports).size).toBe(servers.length);
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  });
});
