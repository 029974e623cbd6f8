import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { UserError } from "../../shared/runtime/user-error.ts";
import { openS3Store } from "../../shared/storage/s3/s3-store.ts";
import type { S3Settings } from "../../shared/storage/s3/settings.ts";
import type { Store } from "../../shared/storage/store.ts";
import { S3_KEYS, type S3Server, type S3ServerOptions, startS3 } from "../support/s3/server.ts";
import { fill, get, hash, keepsTheContract, never, pieces, put, someBytes } from "./contract.ts";

const MIB = 1 << 20;
const PART = 5 * MIB;
const KEY = "shop/20261121T030000Z_3f9a.dump.zst";

beforeAll(() => {
  for (const [name, value] of Object.entries(S3_KEYS)) vi.stubEnv(name, value);
});
afterAll(() => void vi.unstubAllEnvs());

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

type Setting = {
  readonly s3: S3Server;
  readonly store: Store;
  readonly log: string[];
  readonly pauses: number[];
};

/** A server and a store on it. Time to wait passes at once. */
async function setting(
  options: S3ServerOptions & { readonly settings?: Partial<S3Settings>; readonly name?: string } = {},
): Promise<Setting> {
  const s3 = await startS3(options);
  cleanUps.push(() => s3.stop());
  const [log, pauses]: [string[], number[]] = [[], []];
  const store = openS3Store(
    options.name ?? "backups",
    "daily/main",
    {
      endpoint: s3.endpoint,
      checksums: "when-supported",
      partSize: PART,
      stallMs: 20_000,
      ...options.settings,
    },
    {
      env: {},
      info: (line) => void log.push(line),
      clock: {
        sleep: async (ms) => {
          pauses.push(ms);
        },
      },
    },
  );
  cleanUps.push(() => store.close());
  return { s3, store, log, pauses };
}

/** Stalled requests are given up soon. */
const QUICK = { settings: { stallMs: 500 } };

/** Nothing is done, and nothing is answered. */
const HANGING = { kind: "hang" } as const;

const objects = (s3: S3Server) => [...s3.bucket.objects.keys()];
const unfinished = (s3: S3Server) => [...s3.bucket.uploads.values()].map(({ key }) => key);

describe("S3", () => {
  keepsTheContract(
    async () => {
      const { s3, store } = await setting();
      return {
        store,
        leftovers: async () => [...objects(s3), ...unfinished(s3)],
        stop: async () => undefined,
      };
    },
    2 * PART + 12_345,
  );

  test("an object lies below the prefix, and its location names bucket and key", async () => {
    const { s3, store } = await setting();
    await put(store, KEY, someBytes(10));
    expect(objects(s3)).toEqual([`daily/main/${KEY}`]);
    expect(store.locate(KEY)).toBe(`s3://backups/daily/main/${KEY}`);
    expect(store.where).toBe("s3://backups/daily/main");
  });

  test.each([PART - 1, PART, PART + 1, 2 * PART, 3 * PART + 1])(
    "%i bytes go in one request up to a part, and in parts above it",
    async (size) => {
      const { s3, store } = await setting();
      const bytes = someBytes(size);
      await put(store, KEY, bytes);
      expect(hash(await get(store, KEY))).toBe(hash(bytes));
      const parts = size <= PART ? 0 : Math.ceil(size / PART);
      expect(s3.operations.filter((name) => name === "UploadPart")).toHaveLength(parts);
    },
  );

  test("storage class and encryption go with small objects and with large ones", async () => {
    const settings = { storageClass: "STANDARD_IA", encryption: "aws:kms", kmsKeyId: "alias/backup" };
    const { s3, store } = await setting({ settings });
    await put(store, "shop/a.json", someBytes(10));
    await put(store, KEY, someBytes(PART + 1));
    expect([...s3.bucket.objects.values()].map(({ kept }) => kept)).toEqual(
      Array(2).fill({
        "x-amz-storage-class": "STANDARD_IA",
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": "alias/backup",
      }),
    );
  });

  test("more objects than fit a page are listed to the last", async () => {
    const { s3, store } = await setting();
    for (let number = 0; number < 2_345; number++)
      s3.bucket.put(`daily/main/shop/${number}.json`, Buffer.from("{}"), {});
    s3.bucket.put("daily/main2/shop/x.json", Buffer.from("{}"), {});
    const found = await store.list("shop/", { signal: never });
    expect(new Set(found.map(({ key }) => key)).size).toBe(2_345);
    expect(s3.operations).toHaveLength(3);
  });

  test("a region that is not the bucket's is found out and followed", async () => {
    const { store } = await setting({ region: "eu-central-1", settings: { region: "us-east-1" } });
    await put(store, KEY, someBytes(PART + 1));
    expect(await get(store, KEY)).toHaveLength(PART + 1);
  });

  test("a service that refuses checksums takes none when told so, and the error says how to tell", async () => {
    const strict = await setting({ refusesChecksums: true });
    await expect(put(strict.store, KEY, someBytes(PART + 1))).rejects.toMatchObject({
      hint: expect.stringContaining("s3-checksums: when-required"),
    });
    const told = await setting({ refusesChecksums: true, settings: { checksums: "when-required" } });
    await put(told.store, "shop/a.json", someBytes(10));
    await put(told.store, KEY, someBytes(PART + 1));
  });
});

