import path from "node:path";
import { newSshKey } from "../support/ssh-key.ts";
import { freshValues } from "./values.ts";

/** Where the services are. */
export type Places = {
  /** Of the services that speak HTTP, all of them in one. */
  readonly web: string;
  readonly postgres: number;
  readonly ssh: number;
  readonly smtp: number;
};

const talkative = path.resolve(import.meta.dirname, "../fixtures/validate-secrets/talkative.cjs");

/** Secrets of all kinds, new for each call, and those that are no credentials. */
export function allSecrets() {
  const values = freshValues();
  const server = newSshKey();
  const client = newSshKey();
  return {
    credentials: { ...values, PROD_SSH_KEY: client.private },
    others: { PROD_KNOWN_HOSTS: `* ${server.public}` },
  };
}

export type Secrets = ReturnType<typeof allSecrets>;

/**
 * A manifest that probes everything there is to probe, each with a short timeout. `exit`: with what the command ends that
 * is probed, which shows its secret in every form before.
 */
export function everythingAt({ web, postgres, ssh, smtp }: Places, exit = 0, timeout = "5s") {
  const names = [...Object.keys(freshValues()), "PROD_SSH_KEY", "PROD_KNOWN_HOSTS"];
  const kinds: Readonly<Record<string, object>> = {
    COMMAND_SECRET: { kind: "text" },
    SERVICE_ACCOUNT: { kind: "text" },
    HEALTH_URL: { kind: "url" },
    API_PASSWORD: { kind: "password" },
  };
  const key = { key: "AWS_ACCESS_KEY_ID", secret: "AWS_SECRET_ACCESS_KEY" };
  const zoho = {
    kind: "zoho",
    "client-id": "ZOHO_CLIENT_ID",
    "client-secret": "ZOHO_CLIENT_SECRET",
    "refresh-token": "ZOHO_REFRESH_TOKEN",
    "organization-id": "10001",
    "accounts-url": web,
    "api-url": web,
  };
  const probes = {
    telegram: { kind: "telegram", token: "TELEGRAM_BOT_TOKEN", "chat-id": "-1001", "api-url": web },
    slack: {
      kind: "slack",
      token: "SLACK_BOT_TOKEN",
      webhook: "SLACK_WEBHOOK",
      "api-url": `${web}/api`,
      "hooks-url": web,
    },
    discord: { kind: "discord", webhook: "DISCORD_WEBHOOK", "api-url": `${web}/api` },
    aws: { kind: "aws", ...key, "api-url": web },
    s3: { kind: "s3", ...key, region: "eu-central-1", bucket: "backups", endpoint: web },
    github: {
      kind: "github",
      token: "GH_TOKEN",
      scopes: ["repo"],
      repository: "example/app",
      "api-url": web,
    },
    books: zoho,
    inventory: { ...zoho, product: "inventory" },
    smtp: { kind: "smtp", host: "localhost", port: smtp, user: "mailer", password: "SMTP_PASSWORD" },
    token: { kind: "http", url: `${web}/me`, token: "API_TOKEN" },
    basic: { kind: "http", url: `${web}/me`, user: "me", password: "API_PASSWORD" },
    health: { kind: "http", url: "HEALTH_URL" },
    command: {
      kind: "command",
      run: [process.execPath, talkative, String(exit)],
      secrets: ["COMMAND_SECRET"],
    },
    database: {
      kind: "postgres",
      host: "127.0.0.1",
      port: postgres,
      user: "app",
      password: "PROD_DB_PASSWORD",
      database: "app",
    },
    server: {
      kind: "ssh",
      host: "127.0.0.1",
      port: ssh,
      user: "deploy",
      key: "PROD_SSH_KEY",
      "known-hosts": "PROD_KNOWN_HOSTS",
    },
  };
  return {
    secrets: Object.fromEntries(names.map((name) => [name, kinds[name] ?? {}])),
    probes: Object.fromEntries(Object.entries(probes).map(([name, probe]) => [name, { timeout, ...probe }])),
  };
}

/** The names of the probes in {@link everythingAt} that speak HTTP. */
export const WEB_PROBES = [
  ...[
    "telegram",
    "slack",
    "discord",
    "aws",
    "s3",
    "github",
    "books",
    "inventory",
    "token",
    "basic",
    "health",
  ],
] as const;

/** The step's environment: the secrets, those addresses among them that lead to where the services are. */
export function environmentOf({ credentials, others }: Secrets, web: string): Record<string, string> {
  return { ...credentials, ...others, HEALTH_URL: `${web}${credentials.HEALTH_URL}` };
}

/** What must not be seen anywhere. */
export function hiddenOf(secrets: Secrets): Record<string, string> {
  return environmentOf({ ...secrets, others: { PROD_KNOWN_HOSTS: "" } }, "http://127.0.0.1");
}
