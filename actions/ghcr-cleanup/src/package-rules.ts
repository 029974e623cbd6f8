import { readFile } from "node:fs/promises";
import { parseAge } from "../../../shared/runtime/age.ts";
import { readConfig } from "../../../shared/runtime/config.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { type ConfigRules, configSchema } from "./config-schema.ts";
import { type Inputs, parseDeleteTags } from "./inputs.ts";
import { type Pattern, parsePattern } from "./pattern.ts";
import { inSmallLetters, isName, parsePatterns, splitPatterns } from "./pattern-list.ts";
import { readProtected } from "./protected.ts";
import type { Rules } from "./rules.ts";

/** The rules of each package, and the entries of the file that no package has used. */
export type PackageRules = {
  readonly for: (name: string) => Rules;
  readonly unused: () => string[];
};

type Entry = { readonly pattern: Pattern; readonly rules: Rules };

/** The rules from the inputs and the file that they name. Throws UserError or UserErrors: all that is wrong. */
export async function readRules(inputs: Inputs): Promise<PackageRules> {
  const common: Rules = {
    olderThan: inputs.olderThan,
    by: inputs.ageBy,
    keepLast: inputs.keepLast,
    keepTags: inputs.keepTags,
    deleteTags: inputs.deleteTags,
    deleteUntagged: inputs.deleteUntagged,
    keepUntagged: inputs.keepUntagged,
    minAge: inputs.minAge,
    protectDigests: await readProtected(inputs.protectDigests),
    maxPercent: inputs.maxPercent,
  };
  if (!inputs.allowEmpty) refuseEmpty(common);
  const entries =
    inputs.config === undefined ? [] : await readEntries(inputs.config, common, inputs.allowEmpty);
  const used = new Set<Entry>();
  return {
    for: (name) => {
      const entry =
        entries.find(({ pattern }) => pattern.source === name) ??
        entries.find(({ pattern }) => pattern.matches(name));
      if (entry !== undefined) used.add(entry);
      return entry?.rules ?? common;
    },
    unused: () => entries.filter((entry) => !used.has(entry)).map(({ pattern }) => pattern.source),
  };
}

function refuseEmpty({ keepTags, keepLast }: Rules): void {
  if (keepTags.length > 0) return;
  const alone = keepLast === 0 ? ", and keep-last is 0" : "";
  throw new UserError(`keep-tags: is empty${alone}.`, {
    hint: "A variable that does not exist gives an empty value. Set allow-empty: true when no tag is to be kept for its name.",
    where: { input: "keep-tags" },
  });
}

async function readEntries(file: string, common: Rules, allowEmpty: boolean): Promise<Entry[]> {
  const { value, locate } = readConfig(await textOf(file), file, configSchema);
  const entries = Object.entries(value.packages).map(([source, given]): Entry => {
    const rules = merged(common, given);
    if (rules.keepTags.length === 0 && !allowEmpty) {
      throw new UserError(`packages.${source}.keep-tags: is empty.`, {
        hint: "Set the input allow-empty: true when no tag is to be kept for its name.",
        where: { file, ...locate(["packages", source], "key") },
      });
    }
    return { pattern: parsePattern(inSmallLetters(source)), rules };
  });
  // A name says more than a pattern.
  return [
    ...entries.filter(({ pattern }) => isName(pattern)),
    ...entries.filter(({ pattern }) => !isName(pattern)),
  ];
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UserError(`config: ${JSON.stringify(file)} cannot be read.`, {
      hint: "Give the path of a YAML file in the workspace, and check it out first.",
      where: { input: "config" },
      cause: error,
    });
  }
}

function merged(common: Rules, given: ConfigRules): Rules {
  const patterns = (value: string | readonly string[]): Pattern[] =>
    parsePatterns(typeof value === "string" ? splitPatterns(value) : value);
  const { "keep-tags": keepTags, "delete-tags": deleteTags } = given;
  const { "older-than": olderThan, "min-age": minAge } = given;
  return {
    olderThan: olderThan === undefined ? common.olderThan : parseAge(olderThan),
    by: given["age-by"] ?? common.by,
    keepLast: given["keep-last"] ?? common.keepLast,
    keepTags: keepTags === undefined ? common.keepTags : patterns(keepTags),
    deleteTags:
      deleteTags === undefined
        ? common.deleteTags
        : typeof deleteTags === "string"
          ? parseDeleteTags(deleteTags)
          : patterns(deleteTags),
    deleteUntagged: given["delete-untagged"] ?? common.deleteUntagged,
    keepUntagged: given["keep-untagged"] ?? common.keepUntagged,
    minAge: minAge === undefined ? common.minAge : parseAge(minAge),
    protectDigests: common.protectDigests,
    maxPercent: given["max-percent"] ?? common.maxPercent,
  };
}