describe("S3 in passing trouble", () => {
  const troubles = [
    { kind: "refuse", status: 500, code: "InternalError" },
    { kind: "refuse", status: 503, code: "SlowDown" },
    { kind: "refuse", status: 429, code: "TooManyRequests" },
    { kind: "refuse", status: 400, code: "RequestTimeout" },
    { kind: "refuse", status: 502, code: "" },
    { kind: "reset" },
    { kind: "deaf" },
    { kind: "stall" },
  ] as const;
  const operations = ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"] as const;
  // Completed though nobody heard of it: the second try finds the object there.
  const heard = (operation: string, kind: string) =>
    operation !== "CompleteMultipartUpload" || kind !== "stall";
  const cases = operations.flatMap((operation) => troubles.map((trouble) => ({ operation, trouble })));

  test.each(cases)(
    "$operation meets $trouble.kind $trouble.code and is tried again",
    async ({ operation, trouble }) => {
      const stalls = trouble.kind === "stall";
      const { s3, store, pauses } = await setting(stalls ? QUICK : {});
      s3.fault(operation, trouble, 2);
      const bytes = someBytes(PART + 1);
      await put(store, KEY, bytes);
      expect(hash(await get(store, KEY))).toBe(hash(bytes));
      expect(unfinished(s3)).toEqual([]);
      // A machine under load may stall by itself.
      if (stalls) expect(pauses.length).toBeGreaterThanOrEqual(heard(operation, trouble.kind) ? 2 : 1);
      else expect(pauses).toHaveLength(2);
    },
  );

  test.each(troubles)("a small object meets $kind $code and is tried again", async (trouble) => {
    const { s3, store } = await setting(QUICK);
    s3.fault("PutObject", trouble, 2);
    await put(store, KEY, Buffer.from("small"));
    expect((await get(store, KEY)).toString()).toBe("small");
  });

  test("an error in the body of a 200 is an error, and completing is tried again", async () => {
    const { s3, store, log } = await setting();
    s3.fault("CompleteMultipartUpload", { kind: "error in a 200" }, 3);
    await put(store, KEY, someBytes(PART + 1));
    expect(objects(s3)).toHaveLength(1);
    expect(log).toHaveLength(3);
    expect(log[0]).toMatch(
      /^Completing the upload of s3:.* failed: .*internal error\. Try 2 of 10 in \d+ ms\.$/,
    );
  });

  test.each([
    { kind: "cut", after: 40 },
    { kind: "stall", after: 40 },
  ] as const)("an answer to completing that breaks off is no answer: $kind", async (fault) => {
    const { s3, store } = await setting(QUICK);
    s3.fault("CompleteMultipartUpload", fault);
    await put(store, KEY, someBytes(PART + 1));
    expect(objects(s3)).toHaveLength(1);
  });

  test.each([{ kind: "cut", after: 3 * MIB } as const, { kind: "stall", after: 3 * MIB } as const])(
    "a download that breaks off goes on where it was: $kind",
    async (fault) => {
      const { s3, store } = await setting(QUICK);
      const bytes = someBytes(8 * MIB);
      await put(store, KEY, bytes);
      s3.fault("GetObject", fault, 2);
      expect(hash(await get(store, KEY))).toBe(hash(bytes));
    },
  );

  test("a download whose object was replaced in between is an error", async () => {
    const { s3, store } = await setting();
    await put(store, KEY, someBytes(8 * MIB));
    s3.fault("GetObject", { kind: "cut", after: 3 * MIB });
    const stream = await store.read(KEY, { signal: never });
    await once(stream, "readable");
    s3.bucket.put(`daily/main/${KEY}`, someBytes(8 * MIB), {});
    await expect(stream.toArray()).rejects.toThrow("HTTP 412");
  });

  test("pauses grow to half a minute, and all tries together last a minute or two", async () => {
    const { s3, store, pauses } = await setting();
    s3.fault("PutObject", { kind: "refuse", status: 503, code: "SlowDown" }, 99);
    await expect(put(store, KEY, someBytes(1))).rejects.toThrow("HTTP 503 SlowDown");
    expect(pauses).toHaveLength(9);
    expect(pauses.every((ms, index) => ms >= Math.min(30_000, 500 * 2 ** index) / 2)).toBe(true);
    expect(pauses.reduce((sum, ms) => sum + ms)).toBeGreaterThan(45_000);
  });
});

