import fc from "fast-check";
import { expect, test } from "vitest";
import { MOST_PARTS, partSizeFor, partsAtOnce } from "../../shared/storage/s3/part-size.ts";
import { PartBuffers } from "../../shared/storage/s3/parts.ts";
import { pauseBefore } from "../../shared/storage/s3/retry.ts";

const MIB = 2 ** 20;
const GB = 1e9;

test("parts are whole MiB that S3 takes, and an object of twice the expected size still fits", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 25e12, noNaN: true }), (expected) => {
      const size = partSizeFor(expected);
      expect(size % MIB).toBe(0);
      expect(size).toBeGreaterThanOrEqual(5 * MIB);
      expect(size).toBeLessThanOrEqual(5 * 1024 * MIB);
      expect(Math.ceil((2 * expected) / size)).toBeLessThanOrEqual(MOST_PARTS);
    }),
  );
});

test.each([
  [undefined, 16],
  [0, 8],
  [4 * GB, 8],
  [20 * GB, 22],
  [100 * GB, 32],
  [1_000 * GB, 191],
])("%s bytes go in parts of %i MiB", (expected, mebibytes) => {
  expect(partSizeFor(expected)).toBe(mebibytes * MIB);
});

test("a backup of some gigabytes takes no more than 1,000 parts, and little memory", () => {
  expect((4 * GB) / partSizeFor(4 * GB)).toBeLessThan(1_000);
  const size = partSizeFor(20 * GB);
  expect((20 * GB) / size).toBeLessThan(1_000);
  expect((partsAtOnce(size) + 1) * size).toBeLessThan(100 * MIB);
});

test("bytes come out as they came in, in parts of one size but for the last, from few buffers", async () => {
  const chunks = fc.array(
    fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
    { maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(
      chunks,
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 4 }),
      async (all, size, count) => {
        const buffers = new PartBuffers(size, count);
        const parts: Buffer[] = [];
        const used = new Set<ArrayBufferLike>();
        const full = async (part: Buffer): Promise<void> => {
          parts.push(Buffer.from(part));
          used.add(part.buffer);
          // Handed back a little later, as by an upload.
          queueMicrotask(() => {
            part.fill(0);
            buffers.release(part);
          });
        };
        for (const chunk of all) await buffers.add(chunk, full);
        const rest = buffers.rest();
        const whole = Buffer.concat(all);
        expect(Buffer.concat([...parts, rest]).equals(whole)).toBe(true);
        expect(parts.every((part) => part.length === size)).toBe(true);
        expect(rest.length).toBe(whole.length === 0 ? 0 : whole.length - parts.length * size);
        // The last part is never empty.
        expect(rest.length > 0 || whole.length === 0).toBe(true);
        expect(used.size).toBeLessThanOrEqual(count);
      },
    ),
  );
});

test("pauses between tries grow, by chance, and never beyond half a minute", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 40 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempt, random) => {
        const pause = pauseBefore(attempt, random);
        expect(pause).toBeGreaterThanOrEqual(250);
        expect(pause).toBeLessThanOrEqual(30_000);
        expect(pauseBefore(attempt + 1, random)).toBeGreaterThanOrEqual(pause);
      },
    ),
  );
  expect(pauseBefore(1)).toBe(0);
});
