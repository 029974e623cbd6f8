import { UserError } from "../runtime/user-error.ts";
import { type Attributes, attributesSchema } from "./attributes.ts";
import { decryptText, encryptText } from "./encryption.ts";
import type { Manifest } from "./manifest.ts";

/** The attributes as the manifest holds them: readable by those only who can read the backup itself. */
export async function sealAttributes(
  attributes: Attributes,
  recipients: readonly string[],
): Promise<Manifest["attributes"]> {
  const text = JSON.stringify(attributesSchema.parse(attributes));
  if (recipients.length === 0) return { encryption: "none", content: text };
  return { encryption: "age", content: await encryptText(text, recipients) };
}

/** Reads them back. `location` names the manifest in the UserError for a wrong identity or damage. */
export async function openAttributes(
  { attributes }: Manifest,
  identities: readonly string[],
  location: string,
): Promise<Attributes> {
  const { encryption, content } = attributes;
  const text = encryption === "none" ? content : await decryptText(content, identities, location);
  try {
    return attributesSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new UserError(`The owner, grants and settings in ${location} cannot be read.`, {
      hint: "The manifest was damaged, or written by a newer version.",
      cause,
    });
  }
}
