import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readManifest } from "../../actions/validate-secrets/src/manifest.ts";
import { starterManifest } from "../../actions/validate-secrets/src/starter.ts";
import { namesInExpression, secretsInWorkflow } from "../../actions/validate-secrets/src/workflow-secrets.ts";
import { UserErrors } from "../../shared/runtime/user-error.ts";
import { runs } from "../support/effort.ts";
import { mistakes } from "../support/in-process.ts";

const refused = async (text: string): Promise<string[]> =>
  (await mistakes(Promise.resolve().then(() => readManifest(text, "secrets.yml")))).map(
    ({ message, hint, where }) => `${where?.line}: ${message} ${hint}`,
  );

const EXAMPLES = path.resolve(import.meta.dirname, "../../examples/manifests");

describe("a manifest", () => {
  it.each(readdirSync(EXAMPLES))("is %s of the examples", (name) => {
    const manifest = readManifest(readFileSync(path.join(EXAMPLES, name), "utf8"), name);
    expect(manifest.secrets.length).toBeGreaterThan(2);
    // A guess must not contradict what people call their secrets.
    for (const { name: secret, kind, rules } of manifest.secrets)
      expect([secret, rules.kind]).toEqual([secret, kind]);
  });

  it("is refused with every mistake at once, each with its line and the nearest name", async () => {
    const found = await refused(
      [
        "environments: [production, staging]",
        "secrets:",
        "  DB_PASSWORD: { kind: pasword, requird: true }",
        "  JWT_SECRET: { required: [prodution], differs-from: JWT_SECRETS, max-age-days: 90 }",
        "  API_TOKEN: { optional: not used yet, required: true, pattern: '(' }",
        "  lower: {}",
        "probes:",
        "  database: { kind: postgre, host: DB_HOST }",
        "  alerts: { kind: telegram, token: TELEGRAM_TOKEN, chatt-id: 3, for: [stagin] }",
        "  mine: { kind: command, run: [./check], secrets: [API_TOKN] }",
        "  hop: { kind: postgres, host: h, user: u, password: DB_PASSWORD, via: database }",
      ].join("\n"),
    );
    const expected = [
      /^3: secrets\.DB_PASSWORD\.kind: must be one of .* Did you mean "password"\?/,
      /^3: secrets\.DB_PASSWORD\.requird: unknown key. Did you mean "required"\?/,
      /^4: secrets\.JWT_SECRET\.required: prodution is not in environments. Did you mean production\?/,
      /^4: secrets\.JWT_SECRET\.differs-from: JWT_SECRETS is not in secrets. Did you mean JWT_SECRET\?/,
      /^4: secrets\.JWT_SECRET\.max-age-days: needs rotated/,
      /^5: secrets\.API_TOKEN\.optional: contradicts required/,
      /^5: secrets\.API_TOKEN\.pattern: is no regular expression/,
      /^6: secrets\.lower: this key must have capitals/,
      /^8: probes\.database\.kind: must be one of .* Did you mean "postgres"\?/,
      /^8: probes\.database\.host: DB_HOST is not in secrets/,
      /^9: probes\.alerts\.chatt-id: unknown key. Did you mean "chat-id"\?/,
      /^9: probes\.alerts\.token: TELEGRAM_TOKEN is not in secrets/,
      /^9: probes\.alerts\.for: stagin is not in environments. Did you mean staging\?/,
      /^10: probes\.mine\.secrets: API_TOKN is not in secrets. Did you mean API_TOKEN\?/,
      /^11: probes\.hop\.via: database is not in the ssh probes/,
    ];
    for (const pattern of expected) expect(found).toContainEqual(expect.stringMatching(pattern));
    expect(found).toHaveLength(expected.length);
  });

  it.each([
    ["two secrets of one name", "secrets:\n  A: {}\n  A: {}", /stands twice/],
    ["broken YAML", "secrets:\n  A: {", /not valid YAML/],
    ["no secrets", "secrets: {}", /names no secret/],
    ["a reserved name", "secrets:\n  GITHUB_THING: {}", /must not begin with GITHUB_/],
    ["a date that is none", "secrets:\n  A: { expires: 2027-02-30 }", /must be a date/],
    ["a required optional", "secrets:\n  A: { optional: x, required: true }", /contradicts required/],
    ["itself to differ from", "secrets:\n  A: { differs-from: A }", /names the secret itself/],
    [
      "an address with a password",
      "secrets:\n  A: {}\nprobes:\n  p: { kind: discord, webhook: A, api-url: 'https://u:p@h' }",
      /without user or password/,
    ],
  ])("is refused with %s", async (_what, text, expected) => {
    expect((await refused(text)).join("\n")).toMatch(expected);
  });

  it("never repeats what stands in the place of a secret's name, which may be the secret", async () => {
    const found = await refused(
      "secrets:\n  A: {}\nprobes:\n  p: { kind: telegram, token: hunter2-pasted-here }\n  q: { kind: http, url: 'https://u:hunter2@h' }",
    );
    expect(found).toHaveLength(2);
    expect(found.join("\n")).not.toContain("hunter2");
  });

  it("is told only the keys of the probe that is meant", async () => {
    const [found = ""] = await refused(
      "secrets:\n  A: {}\nprobes:\n  p: { kind: discord, webhook: A, zebra: 1 }",
    );
    expect(found).toContain("Known keys: kind, webhook, api-url, for, timeout.");
  });

  it("is either read or refused, whatever it holds", () => {
    const word = fc.constantFrom(
      "A",
      "B",
      "kind",
      "secrets",
      "telegram",
      "production",
      "3",
      "",
      "postgres",
      "token",
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        word,
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(word, tie("tree"), { maxKeys: 4 }),
      ),
    }));
    const manifest = fc.record({ environments: tree, secrets: tree, probes: tree }, { requiredKeys: [] });
    fc.assert(
      fc.property(manifest, (value) => {
        try {
          readManifest(JSON.stringify(value), "secrets.yml");
        } catch (error) {
          if (!(error instanceof UserErrors || (error as Error).name === "UserError")) throw error;
        }
      }),
      { numRuns: runs(500, 20_000) },
    );
  });
});

