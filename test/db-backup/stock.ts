import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import { manifestText } from "../../shared/backup/manifest.ts";
import { openLocalStore } from "../../shared/storage/local/local-store.ts";
import { put } from "../storage/contract.ts";
import { folder } from "./backup.ts";
import { storedBackup } from "./stored-backup.ts";

const DAY = 86_400_000;

/** A directory with earlier backups, and what it holds. */
export type Stock = {
  readonly path: string;
  /** Every file, whatever it is called. */
  files(): string[];
  /** Fails unless there is exactly what was there in the beginning. */
  expectUntouched(): void;
};

/** Retention that would remove two of the three earlier backups, if it were run. */
export const THINNING = { "keep-last": "1" } as const;

/** A destination in which lie backups of some days ago: retention has something to do. */
export async function stockOf(database: string): Promise<Stock> {
  const { path: root } = folder("destination");
  const store = openLocalStore(root);
  for (const days of [1, 2, 3]) {
    const dump = Buffer.from(`dump of ${days} d ago`);
    const at = Date.now() - days * DAY;
    const { manifestKey, manifest } = storedBackup({ database, at, bytes: dump.length });
    await put(store, manifest.object.key, dump);
    await put(store, manifestKey, Buffer.from(manifestText(manifest)));
  }
  const before = contents(root);
  return {
    path: root,
    files: () => Object.keys(contents(root)),
    expectUntouched: () => expect(contents(root)).toEqual(before),
  };
}

function contents(root: string): Record<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name));
  return Object.fromEntries(
    files.sort().map((file) => [path.relative(root, file), readFileSync(file, "latin1")]),
  );
}
