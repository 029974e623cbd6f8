import { writeFileSync } from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import { certificates } from "../support/certificates.ts";
import { startAws } from "../support/providers/aws.ts";
import { startDiscord } from "../support/providers/discord.ts";
import { startGitHub } from "../support/providers/github.ts";
import { startSlack } from "../support/providers/slack.ts";
import { startSmtp } from "../support/providers/smtp.ts";
import { startTelegram } from "../support/providers/telegram.ts";
import { startWebService } from "../support/providers/web-service.ts";
import { startZoho } from "../support/providers/zoho.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { freshValues, type Values } from "./values.ts";

export const EXPIRES = "2099-01-02 03:04:05 UTC";

/** The services that the secrets of a deployment are for, all of which know these values. They end with the test. */
export async function startServices(values: Values = freshValues()) {
  const { authority, good } = await certificates();
  const own = makeTempDir("authority");
  const authorityFile = path.join(own.path, "authority.pem");
  writeFileSync(authorityFile, authority.cert);
  const hook = new URL(values.SLACK_WEBHOOK).pathname.replace("/services/", "");
  const [id = "", token = ""] = new URL(values.DISCORD_WEBHOOK).pathname.split("/").slice(-2);
  const services = {
    telegram: await startTelegram({
      tokens: [values.TELEGRAM_BOT_TOKEN],
      chats: { "-1001": "member", "-1002": "visible" },
    }),
    slack: await startSlack({
      tokens: { [values.SLACK_BOT_TOKEN]: { scopes: ["chat:write"] } },
      webhooks: { [hook]: "live" },
    }),
    discord: await startDiscord({ [id]: token }),
    aws: await startAws({
      keys: { [values.AWS_ACCESS_KEY_ID]: { secret: values.AWS_SECRET_ACCESS_KEY, lists: ["backups"] } },
      buckets: { backups: "eu-central-1", shared: "eu-central-1" },
    }),
    github: await startGitHub({
      [values.GH_TOKEN]: {
        kind: "classic",
        scopes: ["repo"],
        expires: EXPIRES,
        repositories: ["example/app"],
      },
    }),
    zoho: await startZoho({
      clientId: values.ZOHO_CLIENT_ID,
      clientSecret: values.ZOHO_CLIENT_SECRET,
      refreshToken: values.ZOHO_REFRESH_TOKEN,
      organizations: ["10001"],
    }),
    smtp: await startSmtp({ users: { mailer: values.SMTP_PASSWORD }, certificate: good }),
    api: await startWebService({ tokens: [values.API_TOKEN], users: { me: values.API_PASSWORD } }),
  };
  onTestFinished(async () => {
    await Promise.all(Object.values(services).map((service) => service.stop()));
    own.remove();
  });
  const { telegram, slack, discord, aws, github, zoho, smtp, api } = services;
  const key = { key: "AWS_ACCESS_KEY_ID", secret: "AWS_SECRET_ACCESS_KEY" };
  const grant = {
    kind: "zoho",
    "client-id": "ZOHO_CLIENT_ID",
    "client-secret": "ZOHO_CLIENT_SECRET",
    "refresh-token": "ZOHO_REFRESH_TOKEN",
    "organization-id": "10001",
    "accounts-url": zoho.origin,
    "api-url": zoho.origin,
  };
  return {
    ...services,
    values,
    /** What makes Node.js trust the authority behind the services that speak TLS. */
    trust: { NODE_EXTRA_CA_CERTS: authorityFile },
    authorityFile,
    /** A probe of each kind, as a manifest has it. */
    probes: {
      telegram: {
        kind: "telegram",
        token: "TELEGRAM_BOT_TOKEN",
        "chat-id": "-1001",
        "api-url": telegram.origin,
      },
      slack: {
        kind: "slack",
        token: "SLACK_BOT_TOKEN",
        scopes: ["chat:write"],
        "api-url": `${slack.origin}/api`,
      },
      webhook: { kind: "slack", webhook: "SLACK_WEBHOOK", "hooks-url": slack.origin },
      discord: { kind: "discord", webhook: "DISCORD_WEBHOOK", "api-url": `${discord.origin}/api` },
      // Under ten seconds: no time for the second try that AWS may need after a wrong secret.
      aws: { kind: "aws", ...key, "api-url": aws.origin, timeout: "9s" },
      s3: { kind: "s3", ...key, region: "eu-central-1", bucket: "backups", endpoint: aws.origin },
      github: {
        kind: "github",
        token: "GH_TOKEN",
        scopes: ["repo"],
        repository: "example/app",
        "api-url": github.origin,
      },
      books: grant,
      inventory: { ...grant, product: "inventory" },
      smtp: { kind: "smtp", host: "localhost", port: smtp.port, user: "mailer", password: "SMTP_PASSWORD" },
      token: { kind: "http", url: `${api.origin}/me`, token: "API_TOKEN" },
      basic: { kind: "http", url: `${api.origin}/me`, user: "me", password: "API_PASSWORD" },
    },
  } as const;
}

export type Services = Awaited<ReturnType<typeof startServices>>;
export type ProbeName = keyof Services["probes"];

/** A manifest that has these probes, and the secrets that they name. */
export function manifestOf(
  probes: Readonly<Record<string, object>>,
  values: Readonly<Record<string, string>>,
) {
  const named = JSON.stringify(probes);
  const names = Object.keys(values).filter((name) => named.includes(`"${name}"`));
  return { secrets: Object.fromEntries(names.map((name) => [name, {}])), probes };
}
