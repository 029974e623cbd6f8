import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { openLocalStore } from "../../shared/storage/local/local-store.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { fill, keepsTheContract, never, put, someBytes } from "./contract.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});

function directory(): string {
  const made = makeTempDir("store");
  cleanUps.push(() => made.remove());
  return made.path;
}

const files = (at: string): string[] =>
  readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => entry.name);

describe("a local directory", () => {
  keepsTheContract(async () => {
    const temp = makeTempDir("store");
    return {
      store: openLocalStore(path.join(temp.path, "not", "made yet")),
      leftovers: async () => files(temp.path),
      stop: async () => temp.remove(),
    };
  }, 3_000_000);

  test("what is stored can be read by nobody else, nor can its names", async () => {
    const root = path.join(directory(), "backups");
    await put(openLocalStore(root), "shop/a.json", someBytes(10));
    expect(statSync(path.join(root, "shop/a.json")).mode & 0o777).toBe(0o600);
    expect([root, path.join(root, "shop")].map((made) => statSync(made).mode & 0o777)).toEqual([
      0o700, 0o700,
    ]);
  });

  test("the preflight does not make the directory", async () => {
    const root = directory();
    await openLocalStore(path.join(root, "a", "b")).check({ signal: never });
    expect(readdirSync(root)).toEqual([]);
  });

  test("the preflight refuses a destination without room, a file, and what cannot be written to", async () => {
    const root = directory();
    writeFileSync(path.join(root, "file"), "");
    const check = (at: string, bytes: number) => openLocalStore(at).check({ bytes, signal: never });
    await expect(check(root, 1e18)).rejects.toThrow(/has .* free, and the backup may need/);
    await expect(check(path.join(root, "file"), 1)).rejects.toThrow("is not a directory");
    await expect(check(path.join(root, "file", "below"), 1)).rejects.toThrow("not a directory");
    await expect(check("/proc/backups", 1)).rejects.toMatchObject({ name: "UserError" });
  });

  test("files of others, hidden ones and directories are not taken for objects", async () => {
    const root = directory();
    const store = openLocalStore(root);
    await put(store, "shop/a.json", Buffer.from("a"));
    writeFileSync(path.join(root, "shop", ".b.json.0123.part"), "half");
    mkdirSync(path.join(root, "shop", "c.json"));
    expect(await store.list("", { signal: never })).toEqual([{ key: "shop/a.json", size: 1 }]);
  });

  test("a device that fails while it is read is named", async () => {
    // Its size is 0, and reading it from its beginning fails with EIO.
    const stream = await openLocalStore("/proc/self").read("mem", { signal: never });
    await expect(stream.toArray()).rejects.toMatchObject({
      name: "UserError",
      message: "Reading /proc/self/mem failed: the device reports an error.",
    });
  });

  test("a file that becomes shorter while it is read is an error, not an end", async () => {
    const root = directory();
    const store = openLocalStore(root);
    await put(store, "shop/a.json", someBytes(8_000_000));
    const stream = await store.read("shop/a.json", { signal: never });
    truncateSync(path.join(root, "shop/a.json"), 100);
    await expect(stream.toArray()).rejects.toThrow(/gave \d+ bytes instead of 8000000/);
  });
});

const isRoot = process.getuid?.() === 0;

describe("a local disk that is full", () => {
  test.skipIf(!isRoot)("fails the writing with what happened, and nothing is left", async () => {
    const root = directory();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", root]);
    cleanUps.push(() => execFileSync("umount", [root]));
    const store = openLocalStore(root);
    const pending = await store.begin("shop/a.dump", { signal: never });
    await expect(fill(pending, someBytes(4_000_000))).rejects.toThrow("no space is left on the device");
    await expect(pending.publish()).rejects.toThrow();
    expect(await pending.abandon()).toBeUndefined();
    expect(files(root)).toEqual([]);
    await put(store, "shop/a.dump", someBytes(500_000));
  });
});
