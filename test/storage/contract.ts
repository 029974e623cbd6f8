import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { afterEach, expect, test } from "vitest";
import { NoSuchObject, type PendingObject, type Store } from "../../shared/storage/store.ts";

/** A store to try, and what can be seen of it from outside. */
export type Subject = {
  readonly store: Store;
  /** Everything that lies there, whatever it is: final names, parts, uploads on their way. */
  readonly leftovers: () => Promise<readonly string[]>;
  readonly stop: () => Promise<void>;
};

export const never = new AbortController().signal;
export const someBytes = (size: number): Buffer => randomBytes(size);
export const hash = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** Writes an object as db-backup does: in pieces, published when all of it is known to be whole. */
export async function put(store: Store, key: string, bytes: Buffer, expectedBytes?: number): Promise<void> {
  const pending = await store.begin(key, {
    signal: never,
    ...(expectedBytes === undefined ? {} : { expectedBytes }),
  });
  await fill(pending, bytes);
  await pending.publish();
}

export async function fill(pending: PendingObject, bytes: Buffer): Promise<void> {
  await pipeline(Readable.from(pieces(bytes)), pending.sink);
}

export function* pieces(bytes: Buffer, size = 100_000): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function get(store: Store, key: string): Promise<Buffer> {
  return buffer(await store.read(key, { signal: never }));
}

const KEY = "shop=20db/20261121T030000Z_3f9a.dump.zst";

