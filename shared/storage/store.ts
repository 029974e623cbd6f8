import type { Readable, Writable } from "node:stream";

/**
 * A place for backups. Keys are relative and separated by "/"; each segment consists of `A-Z a-z 0-9 . _ = -` and does
 * not start with a dot (see `encodeSegment`). Every method throws a UserError for what the user can mend, or the
 * signal's reason.
 */
export type Store = {
  /** How people see it, without any secret: `s3://bucket/prefix`, `/var/backups`, `ssh:/srv/backups`. */
  readonly where: string;
  /** Preflight: it can be reached and written to, and has room for `bytes` where that can be known. Gives the room. */
  check(need: StoreNeed): Promise<StoreRoom>;
  /** Begins an object that nobody sees under its final name before {@link PendingObject.publish}. */
  begin(key: string, options: BeginOptions): Promise<PendingObject>;
  /** The object's bytes, all of them: a stream that was cut short errors. Throws {@link NoSuchObject}. */
  read(key: string, options: { readonly signal: AbortSignal }): Promise<Readable>;
  /** Every published object whose key starts with the prefix, in no particular order; what is pending is left out. */
  list(prefix: string, options: { readonly signal: AbortSignal }): Promise<readonly StoredObject[]>;
  /**
   * What runs have begun below the prefix, a directory's, and neither published nor taken back: they were killed, or are
   * still at it. Removing is left to whoever knows which.
   */
  leftovers(prefix: string, options: { readonly signal: AbortSignal }): Promise<readonly Leftover[]>;
  /** Removes an object; one that is gone already is fine. */
  remove(key: string, options: { readonly signal: AbortSignal }): Promise<void>;
  /** The location that is printed, and that db-restore takes as `from`. */
  locate(key: string): string;
  /** Frees connections. Safe to call twice. */
  close(): Promise<void>;
};

/** Bytes that are free; undefined where that cannot be known. */
export type StoreRoom = { readonly free: number | undefined };

export type StoreNeed = { readonly bytes?: number; readonly signal: AbortSignal };

export type BeginOptions = {
  /** About how long the object will be: sizes the parts of an upload. */
  readonly expectedBytes?: number;
  /** Stops the writing and the publishing; `abandon` still works after it. */
  readonly signal: AbortSignal;
};

/** Bytes of the object, and when the store says that it came to be. */
export type StoredObject = { readonly key: string; readonly size: number };

/** An object on its way. It ends by exactly one of `publish` and `abandon`; a `publish` that failed is abandoned. */
export type PendingObject = {
  /** Where the bytes go; it holds back a writer that is too fast, and errors with what went wrong. */
  readonly sink: Writable;
  /**
   * Makes the object appear, whole and durable, under its final name. Only after `sink` has finished, and the caller
   * knows that what it wrote is complete: an end of a stream is no proof of that.
   */
  publish(): Promise<void>;
  /**
   * Leaves nothing behind; returns what could not be removed, in words with the way to remove it, if anything. Never
   * throws, works when the run was cancelled, and is safe to call at any time before `publish` has resolved.
   */
  abandon(): Promise<string | undefined>;
};

/** An object that is neither there nor not. */
export type Leftover = {
  /** Of the object that it was to become. */
  readonly key: string;
  /** What it is and where, in words. */
  readonly what: string;
  /** Of its last sign of life, in milliseconds since 1970 by the clock of the store. */
  readonly seenAt: number;
  /** A run that is at it shows a sign of life more often than every so many milliseconds. */
  readonly restlessMs: number;
  /** Removes it; one that is gone already is fine. */
  remove(options: { readonly signal: AbortSignal }): Promise<void>;
};

/** There is no such object. */
export class NoSuchObject extends Error {
  override readonly name = "NoSuchObject";
  readonly location: string;

  constructor(location: string) {
    super(`${location} does not exist.`);
    this.location = location;
  }
}
