import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserError, UserErrors } from "../../shared/runtime/user-error.ts";
import { fingerprint, type HostKey, knownHostsLine } from "../../shared/ssh/host-key.ts";
import { NO_PINS, parseHostPins } from "../../shared/ssh/known-hosts.ts";
import { hostKeyError, pinnedTypes, verifyHostKey } from "../../shared/ssh/verify-host-key.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { keyText, someKey } from "./keys.ts";

const key = someKey();
const other = someKey();

const verdict = (text: string, host = "web.example", port = 22, shown: HostKey = key) =>
  verifyHostKey(shown, host, port, parseHostPins(text));

const hashed = (name: string, shown: HostKey = key) => {
  const salt = Buffer.from("0123456789abcdefghij");
  const hash = createHmac("sha1", salt).update(name).digest("base64");
  return `|1|${salt.toString("base64")}|${hash} ${keyText(shown)}`;
};

describe("a host key", () => {
  test.each([
    ["a line for its host", `web.example ${keyText(key)}`],
    ["a line with a comment at its end", `web.example ${keyText(key)} root@web`],
    ["a line among others", `# ours\n\nother.example ${keyText(other)}\r\nweb.example ${keyText(key)}\n`],
    ["one of several keys of the host", `web.example ${keyText(other)}\nweb.example ${keyText(key)}`],
    ["a list of hosts", `db.example,web.example,10.0.0.1 ${keyText(key)}`],
    ["a wildcard", `*.example ${keyText(key)}`],
    ["a wildcard for one character", `we?.example ${keyText(key)}`],
    ["another spelling of its host", `WEB.Example ${keyText(key)}`],
    ["a hashed name", hashed("web.example")],
    ["its fingerprint", fingerprint(key)],
    ["its fingerprint with padding", `${fingerprint(key)}=`],
    ["its fingerprint as ssh-keygen -l prints it", `256 ${fingerprint(key)} root@web (ED25519)`],
  ])("verifies by %s", (_name, text) => {
    expect(verdict(text)).toBe("ok");
  });

  test.each([
    ["nothing is pinned", "", "unknown"],
    ["only another host is pinned", `db.example ${keyText(key)}`, "unknown"],
    ["its host is excluded by a negation", `*.example,!web.example ${keyText(key)}`, "unknown"],
    ["the pin is for another port", `[web.example]:2222 ${keyText(key)}`, "unknown"],
    ["only a certificate authority is pinned", `@cert-authority *.example ${keyText(key)}`, "unknown"],
    ["the host has another key", `web.example ${keyText(other)}`, "mismatch"],
    ["another fingerprint is pinned", fingerprint(other), "mismatch"],
    ["the hashed name has another key", hashed("web.example", other), "mismatch"],
    ["it is revoked", `@revoked web.example ${keyText(key)}`, "revoked"],
    [
      "it is pinned and revoked",
      `web.example ${keyText(key)}\n@revoked * ${keyText(key)}\n${fingerprint(key)}`,
      "revoked",
    ],
  ])("does not verify when %s", (_name, text, expected) => {
    expect(verdict(text)).toBe(expected);
  });

  test("is looked up by [host]:port, and only then by the host alone, as OpenSSH does", () => {
    expect(verdict(`[web.example]:2222 ${keyText(key)}`, "web.example", 2222)).toBe("ok");
    expect(verdict(`web.example ${keyText(key)}`, "web.example", 2222)).toBe("ok");
    const both = `[web.example]:2222 ${keyText(other)}\nweb.example ${keyText(key)}`;
    expect(verdict(both, "web.example", 2222)).toBe("mismatch");
    expect(verdict(`@revoked web.example ${keyText(key)}`, "web.example", 2222)).toBe("revoked");
  });

  test("a revoked key does not spoil another key of the same host", () => {
    expect(verdict(`@revoked web.example ${keyText(other)}\nweb.example ${keyText(key)}`)).toBe("ok");
  });
});