describe("S3 that fails for good", () => {
  const last = { kind: "refuse", status: 500, code: "InternalError" } as const;

  test.each(["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"] as const)(
    "%s failing leaves neither an object nor an upload",
    async (operation) => {
      const { s3, store } = await setting();
      s3.fault(operation, last, 99);
      const pending = await store.begin(KEY, { signal: never });
      const work = fill(pending, someBytes(3 * PART)).then(() => pending.publish());
      await expect(work).rejects.toThrow(/HTTP 500 InternalError/);
      expect(await pending.abandon()).toBeUndefined();
      expect([...objects(s3), ...unfinished(s3)]).toEqual([]);
    },
  );

  test.each([{ kind: "deaf" }, { kind: "stall" }] as const)(
    "an object that may have come to be unheard is removed: $kind",
    async (fault) => {
      const { s3, store } = await setting({ settings: { tries: 1, ...QUICK.settings } });
      for (const [operation, size] of [
        ["PutObject", 10],
        ["CompleteMultipartUpload", PART + 1],
      ] as const) {
        s3.fault(operation, fault);
        const pending = await store.begin(KEY, { signal: never });
        await fill(pending, someBytes(size));
        await expect(pending.publish()).rejects.toThrow(UserError);
        expect(objects(s3)).toHaveLength(1);
        expect(await pending.abandon()).toBeUndefined();
        expect([...objects(s3), ...unfinished(s3)]).toEqual([]);
      }
    },
  );

  test("an upload that began unheard is found and aborted", async () => {
    for (const tries of [1, 10]) {
      const { s3, store } = await setting({ settings: { tries } });
      s3.fault("CreateMultipartUpload", { kind: "deaf" });
      const pending = await store.begin(KEY, { signal: never });
      await fill(pending, someBytes(PART + 1))
        .then(() => pending.publish())
        .catch(() => pending.abandon());
      expect(unfinished(s3)).toEqual([]);
    }
  });

  test("what cannot be removed is named, with the command that removes it", async () => {
    const { s3, store } = await setting();
    s3.fault("UploadPart", { kind: "refuse", status: 403, code: "AccessDenied" }, 9);
    s3.fault("AbortMultipartUpload", { kind: "refuse", status: 403, code: "AccessDenied" });
    const pending = await store.begin(KEY, { signal: never });
    await expect(fill(pending, someBytes(2 * PART))).rejects.toThrow(/HTTP 403 AccessDenied/);
    const [id] = s3.bucket.uploads.keys();
    const left = await pending.abandon();
    expect(left).toContain(`--bucket backups --key daily/main/${KEY} --upload-id ${id}`);
    expect(await pending.abandon()).toBeUndefined();
    expect(unfinished(s3)).toEqual([]);
  });

  test.each([
    ["AccessDenied", 403, "s3:PutObject"],
    ["InvalidAccessKeyId", 403, "AWS_ACCESS_KEY_ID"],
    ["SignatureDoesNotMatch", 403, "AWS_SECRET_ACCESS_KEY"],
    ["ExpiredToken", 400, "role-duration-seconds"],
  ])("%s is not tried again, and says what to do", async (code, status, hint) => {
    const { s3, store, pauses } = await setting();
    s3.fault("CreateMultipartUpload", { kind: "refuse", status, code });
    await expect(store.check({ signal: never })).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringContaining(code),
      hint: expect.stringContaining(hint),
    });
    expect(pauses).toEqual([]);
  });

  test("a bucket that does not exist is named before anything is written", async () => {
    const { store } = await setting({ name: "absent-bucket" });
    await expect(store.check({ signal: never })).rejects.toThrow(/s3:\/\/absent-bucket.*NoSuchBucket/);
    await expect(get(store, KEY)).rejects.toThrow("NoSuchBucket");
  });

  test("a download that never brings anything new gives up", async () => {
    const { s3, store } = await setting();
    await put(store, KEY, someBytes(MIB));
    s3.fault("GetObject", { kind: "cut", after: 0 }, 99);
    await expect(get(store, KEY)).rejects.toThrow();
  });

  test("nobody there is an error that says so", async () => {
    const { s3, store } = await setting();
    await s3.stop();
    await expect(store.check({ signal: never })).rejects.toThrow("connection refused");
  });
});

