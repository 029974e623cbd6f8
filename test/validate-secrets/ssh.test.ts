import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { freePort } from "../support/ports.ts";
import { CLIENT_KEY_PASSPHRASE, type Sshd, startSshd } from "../support/sshd.ts";
import { type Checked, check, reasons } from "./in-process.ts";

describe("an ssh probe", needs("sshd"), () => {
  let server: Sshd;
  beforeAll(async () => {
    server = await startSshd();
  });
  afterAll(() => server?.stop());

  const run = (changed: Readonly<Record<string, string>> = {}, probe: object = {}): Promise<Checked> =>
    check(
      {
        secrets: {
          PLACE: { kind: "host" },
          LOGIN: { kind: "user" },
          KEY: { kind: "ssh-key" },
          PINS: { kind: "ssh-known-hosts" },
          PHRASE: { kind: "password", optional: "the key has none" },
        },
        probes: {
          server: {
            kind: "ssh",
            host: "PLACE",
            port: server.port,
            user: "LOGIN",
            key: "KEY",
            "known-hosts": "PINS",
            ...probe,
          },
        },
      },
      {
        PLACE: server.host,
        LOGIN: server.user,
        KEY: server.clientKey(),
        PINS: server.knownHostsLine(),
        ...changed,
      },
    );

  it("proves the login, with a pinned key or its fingerprint, and with what gh secret set leaves of a key", async () => {
    expect((await run()).outcome.result).toBe("valid");
    expect((await run({ PINS: server.hostFingerprint("ed25519") })).outcome.result).toBe("valid");
    expect((await run({ KEY: server.clientKey().trimEnd() })).outcome.result).toBe("valid");
  });

  it("opens an encrypted key with its passphrase", async () => {
    const values = { KEY: server.clientKey("encrypted"), PHRASE: CLIENT_KEY_PASSPHRASE };
    expect((await run(values, { passphrase: "PHRASE" })).outcome.result).toBe("valid");
    const wrong = await run({ ...values, PHRASE: "something else entirely" }, { passphrase: "PHRASE" });
    expect(wrong.verdicts).toMatchObject({ PHRASE: "invalid", KEY: "valid" });
    expect((await run(values)).verdicts).toMatchObject({ KEY: "malformed" });
  });

  it("is tried without a passphrase that is optional and absent, and not without a key", async () => {
    const found = await run({}, { passphrase: "PHRASE" });
    expect(found.verdicts).toMatchObject({ PHRASE: "skipped", "probe server": "valid" });
    expect((await run({ KEY: "" })).verdicts).toMatchObject({ KEY: "missing", "probe server": "skipped" });
  });

  it("says that the key is refused, that the host is another, or that it is not pinned", async () => {
    expect((await run({ KEY: server.clientKey("stranger") })).verdicts).toMatchObject({
      KEY: "invalid",
      PINS: "valid",
    });
    const other = server
      .knownHostsLine("ed25519")
      .replace(/\S+$/, (key) => `${key.slice(0, -6)}AAAAA${key.slice(-1)}`);
    const mismatch = await run({ PINS: other });
    expect(mismatch.verdicts).toMatchObject({ PINS: "invalid", KEY: "valid" });
    expect(reasons(mismatch, "PINS")).toMatch(/is not the pinned one/);
    const elsewhere = server.knownHostsLine("ed25519").replace(/^\S+/, "other.example");
    expect((await run({ PINS: elsewhere })).verdicts).toMatchObject({ PINS: "invalid" });
  });

  it("does not try with a key that ssh would refuse, though a library takes it", async () => {
    const { verdicts, probes } = await run({ KEY: server.clientKey().replaceAll("\n", "\r\n") });
    expect(verdicts).toMatchObject({ KEY: "malformed", "probe server": "skipped" });
    expect(probes[0]?.seen).toBe("not tried: KEY is malformed");
  });

  it("takes a server that is not there for unknown", async () => {
    const { verdicts, outcome } = await run({}, { port: await freePort() });
    expect(verdicts).toMatchObject({ KEY: "unknown", PINS: "unknown" });
    expect(outcome.failures).toEqual([]);
  });

  it("tells neither host nor user in its words, which are secrets", async () => {
    const { outcome } = await run({ KEY: server.clientKey("stranger"), LOGIN: "somebody-unknown" });
    expect(JSON.stringify([outcome.failures, outcome.summary, outcome.details])).not.toMatch(
      /somebody-unknown|127\.0\.0\.1/,
    );
  });
});