describe("what the user is told", () => {
  test("an unknown key: the fingerprint seen, and the line that pins it, which then verifies", () => {
    const error = hostKeyError("unknown", key, "web.example", 2222, NO_PINS);
    expect(error.message).toContain(fingerprint(key));
    const line = error.hint.slice(error.hint.indexOf("[web.example]:2222 "));
    expect(line).toBe(knownHostsLine(key, "web.example", 2222));
    expect(verdict(line, "web.example", 2222)).toBe("ok");
  });

  test("a mismatch: what was seen, what was pinned, and that it may be an attack", () => {
    const pins = parseHostPins(`web.example ${keyText(other)}`);
    const error = hostKeyError("mismatch", key, "web.example", 22, pins);
    expect(error.message).toContain(fingerprint(key));
    expect(error.message).toContain(fingerprint(other));
    expect(error.hint).toMatch(/^Someone may be intercepting/);
  });

  test("a certificate authority: that it is not supported", () => {
    const pins = parseHostPins(`@cert-authority *.example ${keyText(other)}`);
    expect(hostKeyError("unknown", key, "web.example", 22, pins).message).toContain("@cert-authority");
  });
});

describe("a malformed line is an error with its number", () => {
  const pub = keyText(key);
  test.each([
    ["a public key without a host", pub, "the host is missing"],
    ["a host alone", "web.example", "host, key type and key are expected"],
    ["an unknown marker", `@trusted web.example ${pub}`, "only markers"],
    ["an empty pattern", `web.example,,x ${pub}`, "host pattern"],
    ["a broken hash", `|1|short|short ${pub}`, "host pattern"],
    ["another hash scheme", `|2|x|y ${pub}`, "host pattern"],
    ["a key that is no base64", "web.example ssh-ed25519 !!!!", "not the base64"],
    ["a key cut short", "web.example ssh-ed25519 AAAA", "not the base64"],
    ["a key of another type", `web.example ssh-rsa ${key.blob.toString("base64")}`, "another type"],
    ["a protocol 1 key", "web.example 1024 35 1234567", "not the base64"],
    ["an MD5 fingerprint", "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48", "MD5"],
    ["a bare MD5 fingerprint", "16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48", "MD5"],
    ["a short fingerprint", "SHA256:abc", "43 characters"],
    ["a fingerprint with stray bits", `SHA256:${"A".repeat(42)}B`, "43 characters"],
  ])("%s", (_name, line, expected) => {
    const error = thrownBy(() => parseHostPins(`# first\n${line}`));
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain(expected);
    expect((error as UserError).where).toEqual({ input: "ssh-known-hosts", line: 2 });
  });

  test("all of them are reported together", () => {
    const error = thrownBy(() => parseHostPins(`x\nweb.example ${pub}\nSHA256:y`)) as UserErrors;
    expect(error.problems.map((problem) => problem.where?.line)).toEqual([1, 3]);
  });
});