describe("the secrets of workflows", () => {
  it.each([
    ["secrets.A", ["A"], false],
    ["secrets.a_b && secrets['C-D']", ["A_B", "C-D"], false],
    ["format('{0}', secrets.A)", ["A"], false],
    ["'secrets.A'", [], false],
    ["'it''s secrets.A' == secrets.B", ["B"], false],
    ["toJSON(secrets)", [], true],
    ["secrets[matrix.name]", [], true],
    ["secrets [ 'A' ]", ["A"], false],
    ["github.event.secrets.A", [], false],
    ["my-secrets.A", [], false],
    ["secrets.GITHUB_TOKEN", [], false],
  ])("in %s", (expression, names, dynamic) => {
    expect(namesInExpression(expression)).toEqual({ names, dynamic });
  });

  it("are found with their lines, also in conditions and scripts, and not in comments", () => {
    const text = [
      "on: push",
      "jobs:",
      "  a:",
      "    if: secrets.A != ''",
      "    uses: ./.github/workflows/b.yml",
      "    secrets: inherit # ${{ secrets.NOT }}",
      "  b:",
      "    env:",
      "      X: ${{ secrets.B }} and ${{ '}}' && secrets.C }}",
      "    steps:",
      "      - run: |",
      "          # ${{ secrets.D }}",
    ].join("\n");
    const { uses, dynamic } = secretsInWorkflow(text, "w.yml");
    expect(uses.map(({ name, line }) => `${name}:${line}`)).toEqual(["A:4", "B:9", "C:9", "D:12"]);
    expect(dynamic).toBe(true);
  });

  it("become a manifest that can be read, whatever they are called", () => {
    const part = fc.constantFrom(
      "PROD",
      "STAGING",
      "DB",
      "HOST",
      "USER",
      "PASSWORD",
      "TOKEN",
      "TELEGRAM",
      "SSH",
      "KEY",
      "KNOWN",
      "HOSTS",
      "URL",
      "AWS",
      "SLACK",
      "WEBHOOK",
      "NAME",
      "PORT",
      "JWT",
      "SECRET",
    );
    const names = fc.uniqueArray(
      fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("_")),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(names, (list) => {
        const manifest = readManifest(
          starterManifest(list.map((name) => ({ name, file: "w.yml", line: 1 }))),
          "secrets.yml",
        );
        expect(manifest.secrets.map(({ name }) => name).sort()).toEqual(list.toSorted());
      }),
      { numRuns: runs(300, 10_000) },
    );
  });

  it("of a deployment to a server become its probes, each for its environment", () => {
    const names = [
      "PROD_HOST",
      "PROD_USER",
      "PROD_SSH_KEY",
      "PROD_KNOWN_HOSTS",
      "PROD_DB_HOST",
      "PROD_DB_USER",
      "PROD_DB_PASSWORD",
      "PROD_DB_NAME",
      "STAGING_DATABASE_URL",
      "TELEGRAM_BOT_TOKEN",
      "TELEGRAM_CHAT_ID",
    ];
    const manifest = readManifest(
      starterManifest(names.map((name) => ({ name, file: "w.yml", line: 1 }))),
      "secrets.yml",
    );
    expect(manifest.environments).toEqual(["production", "staging"]);
    expect(
      Object.fromEntries(manifest.probes.map(({ name, config }) => [name, [config.kind, config.for]])),
    ).toEqual({
      "production-server": ["ssh", ["production"]],
      "production-database": ["postgres", ["production"]],
      "staging-database": ["postgres", ["staging"]],
      alerts: ["telegram", undefined],
    });
  });
});
