import { execFileSync } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { guessKind, type KindName } from "../../actions/validate-secrets/src/kinds.ts";
import { shapeFaults } from "../../actions/validate-secrets/src/shape.ts";
import { strengthBits } from "../../actions/validate-secrets/src/strength.ts";
import { lengthClass } from "../../actions/validate-secrets/src/values.ts";
import { runs } from "../support/effort.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { draw } from "./values.ts";

const why = (value: string, kind: KindName = "password", name = "DB_PASSWORD"): string =>
  shapeFaults(name, value, kind)
    .map((fault) => fault.why)
    .join("; ");
const digits = "123456789";
const telegram = `${draw(9, digits)}:${draw(35)}`;
const hook = `https://hooks.slack.com/services/T${draw(9, "ABC")}/B${draw(9, "ABC")}/${draw(24)}`;

describe("the form of a value", () => {
  it.each([
    ["blanks only", " \n\t", "it has blanks only"],
    ["a line end after it", "correct-horse\n", "it ends with a line end"],
    ["a Windows line end after it", "correct-horse\r\n", "it ends with a line end"],
    ["blanks before it", "  correct-horse", "it has blanks around it"],
    ["quotes around it", '"correct-horse"', "it has quotes around it"],
    ["typographic quotes around it", "“correct-horse”", "it has quotes around it"],
    ["a byte order mark", "\ufeffcorrect-horse", "it begins with a byte order mark"],
    ["a zero-width space", "correct\u200b-horse", "it has a character that cannot be seen"],
    ["a no-break space", "correct\u00a0horse", "it has a character that cannot be seen"],
    ["an expression", "${{ secrets.DB_PASSWORD }}", "it is an expression that was never filled in"],
    ["a variable of its own name", "${DB_PASSWORD}", "it is an expression that was never filled in"],
    ["its own name before it", "DB_PASSWORD=correct-horse", "it begins with its own name"],
    ["an exported name before it", "export DB_PASSWORD=correct-horse", "it begins with its own name"],
    ["bytes that are no text", "correct\ufffdhorse", "it has characters that are no text"],
    ["changeme", "changeme", "it is a placeholder"],
    ["CHANGE-ME-123", "CHANGE-ME-123!", "it is a placeholder"],
    ["your-token-here", "your-token-here", "it is a placeholder"],
    ["<token>", "<token>", "it is a placeholder"],
    ["xxxx", "xxxxxxxx", "it is a placeholder"],
    ["password", "password123", "it is a placeholder"],
    ["undefined", "undefined", "it is a placeholder"],
  ])("is refused with %s", (_what, value, expected) => {
    expect(why(value)).toBe(expected);
  });

  it.each([
    ["a password with a dollar and braces", "pa${ss}w0rd%'\"{", "password"],
    ["a password with a quote at one end", `"${draw(12)}`, "password"],
    ["a user called test", "test", "user"],
    ["a database called example", "example", "database-name"],
    ["JSON with quotes at its ends", '{"a":"b"}', "token"],
  ] as const)("is let pass: %s", (_what, value, kind) => {
    expect(why(value, kind)).toBe("");
  });

  it("never repeats any part of a value in what it says", () => {
    const kinds: KindName[] = [
      "password",
      "jwt-secret",
      "telegram-bot-token",
      "ssh-key",
      "database-url",
      "host",
      "github-token",
    ];
    fc.assert(
      fc.property(fc.string({ minLength: 6, unit: "grapheme" }), fc.constantFrom(...kinds), (noise, kind) => {
        const value = `zq${noise}qz`;
        for (const fault of shapeFaults("X", value, kind))
          expect(fault.why + fault.mend).not.toContain(value);
      }),
      { numRuns: runs(300, 20_000) },
    );
  });
});

