import { beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { freePort } from "../support/ports.ts";
import { startPostgres } from "../support/postgres.ts";
import { silence, troubles } from "../support/providers/troubles.ts";
import { startSshd } from "../support/sshd.ts";
import { leaks } from "./leaks.ts";
import { manifestOf, type ProbeName, type Services, startServices } from "./services.ts";
import { bundle, validate } from "./validation.ts";
import { draw, freshValues, type Values } from "./values.ts";

beforeAll(bundle);

type Outcome = { readonly probes: Record<string, string>; readonly secrets: Record<string, string> };

/** Runs some probes with some values, and looks after what no probe may do. */
async function probe(
  services: Services,
  probes: Readonly<Record<string, object>>,
  values: Readonly<Record<string, string>> = services.values,
): Promise<Outcome> {
  const result = await validate({
    manifest: manifestOf(probes, values),
    env: { ...values, ...services.trust },
  });
  const { telegram, slack, discord, aws, github, zoho, smtp, api } = services;
  const all = [telegram, slack, discord, aws, github, zoho, smtp, api];
  expect(all.flatMap(({ effects }) => effects)).toEqual([]);
  const ports = all.map(({ port }) => String(port));
  expect(result.connections.filter((to) => !ports.includes(to.split(":").at(-1) ?? ""))).toEqual([]);
  expect(leaks(result.texts, { ...values, ...Object.fromEntries(zoho.accessTokens.entries()) })).toEqual([]);
  return { probes: { ...result.probes }, secrets: { ...result.secrets } };
}

/** What the services were asked, each as one text. */
function askedOf(services: Services): Record<string, string> {
  const { telegram, slack, discord, aws, github, zoho, api } = services;
  return Object.fromEntries(
    Object.entries({ telegram, slack, discord, aws, github, zoho, api }).map(([name, { requests }]) => [
      name,
      requests.map(({ url, headers, body }) => `${url}\n${JSON.stringify(headers)}\n${body}`).join("\n"),
    ]),
  );
}

describe("services that work", () => {
  it("prove every secret, change nothing, and learn of no secret but their own", async () => {
    const services = await startServices();
    const { probes, secrets } = await probe(services, services.probes);
    for (const [name, verdict] of [...Object.entries(probes), ...Object.entries(secrets)])
      expect(`${name} is ${verdict}`).toBe(`${name} is valid`);
    expect(services.zoho.refreshes()).toBe(1);
    expect(services.smtp.logins).toMatchObject([{ encrypted: true }]);
    const owners: Partial<Record<keyof Values, string>> = {
      TELEGRAM_BOT_TOKEN: "telegram",
      SLACK_BOT_TOKEN: "slack",
      SLACK_WEBHOOK: "slack",
      DISCORD_WEBHOOK: "discord",
      AWS_ACCESS_KEY_ID: "aws",
      GH_TOKEN: "github",
      ZOHO_CLIENT_SECRET: "zoho",
      ZOHO_REFRESH_TOKEN: "zoho",
      API_TOKEN: "api",
      API_PASSWORD: "api",
    };
    for (const [service, asked] of Object.entries(askedOf(services))) {
      const others = Object.entries(services.values).filter(
        ([name]) => owners[name as keyof Values] !== service,
      );
      const allowed = service === "zoho" ? ["ZOHO_CLIENT_ID"] : [];
      const foreign = Object.fromEntries(others.filter(([name]) => !allowed.includes(name)));
      expect(leaks({ [service]: asked }, foreign)).toEqual([]);
    }
  });

  it("see secrets in addresses only where their own API has them", async () => {
    const services = await startServices();
    await probe(services, services.probes);
    const { telegram: _, slack: __, discord: ___, ...others } = services;
    const urls = [others.aws, others.github, others.zoho, others.api].flatMap(({ requests }) =>
      requests.map(({ url }) => url),
    );
    expect(leaks({ addresses: urls.join("\n") }, services.values)).toEqual([]);
  });
});

const base = freshValues();
const other = freshValues();

describe("a wrong secret", () => {
  const wrong: readonly (readonly [ProbeName, keyof Values])[] = [
    ["telegram", "TELEGRAM_BOT_TOKEN"],
    ["slack", "SLACK_BOT_TOKEN"],
    ["webhook", "SLACK_WEBHOOK"],
    ["discord", "DISCORD_WEBHOOK"],
    ["aws", "AWS_ACCESS_KEY_ID"],
    ["s3", "AWS_ACCESS_KEY_ID"],
    ["github", "GH_TOKEN"],
    ["books", "ZOHO_REFRESH_TOKEN"],
    ["inventory", "ZOHO_REFRESH_TOKEN"],
    ["smtp", "SMTP_PASSWORD"],
    ["token", "API_TOKEN"],
    ["basic", "API_PASSWORD"],
  ];

  it("is invalid at every service, and no other secret is blamed", async () => {
    const services = await startServices(base);
    const changed = Object.fromEntries(wrong.map(([, name]) => [name, other[name]]));
    const { probes, secrets } = await probe(services, services.probes, { ...base, ...changed });
    for (const [name, secret] of wrong) {
      expect(`${name} is ${probes[name]}`).toBe(`${name} is invalid`);
      expect(`${secret} is ${secrets[secret]}`).toBe(`${secret} is invalid`);
    }
    for (const innocent of ["AWS_SECRET_ACCESS_KEY", "ZOHO_CLIENT_ID", "ZOHO_CLIENT_SECRET"])
      expect(secrets[innocent]).toBe("valid");
  });

  it.each([
    ["AWS_SECRET_ACCESS_KEY", "aws"],
    ["ZOHO_CLIENT_SECRET", "books"],
    ["ZOHO_CLIENT_ID", "books"],
  ] as const)("%s is told apart from the others of its probe", async (secret, name) => {
    const services = await startServices(base);
    const changed = { ...base, [secret]: other[secret] };
    const { secrets } = await probe(services, { it: services.probes[name] }, changed);
    const blamed = Object.entries(secrets).filter(([, verdict]) => verdict === "invalid");
    expect(blamed.map(([each]) => each)).toEqual([secret]);
  });

  it("of AWS is tried twice, since the right one can look wrong at first", async () => {
    const services = await startServices(base);
    services.aws.distrust(1);
    const { probes } = await probe(services, { aws: { ...services.probes.aws, timeout: "15s" } });
    expect(probes).toEqual({ aws: "valid" });
  });
});

describe("a right that is lacking", () => {
  it("is insufficient, and names what is lacking", async () => {
    const services = await startServices();
    const { telegram, slack, s3, github } = services.probes;
    const { probes } = await probe(services, {
      telegram: { ...telegram, "chat-id": "-1002" },
      slack: { ...slack, scopes: ["chat:write", "files:write"] },
      s3: { ...s3, bucket: "shared" },
      upload: { ...s3, bucket: "shared", rights: "upload" },
      github: { ...github, scopes: ["repo", "admin:org"] },
      repository: { ...github, repository: "example/other" },
    });
    expect(probes).toEqual({
      telegram: "insufficient",
      slack: "insufficient",
      s3: "insufficient",
      upload: "valid",
      github: "insufficient",
      repository: "insufficient",
    });
  });
});

describe("trouble in the middle of a probe", () => {
  // How many requests each service answers before it fails.
  const steps = [
    ["telegram", "telegram", 2],
    ["github", "github", 1],
    ["zoho", "books", 1],
  ] as const;

  it.each(Object.entries(troubles))(
    "in that the service %s leaves the verdict unknown",
    async (_what, trouble) => {
      const services = await startServices();
      const chosen = steps.map(([service, name, most]) => {
        services[service].suffer(trouble, most);
        return [name, services.probes[name]] as const;
      });
      const { probes } = await probe(services, Object.fromEntries(chosen));
      expect(probes).toEqual({ telegram: "unknown", github: "unknown", books: "unknown" });
    },
  );

  it("in that the service falls silent leaves the verdict unknown", async () => {
    const services = await startServices();
    for (const [service, , most] of steps) services[service].suffer(silence, most);
    const probes = Object.fromEntries(
      steps.map(([, name]) => [name, { ...services.probes[name], timeout: "1s" }] as const),
    );
    expect((await probe(services, probes)).probes).toEqual({
      telegram: "unknown",
      github: "unknown",
      books: "unknown",
    });
  });
});

describe("mail servers", () => {
  it.each([
    [454, "unknown"],
    [421, "unknown"],
    [451, "unknown"],
    [535, "invalid"],
    [534, "insufficient"],
  ])("that answer a login with %i, and repeat it, make it %s", async (code, verdict) => {
    const services = await startServices();
    services.smtp.reply((user, password) => ({
      code,
      text: `${user} ${password} ${encodeURIComponent(password)}`,
    }));
    const { smtp } = services.probes;
    expect((await probe(services, { smtp })).probes).toEqual({ smtp: verdict });
  });
});

describe("hooks that act on any request", () => {
  it("are judged by their form, and never asked", async () => {
    const values = freshValues();
    const hook = { RENDER_DEPLOY_HOOK: values.RENDER_DEPLOY_HOOK };
    const result = await validate({ manifest: { secrets: { RENDER_DEPLOY_HOOK: {} } }, env: hook });
    expect(result.secrets).toEqual({ RENDER_DEPLOY_HOOK: "valid" });
    expect([result.connections, result.programs]).toEqual([[], []]);
    expect(leaks(result.texts, hook)).toEqual([]);
  });
});

describe("a database and a server", needs("postgres-18", "sshd"), () => {
  it("prove and disprove logins, without a trace of the secrets", async () => {
    const [postgres, sshd] = await Promise.all([startPostgres({ major: 18 }), startSshd()]);
    try {
      const database = { kind: "postgres", host: postgres.host, user: "postgres", database: "postgres" };
      const server = {
        kind: "ssh",
        host: sshd.host,
        port: sshd.port,
        user: sshd.user,
        "known-hosts": "KNOWN_HOSTS",
      };
      const env = {
        DB_PASSWORD: postgres.password,
        WRONG_DB_PASSWORD: draw(24),
        SSH_KEY: sshd.clientKey(),
        WRONG_SSH_KEY: sshd.clientKey("stranger"),
        KNOWN_HOSTS: sshd.knownHostsLine(),
      };
      const probes = {
        right: { ...database, port: postgres.port, password: "DB_PASSWORD" },
        wrong: { ...database, port: postgres.port, password: "WRONG_DB_PASSWORD" },
        nobody: { ...database, port: await freePort(), password: "DB_PASSWORD" },
        in: { ...server, key: "SSH_KEY" },
        out: { ...server, key: "WRONG_SSH_KEY" },
        gone: { ...server, port: await freePort(), key: "SSH_KEY" },
      };
      const result = await validate({ manifest: manifestOf(probes, env), env });
      expect(result.probes).toEqual({
        right: "valid",
        wrong: "invalid",
        nobody: "unknown",
        in: "valid",
        out: "invalid",
        gone: "unknown",
      });
      const { KNOWN_HOSTS: _, ...hidden } = env;
      expect(leaks(result.texts, hidden)).toEqual([]);
      expect(result.programs).toEqual([]);
    } finally {
      await Promise.all([postgres.stop(), sshd.stop()]);
    }
  });
});