describe("whatever is given as known hosts", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "@revoked ",
      "@cert-authority ",
      "|1|",
      "SHA256:",
      "*",
      "!",
      ",",
      " ",
      "\n",
      "#",
      "[",
      "]:22",
    ),
    fc.constantFrom("web.example", "ssh-ed25519 ", keyText(other), fingerprint(other)),
    fc.string({ unit: "binary", maxLength: 12 }),
  );
  const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""));

  test("it is read or refused with user errors, and a key that is not in it never verifies", () => {
    fc.assert(
      fc.property(text, fc.uint8Array({ minLength: 32, maxLength: 32 }), (pins, bytes) => {
        const stranger = someKey(bytes);
        fc.pre(!stranger.blob.equals(other.blob));
        const error = thrownBy(() => {
          expect(verdict(pins, "web.example", 22, stranger)).not.toBe("ok");
        });
        if (error === undefined) return;
        expect(error instanceof UserError || error instanceof UserErrors, String(error)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test("a key pinned for a host verifies there and nowhere else", () => {
    const host = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}(\.[a-z]{2,8})?$/);
    fc.assert(
      fc.property(host, host, fc.integer({ min: 1, max: 65_535 }), (name, elsewhere, port) => {
        fc.pre(name !== elsewhere);
        const line = knownHostsLine(key, name, port);
        expect(verdict(line, name, port)).toBe("ok");
        expect(verdict(line, elsewhere, port)).toBe("unknown");
      }),
    );
  });

  test("a pattern of many stars does not take for ever", () => {
    const pattern = `${"*a".repeat(200)}*b`;
    expect(verdict(`${pattern} ${keyText(key)}`, "a".repeat(250))).toBe("unknown");
  });
});

describe("the types of host key to ask for", () => {
  test("are those that are pinned for the host", () => {
    expect(pinnedTypes("web.example", 22, parseHostPins(`web.example ${keyText(key)}`))).toEqual([
      "ssh-ed25519",
    ]);
  });

  test("are all of them when only fingerprints, or nothing, is pinned", () => {
    expect(pinnedTypes("web.example", 22, NO_PINS)).toHaveLength(5);
    expect(pinnedTypes("web.example", 22, parseHostPins(fingerprint(key)))).toHaveLength(5);
    expect(pinnedTypes("web.example", 22, parseHostPins(`db.example ${keyText(key)}`))).toHaveLength(5);
  });
});

describe("OpenSSH's own tools agree", () => {
  let directory: TempDir;
  beforeAll(() => {
    directory = makeTempDir("known-hosts");
  });
  afterAll(() => directory.remove());

  const lines = [
    `web.example ${keyText(someKey())}`,
    `*.staging.example,!secret.staging.example ${keyText(someKey())}`,
    `[web.example]:2222,10.0.0.? ${keyText(someKey())}`,
    `UPPER.example ${keyText(someKey())}`,
  ];
  const names: readonly (readonly [string, number])[] = [
    ["web.example", 22],
    ["web.example", 2222],
    ["app.staging.example", 22],
    ["secret.staging.example", 22],
    ["staging.example", 22],
    ["10.0.0.7", 22],
    ["10.0.0.77", 22],
    ["upper.example", 22],
    ["nowhere.example", 22],
  ];

  /** The keys that `ssh-keygen -F` finds for a name. */
  function found(file: string, host: string, port: number): string[] {
    const name = port === 22 ? host : `[${host}]:${port}`;
    try {
      const output = execFileSync("ssh-keygen", ["-F", name, "-f", file], { encoding: "utf8" });
      return output.split("\n").flatMap((line) => /(ssh-ed25519 \S+)/.exec(line)?.[1] ?? []);
    } catch {
      return [];
    }
  }

  test.each(["plain", "hashed"])("about which keys belong to which host, in a %s file", (form) => {
    const file = path.join(directory.path, form);
    writeFileSync(file, `${lines.join("\n")}\n`);
    if (form === "hashed") execFileSync("ssh-keygen", ["-H", "-f", file], { stdio: "ignore" });
    const pins = parseHostPins(readFileSync(file, "utf8"));
    let matches = 0;
    for (const [host, port] of names) {
      const theirs = found(file, host, port);
      // The name alone, without the fall-back from [host]:port to host, which is the client's and not ssh-keygen's.
      const name = port === 22 ? host : `[${host}]:${port}`;
      const ours = pins.keys.filter((pin) => pin.matches(name)).map((pin) => keyText(pin.key));
      expect(ours, name).toEqual(theirs);
      matches += ours.length;
    }
    expect(matches).toBeGreaterThanOrEqual(4);
  });

  test("about fingerprints", () => {
    const file = path.join(directory.path, "key.pub");
    writeFileSync(file, `${keyText(key)} test\n`);
    const output = execFileSync("ssh-keygen", ["-l", "-f", file], { encoding: "utf8" });
    expect(output).toContain(` ${fingerprint(key)} `);
    expect(verdict(output)).toBe("ok");
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}
