import { UserError } from "../runtime/user-error.ts";

/** Loaded where it is used: its tables take 20 MB and a sixth of a second. "eager" keeps it in the one bundled file. */
const loadAge = () => import(/* webpackMode: "eager" */ "age-encryption");

/** Throws a UserError for what is no age recipient; `input` is where it was given. */
export async function checkRecipients(texts: readonly string[], input: string): Promise<void> {
  if (texts.length === 0) return;
  const age = await loadAge();
  for (const text of texts) checkRecipient(age, text, input);
}

function checkRecipient(age: Awaited<ReturnType<typeof loadAge>>, text: string, input: string): void {
  try {
    new age.Encrypter().addRecipient(text);
  } catch (cause) {
    const isIdentity = /^AGE-SECRET-KEY-/i.test(text);
    // Nothing of a text that may be the secret half is quoted.
    const shown = isIdentity
      ? "an age identity, the secret half of a key"
      : `not an age recipient: ${text.slice(0, 20)}…`;
    throw new UserError(`input ${input}: one entry is ${shown}.`, {
      hint: isIdentity
        ? "Give its public half, which begins with age1: age-keygen -y prints it. Treat the identity as leaked if it stood in a workflow file."
        : "A recipient begins with age1; age-keygen makes a pair. SSH keys are not taken.",
      where: { input },
      cause,
    });
  }
}

/** The identities in a text as age-keygen writes it: one a line, with comments. Throws a UserError. */
export async function parseIdentities(text: string, input: string): Promise<string[]> {
  const age = await loadAge();
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  for (const line of lines) {
    try {
      new age.Decrypter().addIdentity(line);
    } catch (cause) {
      throw new UserError(`input ${input}: a line of it is not an age identity.`, {
        hint: "An identity begins with AGE-SECRET-KEY-1, and is what age-keygen wrote into its file.",
        where: { input },
        cause,
      });
    }
  }
  return lines;
}

/** A key for one run: `recipient` is added to a backup's own, so that this run can read back what it stored. */
export async function throwAwayKey(): Promise<{ readonly identity: string; readonly recipient: string }> {
  const age = await loadAge();
  const identity = await age.generateIdentity();
  return { identity, recipient: await age.identityToRecipient(identity) };
}

/** Encrypts bytes as they come, in constant memory. */
export async function encryptStream(
  source: AsyncIterable<Uint8Array>,
  recipients: readonly string[],
): Promise<AsyncIterable<Uint8Array>> {
  const age = await loadAge();
  const encrypter = new age.Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return encrypter.encrypt(ReadableStream.from(source) as ReadableStream<Uint8Array>);
}

/** The bytes do not decrypt; an error of where they come from is none. */
export class NotDecrypted extends Error {
  override readonly name = "NotDecrypted";
}

/**
 * Decrypts bytes as they come. Throws a UserError when none of the identities fits, and a {@link NotDecrypted} for damage,
 * at once or as the bytes are read. An error of the source stays as it is.
 */
export async function decryptStream(
  source: AsyncIterable<Uint8Array>,
  identities: readonly string[],
  what: string,
): Promise<AsyncIterable<Uint8Array>> {
  if (identities.length === 0) throw noIdentity(what);
  const age = await loadAge();
  const decrypter = new age.Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  let failed: { readonly error: unknown } | undefined;
  const noted = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* source;
    } catch (error) {
      failed = { error };
      throw error;
    }
  };
  try {
    const plain = await decrypter.decrypt(ReadableStream.from(noted()) as ReadableStream<Uint8Array>);
    return decrypted(plain, () => failed);
  } catch (error) {
    if (failed !== undefined) throw failed.error;
    throw otherIdentity(error, what) ?? notDecrypted(error);
  }
}

async function* decrypted(
  plain: AsyncIterable<Uint8Array>,
  failure: () => { readonly error: unknown } | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    yield* plain;
  } catch (error) {
    const failed = failure();
    if (failed !== undefined) throw failed.error;
    throw notDecrypted(error);
  }
}

/** typage throws plain errors for bytes that were changed. */
function notDecrypted(error: unknown): NotDecrypted {
  return new NotDecrypted(error instanceof Error ? error.message : String(error), { cause: error });
}

/** A short text, as ASCII armour. */
export async function encryptText(text: string, recipients: readonly string[]): Promise<string> {
  const age = await loadAge();
  const encrypter = new age.Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return age.armor.encode(await encrypter.encrypt(text));
}

/** What {@link encryptText} made. Throws a UserError when none of the identities fits, or it was damaged. */
export async function decryptText(
  armoured: string,
  identities: readonly string[],
  what: string,
): Promise<string> {
  if (identities.length === 0) throw noIdentity(what);
  const age = await loadAge();
  const decrypter = new age.Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  try {
    return await decrypter.decrypt(age.armor.decode(armoured), "text");
  } catch (error) {
    throw decryptError(error, what);
  }
}

function noIdentity(what: string): UserError {
  return new UserError(`${what} is encrypted, and no identity was given.`, {
    hint: "Set age-identity to the secret half of one of the keys that it was encrypted to.",
    where: { input: "age-identity" },
  });
}

function decryptError(error: unknown, what: string): unknown {
  if (error instanceof UserError || !(error instanceof Error) || error.name === "AbortError") return error;
  const other = otherIdentity(error, what);
  if (other !== undefined) return other;
  return new UserError(`${what} does not decrypt: ${error.message}.`, {
    hint: "It was damaged after it was written. Use another backup.",
    cause: error,
  });
}

function otherIdentity(error: unknown, what: string): UserError | undefined {
  // typage's own words (dist/index.js) for a header without a stanza that opens.
  if (!(error instanceof Error) || !/no identity matched/i.test(error.message)) return undefined;
  return new UserError(`${what} was not encrypted to the identity that was given.`, {
    hint: "Set age-identity to the secret half of one of the recipients in its manifest.",
    where: { input: "age-identity" },
    cause: error,
  });
}