describe("the kinds", () => {
  it.each([
    ["telegram-bot-token", telegram],
    ["telegram-chat-id", "-1001234567890"],
    ["slack-token", `xoxb-${draw(12, digits)}-${draw(24)}`],
    ["slack-webhook", hook],
    ["discord-webhook", `https://discord.com/api/webhooks/${draw(18, digits)}/${draw(67)}_`],
    ["discord-webhook", `https://ptb.discordapp.com/api/v10/webhooks/${draw(18, digits)}/${draw(68)}`],
    ["aws-access-key-id", "AKIAQWERTYUIOPASDFGH"],
    ["aws-secret-access-key", `${draw(38)}/+`],
    ["github-token", `ghp_${draw(36)}`],
    ["github-token", `github_pat_${draw(22)}_${draw(59)}`],
    ["render-deploy-hook", `https://api.render.com/deploy/srv-${draw(20, "abc123")}?key=${draw(22)}`],
    ["codecov-token", "0f8fad5b-d9cb-469f-a165-70867728950e"],
    ["railway-token", "0f8fad5b-d9cb-469f-a165-70867728950e"],
    ["pagerduty-routing-key", draw(32)],
    ["sentry-dsn", `https://${draw(32, "abcdef0123456789")}@sentry.example/42`],
    ["zoho-refresh-token", `1000.${draw(32, "abcdef0123456789")}.${draw(32, "abcdef0123456789")}`],
    ["database-url", "postgres://shop:pw@db.example:5432/shop"],
    ["ssh-known-hosts", `SHA256:${randomBytes(32).toString("base64").replace("=", "")}`],
    ["host", "db.example.com"],
    ["host", "2001:db8::1"],
    ["port", "5432"],
  ] as const)("take a %s", (kind, value) => {
    expect(why(value, kind, "X")).toBe("");
  });

  it.each([
    ["a webhook as a token", "slack-token", hook, /looks like a Slack webhook/],
    ["a REST key as a routing key", "pagerduty-routing-key", "u+_8aFmBqRVjBsPdWxYz", /REST API key/],
    ["an access key ID as its secret", "aws-secret-access-key", "AKIAQWERTYUIOPASDFGH", /access key ID/],
    ["a token as a signing secret", "jwt-secret", "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", /token \(JWT\)/],
    ["a short signing secret", "jwt-secret", draw(31), /shorter than 32/],
    ["a bot token as a password", "password", telegram, /looks like a Telegram bot token/],
    ["a bot token as a GitHub token", "github-token", telegram, /looks like a Telegram bot token/],
    ["a URL as a host", "host", "https://db.example.com/x", /URL, not a host/],
    ["words as a port", "port", "5432x", /no port/],
    ["a port beyond the last", "port", "65536", /no port/],
    ["a URL with an unencoded password", "database-url", "postgres://u:p#w@h/db", /#/],
    ["known hosts without any", "ssh-known-hosts", "# nothing", /no line with a host key/],
    ["Bearer before a token", "token", `Bearer ${draw(30)}`, /Bearer/],
  ] as const)("refuse %s", (_what, kind, value, expected) => {
    expect(why(value, kind, "X")).toMatch(expected);
  });

  it.each([
    ["PROD_DB_PASSWORD", "password"],
    ["TELEGRAM_BOT_TOKEN", "telegram-bot-token"],
    ["TELEGRAM_CHAT_ID", "telegram-chat-id"],
    ["PROD_SSH_KEY", "ssh-key"],
    ["DEPLOY_PRIVATE_KEY", "ssh-key"],
    ["PROD_KNOWN_HOSTS", "ssh-known-hosts"],
    ["PROD_JWT_SECRET", "jwt-secret"],
    ["NEXTAUTH_SECRET", "jwt-secret"],
    ["DATABASE_URL", "database-url"],
    ["PROD_DB_HOST", "host"],
    ["PROD_DB_PORT", "port"],
    ["PROD_DB_NAME", "database-name"],
    ["SLACK_WEBHOOK_URL", "slack-webhook"],
    ["DISCORD_WEBHOOK", "discord-webhook"],
    ["AWS_ACCESS_KEY_ID", "aws-access-key-id"],
    ["AWS_SECRET_ACCESS_KEY", "aws-secret-access-key"],
    ["RENDER_DEPLOY_HOOK", "render-deploy-hook"],
    ["RENDER_DEPLOY_HOOK_URL", "render-deploy-hook"],
    ["CODECOV_TOKEN", "codecov-token"],
    ["ZOHO_REFRESH_TOKEN", "zoho-refresh-token"],
    ["ZOHO_ORGANIZATION_ID", "zoho-organization-id"],
    ["GH_PAT", "github-token"],
    ["STRIPE_API_KEY", "token"],
    ["COMPANY", "text"],
  ])("are guessed from names: %s is a %s", (name, kind) => {
    expect(guessKind(name)).toBe(kind);
  });
});

describe("a private SSH key", () => {
  const make = (...args: string[]): string => {
    const folder = makeTempDir("ssh-key");
    onTestFinished(() => folder.remove());
    const file = path.join(folder.path, "key");
    execFileSync("ssh-keygen", ["-q", "-N", "", "-C", "test", "-f", file, ...args]);
    return readFileSync(file, "utf8");
  };
  const judge = (key: string): string => why(key, "ssh-key", "SSH_KEY");

  it("is fine as ssh-keygen writes it, and without the last line end, which `gh secret set` takes off", () => {
    const key = make("-t", "ed25519");
    expect(judge(key)).toBe("");
    expect(judge(key.trimEnd())).toBe("");
  });

  it.each([
    ["Windows line ends", (key: string) => key.replaceAll("\n", "\r\n"), /Windows line ends/],
    ["\\n for line ends", (key: string) => key.replaceAll("\n", "\\n"), /line ends are lost/],
    ["blanks for line ends", (key: string) => key.replaceAll("\n", " "), /line ends are lost/],
    ["base64 around it", (key: string) => Buffer.from(key).toString("base64"), /base64 around the key/],
    ["its lines indented", (key: string) => key.replaceAll("\n", "\n  "), /indented/],
    ["its end cut off", (key: string) => key.slice(0, -60), /-----END/],
    ["its middle cut out", (key: string) => key.slice(0, 100) + key.slice(180), /damaged|base64/],
  ])("is refused with %s, which ssh refuses", (_what, spoil, expected) => {
    expect(judge(spoil(make("-t", "ed25519")))).toMatch(expected);
  });

  it("is refused when it is the public half, a short RSA key, or a PKCS#8 key that ssh cannot use", () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    expect(judge(publicKey.export({ type: "spki", format: "pem" }).toString())).toMatch(/public key/);
    expect(judge("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ test")).toMatch(/public key/);
    expect(judge(privateKey.export({ type: "pkcs8", format: "pem" }).toString())).toMatch(/PKCS#8/);
    expect(judge(make("-t", "rsa", "-b", "1024"))).toBe("it is an RSA key of 1024 bits, fewer than 2048");
    expect(judge(make("-t", "rsa", "-b", "2048"))).toBe("");
  });
});

describe("strength", () => {
  it.each([
    ["password", 5],
    ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 12],
    ["abcabcabcabcabcabcabcabcabcabcabc", 25],
    ["12345678901234567890", 20],
    ["qwertyadminsecret123", 40],
  ])("of %s is at most %i bits", (text, most) => {
    expect(strengthBits(text)).toBeLessThanOrEqual(most);
  });

  it("of random bytes in hex or base64 is nearly what they have", () => {
    for (let round = 0; round < runs(200, 5_000); round++) {
      const bytes = randomBytes(32);
      expect(strengthBits(bytes.toString("hex"))).toBeGreaterThan(210);
      expect(strengthBits(bytes.toString("base64url"))).toBeGreaterThan(225);
    }
  });

  it("is never more for a text that was written twice", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, maxLength: 60 }), (text) => {
        expect(strengthBits(text + text)).toBeLessThanOrEqual(strengthBits(text) + 3 * Math.log2(195) + 1);
      }),
      { numRuns: runs(500, 50_000) },
    );
  });
});

describe("the class of a length", () => {
  it("tells between which lengths a value lies, never the length of anything but the longest", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000 }), (length) => {
        const name = lengthClass("x".repeat(length));
        const [, from, to] = /^(\d+) to (\d+)$/.exec(name) ?? [];
        if (from === undefined) expect(name).toBe(length < 4 ? "under 4" : "1024 or more");
        else
          expect(length >= Number(from) && length <= Number(to) && Number(to) - Number(from) >= 3).toBe(true);
      }),
    );
  });
});