describe("S3 and a run that is cancelled", () => {
  test.each(["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"] as const)(
    "while %s is under way, everything is taken back",
    async (operation) => {
      const { s3, store } = await setting({ settings: { stallMs: 60_000 } });
      s3.fault(operation, { kind: "stall" });
      const stop = new AbortController();
      const reason = new Error("cancelled by the runner");
      const pending = await store.begin(KEY, { signal: stop.signal });
      const arrived = s3.next(operation);
      const work = fill(pending, someBytes(PART + 1)).then(() => pending.publish());
      const outcome = work.catch((error: unknown) => error);
      await arrived;
      stop.abort(reason);
      expect(await outcome).toBe(reason);
      expect(await pending.abandon()).toBeUndefined();
      expect([...objects(s3), ...unfinished(s3)]).toEqual([]);
    },
  );

  test.each(["CreateMultipartUpload", "AbortMultipartUpload"] as const)(
    "in the preflight, at %s, nothing is left of it",
    async (operation) => {
      const { s3, store } = await setting({ settings: { stallMs: 60_000 } });
      s3.fault(operation, operation === "CreateMultipartUpload" ? { kind: "stall" } : HANGING);
      const stop = new AbortController();
      const arrived = s3.next(operation);
      const checked = store.check({ signal: stop.signal }).catch((error: unknown) => error);
      await arrived;
      stop.abort(new Error("cancelled by the runner"));
      expect(await checked).toBe(stop.signal.reason);
      expect(unfinished(s3)).toEqual([]);
    },
  );

  test("between two tries, it does not wait for the next", async () => {
    const { s3 } = await setting();
    const stop = new AbortController();
    const slow = openS3Store(
      "backups",
      "",
      { endpoint: s3.endpoint, checksums: "when-supported" },
      {
        env: {},
        info: () => stop.abort(new Error("cancelled by the runner")),
      },
    );
    cleanUps.push(() => slow.close());
    s3.fault("ListObjectsV2", { kind: "refuse", status: 503, code: "SlowDown" }, 99);
    await expect(slow.list("", { signal: stop.signal })).rejects.toThrow("cancelled by the runner");
    expect(s3.operations).toHaveLength(1);
  });
});

test("uploads that were left are listed page by page, with the time at which they were begun", async () => {
  const { s3, store } = await setting();
  const begunAt = new Date("2026-03-01T04:00:00Z");
  for (let count = 0; count < 1_201; count++) {
    const id = s3.bucket.begin(`daily/main/shop/${count % 7}.dump`, false, {});
    const upload = s3.bucket.uploads.get(id);
    if (upload !== undefined) upload.begunAt = begunAt;
  }
  s3.bucket.begin("daily/main/shop2/0.dump", false, {});
  s3.bucket.begin("daily/main/shop/not ours/x", false, {});
  const left = await store.leftovers("shop/", { signal: never });
  expect(left).toHaveLength(1_201);
  expect(new Set(left.map(({ seenAt }) => seenAt))).toEqual(new Set([begunAt.getTime()]));
  await left[0]?.remove({ signal: never });
  expect(s3.bucket.uploads.size).toBe(1_202);
});

test("a writer that is faster than S3 is held back: no more than a few parts are in memory", async () => {
  const { s3, store } = await setting();
  s3.fault("CreateMultipartUpload", { kind: "stall" });
  const pending = await store.begin(KEY, { signal: never });
  pending.sink.on("error", () => undefined);
  let accepted = 0;
  for (const piece of pieces(someBytes(2 * PART), MIB)) {
    accepted += piece.length;
    if (!pending.sink.write(piece)) break;
  }
  expect(accepted).toBeLessThan(2 * PART);
  await pending.abandon();
});
