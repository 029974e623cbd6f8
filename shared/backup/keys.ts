import { decodeSegment, encodeSegment } from "../storage/keys.ts";
import type { Compression } from "./manifest.ts";

export type ObjectName = {
  readonly database: string;
  /** Of the snapshot, milliseconds since 1970. */
  readonly at: number;
  /** Letters and digits that keep two runs of one second apart. */
  readonly unique: string;
  readonly compression: Compression;
  readonly encrypted: boolean;
};

const EXTENSION: Readonly<Record<Compression, string>> = { zstd: ".zst", gzip: ".gz", none: "" };

/** `shop/20261121T030000Z_3f9a2c.dump.zst.age` */
export function objectKey({ database, at, unique, compression, encrypted }: ObjectName): string {
  const time = new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");
  return `${databasePrefix(database)}${time}_${unique}.dump${EXTENSION[compression]}${encrypted ? ".age" : ""}`;
}

/** What the keys of a database's backups, and of no other database's, begin with. */
export function databasePrefix(database: string): string {
  return `${encodeSegment(database)}/`;
}

/** The database whose backups have this key; undefined for a key of something else. */
export function databaseOfKey(key: string): string | undefined {
  const [segment, file, ...rest] = key.split("/");
  if (segment === undefined || file === undefined || rest.length > 0) return undefined;
  return decodeSegment(segment);
}

const OBJECT = /\.dump(?:\.zst|\.gz)?(?:\.age)?$/;

const NAME = /\/(?<time>\d{8}T\d{6})Z_[0-9a-f]+\.(?<end>dump(?:\.zst|\.gz)?(?:\.age)?|json|deleted)$/;

/** What the key of something that db-backup writes says of it; undefined for a key of something else. */
export function readKey(key: string): { readonly at: number; readonly isObject: boolean } | undefined {
  const { time, end } = NAME.exec(key)?.groups ?? {};
  if (time === undefined || end === undefined) return undefined;
  const at = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)$/, "$1-$2-$3T$4:$5:$6Z"));
  return Number.isNaN(at) ? undefined : { at, isObject: end.startsWith("dump") };
}

/** The key of the manifest beside a backup. */
export function manifestKey(object: string): string {
  if (!OBJECT.test(object)) throw new Error(`not the key of a backup: ${object}`);
  return object.replace(OBJECT, ".json");
}

/** Whether a manifest may have this key; a file that somebody has put there may have a name that no key of a store has. */
export function isManifestKey(key: string): boolean {
  return /^[A-Za-z0-9._=-]+\/[A-Za-z0-9._=-]+\.json$/.test(key);
}
