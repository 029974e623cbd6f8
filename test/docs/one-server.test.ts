import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import type { HttpServer } from "../support/http-server.ts";
import { needs } from "../support/needs.ts";
import { type DatabaseThere, databaseOn } from "./database.ts";
import { type DockerThere, dockerOn } from "./docker.ts";
import {
  assignments,
  committed,
  filesOf,
  type Newcomer,
  readmeCommands,
  startNewcomer,
  type Typed,
} from "./newcomer.ts";
import { trust, wayTo } from "./outside.ts";
import { type ScratchHost, startScratchHost } from "./scratch-host.ts";

const read = (file: string): string => readFileSync(path.join(REPOSITORY, file), "utf8");

/** The application: what the page wants it to answer, and a start page. */
const APPLICATION = `mkdir -p /www
echo "{\\"release\\":\\"$RELEASE\\"}" >/www/health
echo welcome >/www/index.html
exec httpd -f -p "127.0.0.1:$PORT" -h /www
`;

/** In place of the third parties' actions by which the pages build an image. */
const BUILDING = {
  "docker/login-action@4907a6ddec9925e35a0a9e82d7399ccc52663121": {
    inputs: ["registry", "username", "password"],
    script: "if (!process.env.INPUT_USERNAME || !process.env.INPUT_PASSWORD) process.exit(1);\n",
  },
  "docker/build-push-action@53b7df96c91f9c12dcc8a07bcb9ccacbed38856a": {
    inputs: ["push", "tags"],
    script: `import("node:child_process").then(({ execFileSync }) => {
  const { INPUT_TAGS: tag } = process.env;
  execFileSync("docker", ["tag", "shop:built", tag]);
  execFileSync("docker", ["push", "--quiet", tag], { stdio: "inherit" });
});
`,
  },
};

/** The command of a page that stands between these words, without its comments. */
function blockOf(page: string, holds: string): string {
  const blocks = [...read(`docs/${page}`).matchAll(/^```\w+\n(.*?)^```$/gms)].map(([, body = ""]) => body);
  const found = blocks.find((body) => body.includes(holds));
  if (found === undefined) throw new Error(`docs/${page} has no block with ${holds}`);
  return found;
}

