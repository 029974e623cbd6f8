import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserError } from "../../shared/runtime/user-error.ts";
import { normalisePrivateKey, publicKeyName } from "../../shared/ssh/private-key.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const directory = makeTempDir("private-key");
afterAll(() => directory.remove());

const file = (name: string) => path.join(directory.path, name);
const read = (name: string) => readFileSync(file(name), "utf8");
const keygen = (...args: readonly string[]) => execFileSync("ssh-keygen", args, { encoding: "utf8" });
const PASSPHRASE = "open sesame";

beforeAll(() => {
  const make = (name: string, ...args: readonly string[]) =>
    keygen("-q", "-C", "", "-f", file(name), ...args);
  make("ed25519", "-t", "ed25519", "-N", "");
  make("ecdsa", "-t", "ecdsa", "-N", "");
  make("rsa", "-t", "rsa", "-b", "2048", "-N", "");
  make("rsa-pem", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "");
  make("encrypted", "-t", "ed25519", "-a", "1", "-N", PASSPHRASE);
  make("encrypted-pem", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", PASSPHRASE);
});

/** Whether OpenSSH itself, which is strict about line ends, reads the text, and finds this public key in it. */
function openSshReads(text: string, name: string, passphrase = ""): boolean {
  const copy = file("copy");
  writeFileSync(copy, text);
  chmodSync(copy, 0o600);
  const [type, base64] = keygen("-y", "-P", passphrase, "-f", copy).split(" ");
  return read(`${name}.pub`).startsWith(`${type} ${base64?.trim()}`);
}

const manglings: Readonly<Record<string, (pem: string) => string>> = {
  "as it is": (pem) => pem,
  "with CRLF": (pem) => pem.replaceAll("\n", "\r\n"),
  "with CR alone": (pem) => pem.replaceAll("\n", "\r"),
  "without its last line end": (pem) => pem.trimEnd(),
  "with empty lines around": (pem) => `\n\n${pem}\n\n`,
  "with literal \\n": (pem) => pem.replaceAll("\n", "\\n"),
  "with literal \\r\\n": (pem) => pem.replaceAll("\n", "\\r\\n"),
  "with spaces for line ends": (pem) => pem.trim().replaceAll("\n", " "),
  "on one line": (pem) => pem.replaceAll("\n", ""),
  indented: (pem) => pem.replaceAll(/^/gm, "    "),
  "in double quotes": (pem) => `"${pem.trim()}"`,
  "in single quotes, escaped": (pem) => `'${pem.trim().replaceAll("\n", "\\n")}'`,
  "in base64": (pem) => Buffer.from(pem).toString("base64"),
  "in wrapped base64": (pem) =>
    Buffer.from(pem)
      .toString("base64")
      .replaceAll(/(.{76})/g, "$1\n"),
  "with a byte order mark": (pem) => `\uFEFF${pem}`,
};

describe.each(["ed25519", "ecdsa", "rsa", "rsa-pem"])("a key of the form %s", (name) => {
  test.each(Object.keys(manglings))("is usable %s", (how) => {
    const text = normalisePrivateKey(manglings[how]!(read(name)));
    expect(openSshReads(text, name)).toBe(true);
    expect(normalisePrivateKey(text)).toBe(text);
  });
});

describe.each(["encrypted", "encrypted-pem"])("a key of the form %s", (name) => {
  test.each(Object.keys(manglings))("is usable with its passphrase %s", (how) => {
    const text = normalisePrivateKey(manglings[how]!(read(name)), PASSPHRASE);
    expect(openSshReads(text, name, PASSPHRASE)).toBe(true);
  });

  test("asks for its passphrase", () => {
    const error = refusal(read(name));
    expect(error.message).toContain("encrypted and there is no passphrase");
    expect(error.hint).toContain("ssh-key-passphrase");
  });

  test("says that a passphrase is wrong", () => {
    const error = refusal(read(name), "wrong");
    expect(error.message).toContain("does not open");
    expect(error.where).toEqual({ input: "ssh-key-passphrase" });
  });
});

describe("a key in PKCS#8", () => {
  test("of RSA or ECDSA is turned into what SSH reads", () => {
    const pem = { privateKeyEncoding: { type: "pkcs8", format: "pem" } } as const;
    const publicKeyEncoding = { type: "spki", format: "pem" } as const;
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048, publicKeyEncoding, ...pem });
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256", publicKeyEncoding, ...pem });
    expect(publicKeyName({ privateKey: normalisePrivateKey(rsa.privateKey) })).toMatch(/^ssh-rsa SHA256:/);
    expect(publicKeyName({ privateKey: normalisePrivateKey(ec.privateKey) })).toMatch(
      /^ecdsa-sha2-nistp256 SHA256:/,
    );
  });

  test("is decrypted with its passphrase, and asks for it", () => {
    const encoding = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: PASSPHRASE } as const;
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: encoding,
    });
    expect(publicKeyName({ privateKey: normalisePrivateKey(privateKey, PASSPHRASE) })).toMatch(/^ssh-rsa /);
    expect(refusal(privateKey).message).toContain("no passphrase");
    expect(refusal(privateKey, "wrong").message).toContain("does not open");
  });

  test("of Ed25519 is refused with the way out", () => {
    const pair = generateKeyPairSync("ed25519");
    const error = refusal(pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    expect(error.message).toContain("PKCS#8 key of type ed25519");
    expect(error.hint).toContain("ssh-keygen -t ed25519");
  });
});

