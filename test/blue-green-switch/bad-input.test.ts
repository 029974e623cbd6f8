import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { type ShopHost, startShopHost, switchOn } from "./shop-host.ts";

describe("what cannot be deployed", needs("sshd", "nginx"), () => {
  let host: ShopHost;
  beforeAll(async () => {
    host = await startShopHost();
  });
  afterAll(() => host.stop());

  const errors = async (inputs: Record<string, string>, config: object = {}, env = {}) => {
    const result = await switchOn(host, { release: "r1", ...inputs }, { ...config }, env).done;
    expect(result.conclusion).toBe("failure");
    expect(existsSync(path.join(host.stateDir, "shop/state"))).toBe(false);
    expect(existsSync(path.join(host.stateDir, "shop/incoming"))).toBe(false);
    return result.annotations.filter(({ level }) => level === "error").map(({ message }) => message);
  };

  it("says everything that is wrong with the config at once, with its lines", async () => {
    const said = await errors(
      {},
      { colors: { blue: 1, green: 1 }, health: { contains: "x" }, router: undefined },
    );
    expect(said.join("\n")).toContain("same port twice");
    expect(said.join("\n")).toContain("health.path");
    expect(said.length).toBeGreaterThanOrEqual(3);
  });

  it("says which hosts cannot be reached, all of them", async () => {
    const said = await errors({ "ssh-host": "" }, { hosts: ["root@127.0.0.1:1", "root@127.0.0.1:2"] });
    expect(said).toHaveLength(2);
    expect(said.join()).toContain("127.0.0.1:2: connection refused");
  });

  it("names the variables that are not set, and never a value", async () => {
    const said = await errors({}, { env: ["DATABASE_URL", "KEY"] }, { KEY: "s3cr3t-value" });
    expect(said.join()).toContain("the variable DATABASE_URL is not set");
    expect(said.join()).not.toContain("s3cr3t-value");
  });

  it("connects to nothing that does not show the pinned key", async () => {
    const said = await errors({ "ssh-known-hosts": `SHA256:${"A".repeat(43)}` });
    expect(said.join()).toContain("is not the pinned one");
  });

  it("says that the folder cannot be made, and how to make it", async () => {
    const said = await errors({}, { "state-dir": "/proc/bluegreen" });
    expect(said.join()).toMatch(/cannot be made or written.*mkdir -p \/proc\/bluegreen/);
  });
});
