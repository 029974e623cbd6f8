import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { sparse } from "../../shared/runtime/sparse.ts";
import { runs } from "../support/effort.ts";

const shape = {
  name: z.string().min(1),
  count: z.int().optional(),
  size: z.number().default(7),
  text: z
    .string()
    .transform((text) => text.trim())
    .optional(),
  list: z.array(z.string()).optional(),
  made: z
    .string()
    .optional()
    .transform((text) => text ?? "made"),
};
const plain = z.strictObject(shape);
const refined = z.strictObject(shape).refine(({ count, list }) => count === undefined || list === undefined);

// Keys and values that fit, and such that do not: wrong types, unknown keys, a key that every object has.
const value = fc.dictionary(
  fc.constantFrom("name", "count", "size", "text", "list", "made", "other", "constructor"),
  fc.oneof(
    fc.constantFrom<unknown>("a", "", " b ", 1, 1.5, null, undefined, ["x"], [1], {}, true),
    fc.anything(),
  ),
);

describe("a sparse schema", () => {
  test("finds and says what the whole one does", () => {
    const [sparsePlain, sparseRefined] = [sparse(z.strictObject(shape)), sparse(refined.clone())];
    fc.assert(
      fc.property(fc.oneof(value, fc.anything()), (input) => {
        expect(sparsePlain.safeParse(input)).toEqual(plain.safeParse(input));
        expect(sparseRefined.safeParse(input)).toEqual(refined.safeParse(input));
      }),
      { numRuns: runs(300, 20_000) },
    );
  });

  test("visits no key that is optional and not there", () => {
    const there = z.string().optional();
    const { run } = there._zod;
    let visits = 0;
    there._zod.run = (...call) => {
      visits += 1;
      return run(...call);
    };
    const schema = sparse(z.strictObject({ here: z.string(), there }));
    expect(schema.parse({ here: "a" })).toEqual({ here: "a" });
    expect(visits).toBe(0);
    expect(schema.parse({ here: "a", there: "b" })).toEqual({ here: "a", there: "b" });
    expect(visits).toBe(1);
  });

  test("is published as the whole one", () => {
    expect(z.toJSONSchema(sparse(z.strictObject({ a: z.string().optional() })))).toEqual(
      z.toJSONSchema(z.strictObject({ a: z.string().optional() })),
    );
  });
});
