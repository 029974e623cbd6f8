import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { planRetention } from "../../actions/db-backup/src/retention.ts";
import { removeBackups, removeStrayMarks } from "../../actions/db-backup/src/retention-effects.ts";
import { listBackups, type StoredBackup } from "../../shared/backup/backups.ts";
import { manifestText } from "../../shared/backup/manifest.ts";
import { openLocalStore } from "../../shared/storage/local/local-store.ts";
import type { Store } from "../../shared/storage/store.ts";
import { never, put } from "../storage/contract.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { type Sketch, storedBackup } from "./stored-backup.ts";

const DAY = 86_400_000;
const NOW = Date.parse("2026-11-21T12:00:00Z");

let temp: TempDir;
let store: Store;
beforeEach(() => {
  temp = makeTempDir("retention");
  store = openLocalStore(temp.path);
});
afterEach(() => temp.remove());

async function stored(sketches: readonly Sketch[]): Promise<StoredBackup[]> {
  const backups = sketches.map(storedBackup);
  for (const { manifestKey, manifest } of backups) {
    await put(store, manifest.object.key, Buffer.alloc(100));
    await put(store, manifestKey, Buffer.from(manifestText(manifest)));
  }
  return backups;
}

const files = (): string[] =>
  readdirSync(temp.path, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.join(path.basename(entry.parentPath), entry.name))
    .sort();

const ownFiles = (backups: readonly StoredBackup[]): string[] =>
  backups.flatMap(({ manifestKey, manifest }) => [manifestKey, manifest.object.key]).sort();

const days = (count: number): Sketch[] =>
  Array.from({ length: count }, (_, index) => ({ at: NOW - index * DAY, unique: `a${index}` }));

async function plan(keepLast: number) {
  const found = await listBackups(store, "shop", never);
  return planRetention(found, "shop", { keepLast }, NOW);
}

test("what the plan removes is gone, and everything else is as it was", async () => {
  const backups = await stored(days(5));
  const others = await stored([
    { at: NOW - 90 * DAY, database: "shop2" },
    { at: NOW - 90 * DAY, database: "shop 2" },
  ]);
  writeFileSync(path.join(temp.path, "shop", "notes.txt"), "ours");
  writeFileSync(path.join(temp.path, "shop", "20200101T000000Z_ff.dump"), "without a manifest");
  writeFileSync(path.join(temp.path, "shop", "20200101T000000Z_fe.json"), "{}");
  writeFileSync(path.join(temp.path, "shop", "20200101T000000Z_fd.json"), "");
  writeFileSync(path.join(temp.path, "shop", "20200101T000000Z_fe copy (ü).json"), "{}");
  const foreign = [
    "20200101T000000Z_fe copy (ü).json",
    "notes.txt",
    "20200101T000000Z_ff.dump",
    "20200101T000000Z_fe.json",
    "20200101T000000Z_fd.json",
  ];
  const { remove } = await plan(2);
  const { deleted, failed } = await removeBackups(store, remove, NOW, never);
  expect(failed).toEqual([]);
  expect(deleted.map(({ manifestKey }) => manifestKey).sort()).toEqual(
    backups
      .slice(2)
      .map(({ manifestKey }) => manifestKey)
      .sort(),
  );
  const left = [...ownFiles([...backups.slice(0, 2), ...others]), ...foreign.map((name) => `shop/${name}`)];
  expect(files()).toEqual(left.sort());
  expect((await plan(2)).remove).toEqual([]);
});

test("a manifest that was moved to another database's directory leads to nothing there", async () => {
  await stored(days(2));
  const [stray] = [storedBackup({ at: NOW - 300 * DAY, database: "shop2" })];
  await put(
    store,
    "shop/20200101T000000Z_0a.json",
    Buffer.from(manifestText((stray as StoredBackup).manifest)),
  );
  const { keep, remove } = await plan(1);
  expect([keep.length, remove.length]).toEqual([1, 1]);
  expect((await listBackups(store, "shop", never)).unreadable).toHaveLength(1);
});

test("a manifest whose backup is gone, or was cut, neither counts nor is removed", async () => {
  const [first, second, third] = (await stored(days(3))) as [StoredBackup, StoredBackup, StoredBackup];
  await store.remove(first.manifest.object.key, { signal: never });
  await put(store, second.manifest.object.key, Buffer.alloc(99));
  const { keep, remove } = await plan(1);
  expect(remove).toEqual([]);
  expect(keep.map(({ backup, reasons }) => [backup.manifestKey, reasons.join()])).toEqual([
    [first.manifestKey, expect.stringContaining("it is gone, though its manifest is there")],
    [second.manifestKey, expect.stringContaining("it has 99 bytes instead of 100")],
    [third.manifestKey, expect.stringContaining("1 of the last 1")],
  ]);
});

/** The store, whose operation of that number fails, and all that follow: as if the run had been killed. */
function dyingStore(operations: number): Store {
  let left = operations;
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    if (left-- <= 0) throw new Error("killed");
    return work();
  };
  return {
    ...store,
    begin: (key, options) =>
      step(async () => {
        const pending = await store.begin(key, options);
        return { ...pending, publish: () => step(() => pending.publish()) };
      }),
    remove: (key, options) => step(() => store.remove(key, options)),
  };
}

test("killed at whatever step, nothing counts as a backup whose object is gone, and the next run finishes", async () => {
  let interrupted = 0;
  for (let step = 0; ; step++) {
    const backups = await stored(days(4));
    const { remove } = await plan(2);
    const { failed } = await removeBackups(dyingStore(step), remove, NOW, never);
    for (const { manifest } of (await listBackups(store, "shop", never)).backups) {
      expect(files()).toContain(manifest.object.key);
    }
    const again = await plan(2);
    expect(again.keep).toHaveLength(2);
    expect((await removeBackups(store, again.remove, NOW, never)).failed).toEqual([]);
    await removeStrayMarks(store, (await listBackups(store, "shop", never)).strayMarks, never);
    expect(files()).toEqual(ownFiles(backups.slice(0, 2)));
    if (failed.length === 0) break;
    interrupted++;
  }
  expect(interrupted).toBe(10);
});

test("one that cannot be removed does not keep the others, and is named", async () => {
  const backups = await stored(days(4));
  const stubborn = backups[3]?.manifest.object.key;
  const refusing: Store = {
    ...store,
    remove: async (key, options) => {
      if (key === stubborn) throw new Error("access denied");
      await store.remove(key, options);
    },
  };
  const { remove } = await plan(1);
  const { deleted, failed } = await removeBackups(refusing, remove, NOW, never);
  expect([deleted.length, failed.length]).toEqual([2, 1]);
  expect(failed[0]?.backup.manifest.object.key).toBe(stubborn);
});

test("a cancelled run removes no more", async () => {
  const backups = await stored(days(4));
  const { remove } = await plan(1);
  const stop = new AbortController();
  stop.abort(new Error("cancelled by the runner"));
  await expect(removeBackups(store, remove, NOW, stop.signal)).rejects.toThrow("cancelled by the runner");
  expect(files()).toEqual(ownFiles(backups));
});
