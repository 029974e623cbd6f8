import { expect, test } from "vitest";
import { listBackups } from "../../shared/backup/backups.ts";
import { manifestText } from "../../shared/backup/manifest.ts";
import { openLocalStore } from "../../shared/storage/local/local-store.ts";
import type { Store } from "../../shared/storage/store.ts";
import { folder } from "../db-backup/backup.ts";
import { storedBackup } from "../db-backup/stored-backup.ts";
import { never, put } from "../storage/contract.ts";

const DAY = 86_400_000;

test("a backup that another run's retention removes after it was listed is none, and the others are there", async () => {
  const store = openLocalStore(folder().path);
  const [old, young] = [storedBackup({ at: DAY }), storedBackup({ at: 2 * DAY })];
  for (const { manifestKey, manifest } of [old, young])
    await put(store, manifestKey, Buffer.from(manifestText(manifest)));
  const raced: Store = {
    ...store,
    list: async (prefix, options) => {
      const found = await store.list(prefix, options);
      await store.remove(old.manifestKey, options);
      return found;
    },
  };
  const found = await listBackups(raced, undefined, never);
  expect(found.backups.map(({ manifestKey }) => manifestKey)).toEqual([young.manifestKey]);
  expect(found.unreadable).toEqual([]);
});

test("a file that is too long for a manifest is told of, and not read", async () => {
  const store = openLocalStore(folder().path);
  const key = "shop/20261121T030000Z_3f9a.json";
  await put(store, key, Buffer.alloc(2));
  const long: Store = {
    ...store,
    list: async () => [{ key, size: 2 ** 30 }],
    read: () => Promise.reject(new Error("read all the same")),
  };
  const { backups, unreadable } = await listBackups(long, undefined, never);
  expect(backups).toEqual([]);
  expect(unreadable).toMatchObject([
    { location: store.locate(key), why: expect.stringContaining("too long") },
  ]);
});
