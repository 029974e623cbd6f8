import { buffer } from "node:stream/consumers";
import { UserError } from "../runtime/user-error.ts";
import { NoSuchObject, type Store } from "../storage/store.ts";
import { deletionMarkKey, isDeletionMark } from "./deletion-mark.ts";
import { databasePrefix, isManifestKey, manifestKey } from "./keys.ts";
import { type Manifest, parseManifest } from "./manifest.ts";

export type StoredBackup = { readonly manifestKey: string; readonly manifest: Manifest };

export type Backups = {
  /** Newest first, by the time of their snapshot. */
  readonly backups: readonly StoredBackup[];
  /** Backups whose removal has begun: their object may be gone. Retention goes on with it. */
  readonly removing: readonly StoredBackup[];
  /** Of `backups`, those that are no more what their manifest says, and why. Retention must not count on them. */
  readonly flawed: ReadonlyMap<StoredBackup, string>;
  /** Keys of marks whose manifest is gone: the removal was all but finished. */
  readonly strayMarks: readonly string[];
  /** Files that look like a manifest and are none that can be read; nothing is ever done about them. */
  readonly unreadable: readonly { readonly location: string; readonly why: string }[];
};

// A manifest of 5,000 tables has half a megabyte.
const LONGEST_MANIFEST = 64 * 1024 * 1024;
const AT_ONCE = 8;

/** The backups at a store, of one database or of all: those that have a manifest which describes them. */
export async function listBackups(
  store: Store,
  database: string | undefined,
  signal: AbortSignal,
): Promise<Backups> {
  const prefix = database === undefined ? "" : databasePrefix(database);
  const objects = await store.list(prefix, { signal });
  const sizes = new Map(objects.map(({ key, size }) => [key, size]));
  const marks = new Set(objects.map(({ key }) => key).filter(isDeletionMark));
  const manifests = objects.filter(({ key }) => isManifestKey(key));
  const keys = manifests.filter(({ size }) => size <= LONGEST_MANIFEST).map(({ key }) => key);
  const backups: StoredBackup[] = [];
  const removing: StoredBackup[] = [];
  const unreadable: { location: string; why: string }[] = manifests
    .filter(({ size }) => size > LONGEST_MANIFEST)
    .map(({ key, size }) => ({
      location: store.locate(key),
      why: `It is too long for a manifest (${size} bytes).`,
    }));
  const queue = keys.values();
  const work = async (): Promise<void> => {
    for (const key of queue) {
      try {
        const backup = { manifestKey: key, manifest: await readManifest(store, key, signal) };
        if (marks.has(deletionMarkKey(key))) removing.push(backup);
        else backups.push(backup);
      } catch (error) {
        signal.throwIfAborted();
        // Another run's retention has removed it since it was listed.
        if (error instanceof NoSuchObject) continue;
        if (!(error instanceof UserError)) throw error;
        unreadable.push({ location: store.locate(key), why: error.message });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  backups.sort((a, b) => snapshotTime(b) - snapshotTime(a) || (a.manifestKey < b.manifestKey ? 1 : -1));
  const known = new Set(manifests.map(({ key }) => deletionMarkKey(key)));
  const strayMarks = [...marks].filter((mark) => !known.has(mark));
  const flaws = backups.map((backup) => [backup, flawOf(backup, sizes)] as const);
  const flawed = new Map(
    flaws.flatMap(([backup, why]) => (why === undefined ? [] : [[backup, why] as const])),
  );
  return { backups, removing, flawed, strayMarks, unreadable };
}

/** Reads one manifest. Throws a UserError when it is none, or describes another object than the one beside it. */
export async function readManifest(store: Store, key: string, signal: AbortSignal): Promise<Manifest> {
  const text = (await buffer(await store.read(key, { signal }))).toString("utf8");
  const manifest = parseManifest(text, store.locate(key));
  // Moved or edited by hand: it must never lead to another database's files.
  const own = manifest.object.key.startsWith(databasePrefix(manifest.database));
  if (!own || !isObjectKey(manifest.object.key) || manifestKey(manifest.object.key) !== key) {
    throw new UserError(`The manifest ${store.locate(key)} describes a backup that is not beside it.`, {
      hint: "Keep backups and their manifests where db-backup put them, below the directory of their database.",
    });
  }
  return manifest;
}

/** What is wrong with a backup whose object is gone, or is not as long as what was stored. */
function flawOf({ manifest }: StoredBackup, sizes: ReadonlyMap<string, number>): string | undefined {
  const { key, bytes } = manifest.object;
  const size = sizes.get(key);
  if (size === bytes) return undefined;
  return size === undefined
    ? "is gone, though its manifest is there"
    : `has ${size} bytes instead of ${bytes}`;
}

function isObjectKey(key: string): boolean {
  return /\.dump(?:\.zst|\.gz)?(?:\.age)?$/.test(key);
}

function snapshotTime({ manifest }: StoredBackup): number {
  return Date.parse(manifest.snapshotAt);
}