/** What every store keeps, told in tests. `size` is more than one part of an upload. */
export function keepsTheContract(start: () => Promise<Subject>, size: number): void {
  const running: Subject[] = [];
  afterEach(async () => {
    for (const subject of running.splice(0)) {
      await subject.store.close();
      await subject.stop();
    }
  });
  const begin = async (): Promise<Subject> => {
    const subject = await start();
    running.push(subject);
    return subject;
  };

  test("a published object is read back byte for byte, and listed with its size", async () => {
    const { store } = await begin();
    const bytes = someBytes(size);
    await put(store, KEY, bytes, size);
    expect(hash(await get(store, KEY))).toBe(hash(bytes));
    expect(await store.list("shop=20db/", { signal: never })).toEqual([{ key: KEY, size }]);
    expect(await store.list("", { signal: never })).toEqual([{ key: KEY, size }]);
  });

  test("an object of no or one byte comes back as it was", async () => {
    const { store } = await begin();
    for (const bytes of [Buffer.alloc(0), Buffer.from("x")]) {
      const key = `shop/${bytes.length}.json`;
      await put(store, key, bytes);
      expect(await get(store, key)).toEqual(bytes);
    }
  });

  test("nobody sees an object before it is published", async () => {
    const { store } = await begin();
    const pending = await store.begin(KEY, { signal: never });
    await fill(pending, someBytes(size));
    expect(await store.list("", { signal: never })).toEqual([]);
    await expect(store.read(KEY, { signal: never })).rejects.toThrow(NoSuchObject);
    await pending.publish();
    expect(await store.list("", { signal: never })).toHaveLength(1);
  });

  test("an abandoned object leaves nothing, at whatever point", async () => {
    const { store, leftovers } = await begin();
    const points: readonly ((pending: PendingObject) => Promise<unknown>)[] = [
      async () => undefined,
      async ({ sink }) => void sink.write(someBytes(10)),
      async ({ sink }) => {
        for (const piece of pieces(someBytes(size))) if (!sink.write(piece)) await once(sink, "drain");
      },
      (pending) => fill(pending, someBytes(size)),
      async ({ sink }) => {
        sink.destroy(new Error("the dump died"));
        await once(sink, "close").catch(() => undefined);
      },
    ];
    for (const point of points) {
      const pending = await store.begin(KEY, { signal: never });
      pending.sink.on("error", () => undefined);
      await point(pending);
      expect(await pending.abandon()).toBeUndefined();
      expect(await pending.abandon()).toBeUndefined();
    }
    expect(await leftovers()).toEqual([]);
  });

  test("an object is not published before all of it was written, and abandoned then", async () => {
    const { store, leftovers } = await begin();
    const pending = await store.begin(KEY, { signal: never });
    pending.sink.write("half");
    await expect(pending.publish()).rejects.toThrow("before all of it was written");
    await pending.abandon();
    expect(await leftovers()).toEqual([]);
  });

  test("a cancelled run ends the writing with its reason, publishes no more, and can still be cleaned up", async () => {
    const { store, leftovers } = await begin();
    const stop = new AbortController();
    const reason = new Error("cancelled by the runner");
    const writing = await store.begin(KEY, { signal: stop.signal });
    const written = await store.begin("shop/other.json", { signal: stop.signal });
    await fill(written, someBytes(size));
    const failure = once(writing.sink, "error");
    writing.sink.write(someBytes(10));
    stop.abort(reason);
    expect(await failure).toEqual([reason]);
    await expect(written.publish()).rejects.toBe(reason);
    await expect(store.begin(KEY, { signal: stop.signal })).rejects.toBe(reason);
    await expect(store.read(KEY, { signal: stop.signal })).rejects.toBe(reason);
    expect([await writing.abandon(), await written.abandon()]).toEqual([undefined, undefined]);
    expect(await leftovers()).toEqual([]);
  });

  test("two objects with one name at once end as one of the two, whole", async () => {
    const { store } = await begin();
    const both = [someBytes(size), someBytes(size)];
    const pending = await Promise.all(both.map(() => store.begin(KEY, { signal: never })));
    await Promise.all(pending.map((one, index) => fill(one, both[index] as Buffer)));
    await Promise.all(pending.map((one) => one.publish()));
    expect(both.map(hash)).toContain(hash(await get(store, KEY)));
  });

  test("an object is replaced whole", async () => {
    const { store } = await begin();
    await put(store, KEY, someBytes(size));
    const small = someBytes(10);
    await put(store, KEY, small);
    expect(await get(store, KEY)).toEqual(small);
  });

  test("a removed object is gone, and removing it again is no error", async () => {
    const { store, leftovers } = await begin();
    await put(store, KEY, someBytes(10));
    await store.remove(KEY, { signal: never });
    await store.remove(KEY, { signal: never });
    expect(await store.list("", { signal: never })).toEqual([]);
    await expect(get(store, KEY)).rejects.toThrow(NoSuchObject);
    expect(await leftovers()).toEqual([]);
  });

  test("only what begins with the prefix is listed", async () => {
    const { store } = await begin();
    for (const key of ["shop/a.json", "shop/b.json", "shop2/a.json", "shop=2F/a.json"]) {
      await put(store, key, Buffer.from(key));
    }
    const keys = async (prefix: string) =>
      (await store.list(prefix, { signal: never })).map(({ key }) => key).sort();
    expect(await keys("shop/")).toEqual(["shop/a.json", "shop/b.json"]);
    expect(await keys("shop/b")).toEqual(["shop/b.json"]);
    expect(await keys("absent/")).toEqual([]);
  });

  test("the preflight of a store that works passes and leaves nothing", async () => {
    const { store, leftovers } = await begin();
    await store.check({ bytes: 1_000, signal: never });
    expect(await leftovers()).toEqual([]);
  });

  test("what was begun and not published is found below its prefix, and can be removed by another run", async () => {
    const { store, leftovers } = await begin();
    await put(store, "shop=20db/whole.json", someBytes(10));
    const pending = await store.begin(KEY, { signal: never, expectedBytes: size });
    pending.sink.on("error", () => undefined);
    await fill(pending, someBytes(size));
    expect(await store.leftovers("other/", { signal: never })).toEqual([]);
    const [left, ...rest] = await store.leftovers("shop=20db/", { signal: never });
    expect(rest).toEqual([]);
    expect(left).toMatchObject({ key: KEY, what: expect.stringContaining(KEY.replace("shop=20db/", "")) });
    expect(Math.abs((left?.seenAt ?? 0) - Date.now())).toBeLessThan(left?.restlessMs ?? 0);
    await left?.remove({ signal: never });
    await left?.remove({ signal: never });
    expect(await leftovers()).toHaveLength(1);
    // Whoever was at it notices, and publishes nothing.
    await expect(pending.publish()).rejects.toThrow();
    expect(await pending.abandon()).toBeUndefined();
    expect(await store.list("", { signal: never })).toEqual([{ key: "shop=20db/whole.json", size: 10 }]);
  });

  test("a key that leads out of the store is refused", async () => {
    const { store } = await begin();
    for (const key of ["../x", "/x", "a/../b", "a//b", "a/.b", "", "a b"]) {
      await expect(store.begin(key, { signal: never })).rejects.toThrow("not a key");
      await expect(store.read(key, { signal: never })).rejects.toThrow("not a key");
      await expect(store.remove(key, { signal: never })).rejects.toThrow("not a key");
    }
  });

  test("a reader who goes away early leaves the store in working order", async () => {
    const { store } = await begin();
    await put(store, KEY, someBytes(size));
    const stream = await store.read(KEY, { signal: never });
    await once(stream, "readable");
    stream.destroy();
    await once(stream, "close");
    expect(await get(store, KEY)).toHaveLength(size);
  });
}
