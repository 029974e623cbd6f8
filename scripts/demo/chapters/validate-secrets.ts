import { randomBytes } from "node:crypto";
import { Client } from "pg";
import type { Chapter, Step } from "../chapter.ts";
import type { Stage } from "../stage.ts";

/** Secrets that are in order, and three ways in which they are not. */
export const validateSecrets: Chapter = {
  name: "validate-secrets",
  title: "Prove every secret before it is needed",
  about:
    "Before a deployment, validate-secrets reads the shop's own .github/secrets.yml: which secrets there must be, what " +
    "they look like, and which of them the database has to accept. It shows no part of any value.",
  steps,
};

async function* steps(stage: Stage): AsyncGenerator<Step> {
  const { shop, postgres } = stage;
  const password = randomBytes(12).toString("hex");
  await postgres.query(`create role backup login password '${password}'`);
  const url = new URL(shop.databaseUrl);
  url.username = "backup";
  url.password = password;
  const secrets = {
    DATABASE_URL: shop.databaseUrl,
    BACKUP_DATABASE_URL: url.href,
    DEMO_PASSWORD: shop.demoPassword,
    TOKEN_SECRET: randomBytes(32).toString("base64url"),
    STAGING_TOKEN_SECRET: randomBytes(32).toString("base64url"),
  };
  yield {
    title: "A backup that would fail tonight",
    why:
      "The role for backups can log in, and nobody has given it the right to read. pg_dump would find that out in the " +
      "night; here it is a finding, with the GRANT that mends it.",
    ...stepFor(secrets),
    expected: { conclusion: "failure", because: [/^Probe backup: the role could not take a full backup/] },
  };

  await asOwner(shop.databaseUrl, [
    "grant select on all tables in schema public to backup",
    "grant select on all sequences in schema public to backup",
  ]);
  yield {
    title: "Everything in order",
    why: "With the rights granted, each secret is there and well-formed, and the database takes both logins.",
    ...stepFor(secrets),
    expected: {
      conclusion: "success",
      outputs: { result: "valid", valid: "true", missing: "", unknown: "" },
    },
  };

  yield {
    title: "Pasted in a hurry",
    why:
      "A line end behind the password of the demo, the staging secret in production, and one that was forgotten: three " +
      "mistakes, told at once, each with the command that mends it.",
    ...stepFor({
      ...secrets,
      DEMO_PASSWORD: `${secrets.DEMO_PASSWORD}\n`,
      TOKEN_SECRET: secrets.STAGING_TOKEN_SECRET,
      BACKUP_DATABASE_URL: "",
    }),
    expected: {
      conclusion: "failure",
      because: [
        /^BACKUP_DATABASE_URL is missing/,
        /^DEMO_PASSWORD is malformed: it ends with a line end/,
        /^TOKEN_SECRET is malformed: it is the same as STAGING_TOKEN_SECRET/,
      ],
    },
  };

  await postgres.query(`alter role backup password '${randomBytes(12).toString("hex")}'`);
  yield {
    title: "Rotated, but not everywhere",
    why: "The role's password was changed in the database and not in the secret. It looks as good as before.",
    ...stepFor(secrets),
    expected: { conclusion: "failure", because: [/^Probe backup: the server refuses user and password/] },
  };
}

async function asOwner(databaseUrl: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function stepFor(
  secrets: Readonly<Record<string, string>>,
): Pick<Step, "action" | "with" | "env" | "secrets"> {
  const given = Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== ""));
  return { action: "validate-secrets", with: {}, env: {}, secrets: given };
}
