import * as z from "zod";
import { parseAge } from "../../../shared/runtime/age.ts";
import { ValueError } from "../../../shared/runtime/values.ts";
import { parseDeleteTags } from "./inputs.ts";
import { parsePattern } from "./pattern.ts";
import { parsePatterns, splitPatterns } from "./pattern-list.ts";

function fits(parse: (text: string) => unknown) {
  return (text: string, context: z.RefinementCtx): void => {
    try {
      parse(text);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
    }
  };
}

const age = z.string().superRefine(fits(parseAge)).describe("Such as 12h, 30d, 8w or 1d12h");
const pattern = z.string().superRefine(fits(parsePattern)).describe("A glob, or a /regular expression/");
/** A text as in the input of the same name, or a list of single patterns. */
function patterns(parse: (text: string) => unknown, least: number) {
  const asInput = z.string().superRefine(fits(parse)).describe("As in the input of this name");
  return z.union([asInput, z.array(pattern).min(least)]);
}

const count = z.int().min(0);

const rules = z.strictObject({
  "older-than": age.optional(),
  "age-by": z.enum(["updated", "created"]).optional(),
  "keep-last": count.optional(),
  "keep-tags": patterns((text) => parsePatterns(splitPatterns(text)), 0).optional(),
  "delete-tags": patterns(parseDeleteTags, 1).optional(),
  "delete-untagged": z.boolean().optional(),
  "keep-untagged": count.optional(),
  "min-age": age.optional(),
  "max-percent": z.number().min(0).max(100).optional(),
});

/** Rules of some packages that differ from the inputs. */
export const configSchema = z
  .strictObject({
    packages: z
      .record(pattern, rules)
      .describe("By name or pattern; a name goes before patterns, the first pattern before the others"),
  })
  .meta({ title: "Clean-up rules", description: "What the input config of ghcr-cleanup points to" });

export type ConfigRules = z.output<typeof rules>;
