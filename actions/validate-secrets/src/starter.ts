import { guessKind } from "./kinds.ts";
import type { SecretUse } from "./workflow-secrets.ts";

const ENVIRONMENTS: readonly (readonly [environment: string, pattern: RegExp])[] = [
  ["production", /^(?:PROD|PRODUCTION|LIVE)_|_(?:PROD|PRODUCTION|LIVE)$/],
  ["staging", /^(?:STAGING|STAGE|STG)_|_(?:STAGING|STAGE|STG)$/],
  ["development", /^(?:DEV|DEVELOPMENT)_|_(?:DEV|DEVELOPMENT)$/],
];

/** A first manifest for the secrets that workflows use, as YAML: kinds, environments and probes guessed from the names. Pure. */
export function starterManifest(uses: readonly SecretUse[]): string {
  const names = [...new Set(uses.map(({ name }) => name))].sort();
  const inUse = ENVIRONMENTS.filter(([, pattern]) => names.some((name) => pattern.test(name))).map(
    ([name]) => name,
  );
  const lines = [
    "# yaml-language-server: $schema=https://raw.githubusercontent.com/org/actions/v1/validate-secrets/config.schema.json",
    "# Guessed from the names in the workflows: check every line, above all kind and required.",
    ...(inUse.length === 0 ? [] : [`environments: [${inUse.join(", ")}]`]),
    "secrets:",
    ...names.map((name) => `  ${name}: { ${entry(name).join(", ")} }`),
  ];
  const probes = guessProbes(names);
  if (probes.length > 0) lines.push("probes:", ...probes.map((line) => `  ${line}`));
  return `${lines.join("\n")}\n`;
}

function environmentOf(name: string): string | undefined {
  return ENVIRONMENTS.find(([, pattern]) => pattern.test(name))?.[0];
}

function entry(name: string): string[] {
  const environment = environmentOf(name);
  return [`kind: ${guessKind(name)}`, ...(environment === undefined ? [] : [`required: [${environment}]`])];
}

/** Of the names with one beginning (PROD_, STAGING_, none), which make a probe together. */
function guessProbes(names: readonly string[]): string[] {
  const lines: string[] = [];
  const prefixes = [
    ...new Set(
      names.map(
        (name) => /^(?:PROD|PRODUCTION|LIVE|STAGING|STAGE|STG|DEV|DEVELOPMENT)_/.exec(name)?.[0] ?? "",
      ),
    ),
  ];
  for (const prefix of prefixes) {
    const find = (pattern: RegExp): string | undefined =>
      names.find((name) => name.startsWith(prefix) && pattern.test(name.slice(prefix.length)));
    const environment = environmentOf(prefix === "" ? "" : `${prefix}X`);
    const label = (word: string): string => (environment === undefined ? word : `${environment}-${word}`);
    const add = (word: string, kind: string, keys: Readonly<Record<string, string | undefined>>): void => {
      const given = Object.entries(keys).filter(([, name]) => name !== undefined);
      const limits = environment === undefined ? "" : `for: [${environment}], `;
      lines.push(
        `${label(word)}: { kind: ${kind}, ${limits}${given.map(([key, name]) => `${key}: ${name}`).join(", ")} }`,
      );
    };
    const [host, user, key] = [
      find(/^(?:SSH_)?HOST$|^SERVER(?:_HOST|_IP)?$/),
      find(/^(?:SSH_)?USER(?:NAME)?$/),
      find(/^(?:SSH|DEPLOY)_(?:PRIVATE_)?KEY$/),
    ];
    const pins = find(/KNOWN_?HOSTS$/);
    if (host && user && key && pins) add("server", "ssh", { host, user, key, "known-hosts": pins });
    const [url, dbHost, dbUser, dbPassword] = [
      find(/^(?:DATABASE|DB|POSTGRES)_URL$/),
      find(/^(?:DB|POSTGRES|PG)_?HOST$/),
      find(/^(?:DB|POSTGRES|PG)_?USER(?:NAME)?$/),
      find(/^(?:DB|POSTGRES|PG)_?PASSWORD$/),
    ];
    if (url) add("database", "postgres", { url });
    else if (dbHost && dbUser && dbPassword)
      add("database", "postgres", {
        host: dbHost,
        port: find(/^(?:DB|POSTGRES|PG)_?PORT$/),
        user: dbUser,
        password: dbPassword,
        database: find(/^(?:DB_NAME|POSTGRES_DB|PGDATABASE|DB_DATABASE)$/),
      });
    const token = find(/^TELEGRAM_(?:BOT_)?TOKEN$/);
    if (token) add("alerts", "telegram", { token, "chat-id": find(/^TELEGRAM_(?:CHAT|CHANNEL)(?:_ID)?$/) });
    const [awsKey, awsSecret] = [find(/^AWS_ACCESS_KEY_ID$/), find(/^AWS_SECRET_ACCESS_KEY$/)];
    if (awsKey && awsSecret) add("aws", "aws", { key: awsKey, secret: awsSecret });
    const [slackToken, slackHook] = [find(/^SLACK_(?:BOT_)?TOKEN$/), find(/^SLACK_WEBHOOK(?:_URL)?$/)];
    if (slackToken || slackHook) add("slack", "slack", { token: slackToken, webhook: slackHook });
    const discord = find(/^DISCORD_WEBHOOK(?:_URL)?$/);
    if (discord) add("discord", "discord", { webhook: discord });
  }
  return lines;
}