describe("what is no private key is refused by its name", () => {
  const cases: Readonly<Record<string, readonly [() => string, string]>> = {
    nothing: [() => " \n", "it is empty"],
    "a public key": [() => read("ed25519.pub"), "it is a public key"],
    "a public key in PEM": [() => keygen("-e", "-m", "PKCS8", "-f", file("rsa.pub")), "it is a public key"],
    "a PuTTY key": [() => "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "it is a PuTTY key"],
    "a certificate": [() => "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "a certificate"],
    "a key without its end": [() => read("rsa").slice(0, 900), "-----END"],
    "a key without its beginning": [() => read("rsa").slice(100), "no -----BEGIN"],
    "a key with a part missing": [() => withoutLine(read("rsa"), 5), "damaged, cut off"],
    "a PEM key with a part missing": [() => withoutLine(read("rsa-pem"), 5), "damaged, cut off"],
    "a key with strange characters": [() => read("rsa").replace(/\n(.)/, "\n*"), "not base64"],
    "some password": [() => "hunter2hunter2", "no -----BEGIN"],
  };
  test.each(Object.keys(cases))("%s", (name) => {
    const [text, expected] = cases[name]!;
    const error = refusal(text());
    expect(error.message).toContain(expected);
    expect(error.where).toEqual({ input: "ssh-key" });
  });
});

test("no error repeats any part of the key", () => {
  const pem = read("rsa");
  const secret = pem.split("\n").slice(1, -2).join("");
  fc.assert(
    fc.property(fc.nat(pem.length), fc.nat(60), fc.string({ maxLength: 3 }), (at, length, insert) => {
      const error = refusalIfAny(pem.slice(0, at) + insert + pem.slice(at + length));
      const said = `${error?.message} ${error?.hint} ${String(error?.cause)}`;
      for (let i = 0; i + 12 <= secret.length; i += 6) expect(said).not.toContain(secret.slice(i, i + 12));
    }),
    { numRuns: 300 },
  );
});

test("the name of a key is its type and the fingerprint that ssh-keygen shows", () => {
  const shown = keygen("-l", "-f", file("ed25519.pub")).split(" ")[1];
  expect(publicKeyName({ privateKey: read("ed25519") })).toBe(`ssh-ed25519 ${shown}`);
});

function withoutLine(pem: string, index: number): string {
  return pem.split("\n").toSpliced(index, 1).join("\n");
}

function refusalIfAny(text: string, passphrase?: string): UserError | undefined {
  try {
    normalisePrivateKey(text, passphrase);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  }
}

function refusal(text: string, passphrase?: string): UserError {
  const error = refusalIfAny(text, passphrase);
  if (error === undefined) throw new Error("the key was accepted");
  return error;
}
