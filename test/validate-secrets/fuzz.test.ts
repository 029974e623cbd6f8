import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { runs } from "../support/effort.ts";
import { type Answer, startHttpServer } from "../support/http-server.ts";
import { leaks } from "./leaks.ts";
import { manifestOf } from "./services.ts";
import { bundle, validate } from "./validation.ts";
import { draw, freshValues } from "./values.ts";

beforeAll(bundle);

const values = freshValues();
const fields = [
  "TELEGRAM_BOT_TOKEN",
  "SLACK_BOT_TOKEN",
  "DISCORD_WEBHOOK",
  "GH_TOKEN",
  "ZOHO_REFRESH_TOKEN",
  "API_TOKEN",
] as const;

/** A text that quotes secrets somewhere, as error messages do: cut off there, it would end in a part of one. */
const quoting = fc
  .tuple(fc.nat({ max: 320 }), fc.constantFrom(...fields), fc.nat({ max: 3 }))
  .map(([before, name, form]) => {
    const value = values[name];
    const shown = [
      value,
      encodeURIComponent(value),
      JSON.stringify(value),
      Buffer.from(value).toString("base64"),
    ][form];
    return `${"word ".repeat(before / 5)}${"-".repeat(before % 5)}${shown} and so on`;
  });

/** Where the services have their texts, right and wrong at once. */
const NAMES = [
  ...[
    "ok",
    "error",
    "error_code",
    "description",
    "result",
    "username",
    "title",
    "type",
    "team",
    "user",
    "name",
  ],
  ...[
    "message",
    "code",
    "id",
    "resources",
    "access_token",
    "organizations",
    "organization_id",
    "full_name",
    "scopes",
  ],
];

const json = fc.letrec((again) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    quoting,
    fc.boolean(),
    fc.integer(),
    fc.constant(null),
    fc.constantFrom("invalid_auth", "Not Found", "10001", "10015", "invalid_code"),
    fc.dictionary(fc.constantFrom(...NAMES), again("value"), { maxKeys: 8 }),
    fc.array(again("value"), { maxLength: 2 }),
  ),
})).value;

/** Shapes that the services accept, with a quoting text in the place of each name. */
const accepting = quoting.map((text) => ({
  ok: true,
  result: { id: 1, username: text, type: text, title: text },
  team: text,
  user: text,
  access_token: `1000.${draw(32)}`,
  organizations: [{ organization_id: "10001", name: text }],
  resources: {},
  full_name: text,
  message: text,
}));

const body = fc.oneof(
  accepting.map((value) => JSON.stringify(value)),
  json.map((value) => JSON.stringify(value)),
  quoting,
  quoting.map(
    (text) =>
      `<GetCallerIdentityResponse><Arn>${text}</Arn><Account>123456789012</Account></GetCallerIdentityResponse>`,
  ),
  quoting.map((text) => `<Error><Code>${text}</Code><Message>${text}</Message></Error>`),
);

const headers = fc
  .tuple(
    quoting,
    fc.constantFrom(
      "retry-after",
      "x-oauth-scopes",
      "x-amz-bucket-region",
      "github-authentication-token-expiration",
      "location",
    ),
  )
  .map(([text, name]) => ({ [name]: text.replace(/[^ -~]/g, "") }));

const status = fc.constantFrom(
  200,
  200,
  200,
  201,
  301,
  400,
  401,
  402,
  403,
  404,
  408,
  409,
  418,
  422,
  429,
  500,
  503,
  599,
);

describe("answers of any kind", () => {
  it("give no part of a secret away, never break the action, and end in a verdict", {
    timeout: 300_000,
  }, async () => {
    let answer: Answer = {};
    const server = await startHttpServer(() => answer);
    const { origin } = server;
    const grant = {
      "client-id": "ZOHO_CLIENT_ID",
      "client-secret": "ZOHO_CLIENT_SECRET",
      "refresh-token": "ZOHO_REFRESH_TOKEN",
    };
    const key = { key: "AWS_ACCESS_KEY_ID", secret: "AWS_SECRET_ACCESS_KEY" };
    const probes = {
      telegram: { kind: "telegram", token: "TELEGRAM_BOT_TOKEN", "chat-id": "-1", "api-url": origin },
      slack: {
        kind: "slack",
        token: "SLACK_BOT_TOKEN",
        webhook: "SLACK_WEBHOOK",
        "api-url": origin,
        "hooks-url": origin,
      },
      discord: { kind: "discord", webhook: "DISCORD_WEBHOOK", "api-url": origin },
      // Too short for a second try after five seconds.
      aws: { kind: "aws", ...key, "api-url": origin, timeout: "5s" },
      s3: { kind: "s3", ...key, region: "eu-central-1", bucket: "backups", endpoint: origin },
      github: {
        kind: "github",
        token: "GH_TOKEN",
        scopes: ["repo"],
        repository: "example/app",
        "api-url": origin,
      },
      zoho: { kind: "zoho", ...grant, "organization-id": "10001", "accounts-url": origin, "api-url": origin },
      token: { kind: "http", url: `${origin}/`, token: "API_TOKEN" },
    };
    const verdicts = new Set(["valid", "invalid", "insufficient", "expiring", "expired", "unknown"]);
    try {
      await fc.assert(
        fc.asyncProperty(status, headers, body, async (code, sent, text) => {
          answer = { status: code, headers: sent, body: text };
          const result = await validate({ manifest: manifestOf(probes, values), env: values });
          expect(leaks(result.texts, values)).toEqual([]);
          expect([0, 1]).toContain(result.exitCode);
          expect(["valid", "invalid", "unknown"]).toContain(result.outputs["result"]);
          for (const [name, verdict] of Object.entries(result.probes)) {
            expect(verdicts).toContain(verdict);
            // What says nothing of a secret is held against none.
            if (code === 429 || code >= 500 || code === 301)
              expect(`${name}: ${verdict}`).toBe(`${name}: unknown`);
          }
          expect(Object.keys(result.probes)).toEqual(Object.keys(probes));
        }),
        { numRuns: runs(15, 500), endOnFailure: true },
      );
    } finally {
      await server.stop();
    }
  });
});
