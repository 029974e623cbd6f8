import { readFile } from "node:fs/promises";
import { parseIdentities } from "../../../shared/backup/encryption.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";

/**
 * The age identities of the input `age-identity`: the text itself as age-keygen writes it, or the path of such a file.
 * `addSecret` masks what a file holds. Throws a UserError.
 */
export async function readIdentities(
  given: string | undefined,
  addSecret: (value: string) => void,
): Promise<string[]> {
  if (given === undefined) return [];
  if (/AGE-SECRET-KEY-/i.test(given)) return parseIdentities(given, "age-identity");
  let text: string;
  try {
    if (given.includes("\n")) throw new Error("several lines are no path");
    text = await readFile(given, "utf8");
  } catch (cause) {
    // Not repeated: it may be half of a secret.
    throw new UserError("input age-identity: it is no age identity, and no file that can be read.", {
      hint: "Give the text that begins with AGE-SECRET-KEY-1, or the path of a file that age-keygen wrote.",
      where: { input: "age-identity" },
      cause,
    });
  }
  for (const key of text.match(/AGE-SECRET-KEY-\S+/gi) ?? []) addSecret(key);
  return parseIdentities(text, "age-identity");
}