// One server, and each page goes on from what the one before it has left.
describe("the pages on one server, followed to the letter on one", {
  ...needs(
    ...(["namespaces", "sshd", "nginx", "act", "postgres-15"] as const),
    ...(["docker", "docker-compose", "docker-registry", "busybox"] as const),
  ),
  timeout: 300_000,
}, () => {
  let host: ScratchHost;
  let docker: DockerThere;
  let database: DatabaseThere;
  let newcomer: Newcomer;
  let production: HttpServer;
  let staging: HttpServer;
  const { clone, act } = readmeCommands();
  const versions: string[] = [];

  const releaseAt = async (name: string) =>
    /"release":"(\w+)"/.exec(await host.ask(name, "http://127.0.0.1/health"))?.[1];
  const address = (role: string) => `postgres://${role}:of-${role}-7@127.0.0.1:5432/${role}`;
  const secrets = (role: string) =>
    newcomer.keep(".secrets", assignments({ SSH_KEY: host.sshd.clientKey(), DATABASE_URL: address(role) }));
  const expectDeployed = (typed: Typed, record: object) => {
    expect(typed.exitCode, typed.log).toBe(0);
    expect(typed.record).toMatchObject({ result: "deployed", failed: [], ...record });
    for (const secret of ["of-shop-7", "of-shop_staging-7", newcomer.github.token])
      expect(typed.told).not.toContain(secret);
  };
  /** The files of a page, with this test's names, addresses and times. */
  const page = (name: string, more: readonly (readonly [string, string])[]) => {
    const { port } = host.sshd;
    return committed(filesOf(name), [
      ["deploy@shop.example", `deploy@127.0.0.1:${port}`],
      ["host: shop.example, user", `host: 127.0.0.1, port: ${port}, user`],
      ["SHA256:…", host.sshd.hostFingerprint("ed25519")],
      ["ghcr.io/acme/shop", `${docker.registry}/acme/shop`],
      ['contains: "${release}"', 'contains: "${release}", within: 60s, interval: 200ms'],
      ["public-url: ", "stability: 1s\nsettle: 500ms\ndrain: 1s\npublic-url: "],
      ...more,
    ]);
  };
  const onePage = () =>
    page("one-vps.md", [
      ["https://shop.example", production.origin],
      ["shop.example:443", `localhost:${production.port}`],
      ["under: 1s", "under: 20s"],
    ]);
  const prepare = async (situation: string, ...conf: readonly string[]) => {
    const files = ["prepare-host.sh", ...conf].map((file) => `templates/${situation}/${file}`);
    const given = [host.sshd.clientPublicKey(), `[127.0.0.1]:${host.sshd.port}`];
    const printed = await host.asRoot('sh prepare-host.sh "$@"', files, ...given);
    return /^The variable SSH_KNOWN_HOSTS:\n(.*)\n$/m.exec(printed)?.[1] ?? "";
  };

  beforeAll(async () => {
    host = await startScratchHost();
    docker = await dockerOn(host, APPLICATION);
    database = await databaseOn(host);
    // The page has them for both environments.
    const roles = blockOf("staging-beside-production.md", "CREATE ROLE").trim().split("\n");
    for (const line of roles) {
      const [, role = ""] = /CREATE ROLE (\w+)/.exec(line) ?? [];
      await database.query(line.replace("…", `of-${role}-7`));
    }
    [production, staging] = [await wayTo(host, "shop.example"), await wayTo(host, "staging.shop.example")];
    newcomer = await startNewcomer({ ...(await trust()), ...docker.env }, BUILDING);
  }, 120_000);
  afterAll(async () => {
    await Promise.all([production?.stop(), staging?.stop(), newcomer?.stop()]);
    await database?.stop();
    await docker?.stop();
    await host?.stop();
  }, 60_000);

  it("one-vps: what was pushed is built, tried, backed up, migrated, switched and proven", async () => {
    const knownHosts = await prepare("one-vps", "shop.conf");
    newcomer.keep(".vars", assignments({ SSH_KNOWN_HOSTS: knownHosts, DEPLOYERS: "nektos/act" }));
    secrets("shop");
    versions.push(newcomer.push(onePage()));
    expectDeployed(await newcomer.types(clone + act), {
      ...{ version: versions[0], environment: "production" },
      steps: { secrets: { outcome: "success" }, backup: { outputs: { verified: "archive" } } },
    });
    expect(await releaseAt("shop.example")).toBe(versions[0]);

    versions.push(newcomer.push({ "README.md": "The shop.\n" }));
    expectDeployed(await newcomer.types(act), { version: versions[1], previous: versions[0] });
    expect(await releaseAt("shop.example")).toBe(versions[1]);
  });

  it("roll-back-now: by the workflow, and on the server without GitHub", async () => {
    const promote = filesOf("roll-back-now.md")["promote.yml"] ?? "";
    const deployed = onePage()[".github/workflows/deploy.yml"] ?? "";
    // As the page says: from `url` on, what deploy.yml has.
    const at = (text: string) => text.search(/^ {6}url: /m);
    const text = promote.slice(0, at(promote)) + deployed.slice(at(deployed));
    newcomer.push({ ".github/workflows/promote.yml": text });
    const typed = await newcomer.types(
      act
        .replace("act push", "act workflow_dispatch --input operation=rollback")
        .replace("workflows/deploy.yml", "workflows/promote.yml"),
    );
    expectDeployed(typed, { operation: "rollback", version: versions[0], previous: versions[1] });
    expect(await releaseAt("shop.example")).toBe(versions[0]);

    const block = blockOf("roll-back-now.md", "rollback shop");
    const as = (script: string) => host.asRoot('sudo -u deploy sh -euc "$1"', [], script);
    expect(await as(block)).toContain(versions[0]);
    expect(await releaseAt("shop.example")).toBe(versions[1]);
  });

  it("staging-beside-production: a push to develop reaches staging, and production neither by port nor by data", async () => {
    await prepare("staging-beside-production", "shop.conf", "shop-staging.conf");
    secrets("shop_staging");
    const files = page("staging-beside-production.md", [
      ["'staging.shop.example'", `'localhost:${staging.port}'`],
      ["'shop.example'", `'localhost:${production.port}'`],
    ]);
    const before = await docker.docker("ps", "--no-trunc", "--format", "{{.ID}} {{.Names}}");
    const sha = newcomer.push(files, "develop");
    expectDeployed(await newcomer.types(act), { version: sha, environment: "staging" });
    expect(await releaseAt("staging.shop.example")).toBe(sha);
    expect(await releaseAt("shop.example")).toBe(versions[1]);
    const after = await docker.docker("ps", "--no-trunc", "--format", "{{.ID}} {{.Names}}");
    expect(after.split("\n")).toEqual(expect.arrayContaining(before.split("\n")));
    const other = address("shop_staging").replace(/\w+$/, "shop");
    expect(await host.asRoot('psql "$1" -c "" 2>&1 || true', [], other)).toContain("permission denied");
    expect(newcomer.github.misuses).toEqual([]);
  });
});
