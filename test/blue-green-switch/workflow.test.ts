import { cpSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse, stringify } from "yaml";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { setUp } from "../ghcr-cleanup/setting.ts";
import { remaining } from "../ghcr-cleanup/stock.ts";
import { runAct } from "../support/act.ts";
import { startHttpServer } from "../support/http-server.ts";
import { needs } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { startGitHubDeployments } from "./github-deployments.ts";
import { readmeExample } from "./prepared-host.ts";
import { startShopHost } from "./shop-host.ts";

const workflow = ".github/workflows/deploy.yml";

describe("the workflow of the README", {
  ...needs("act", "sshd", "nginx", "docker-registry", "skopeo"),
  timeout: 120_000,
}, () => {
  it("deploys the commit, records it, and keeps what is in use from being cleaned up", async () => {
    const { server, images } = await setUp({ now: Date.now });
    const token = server.tokens.issue();
    const [live, unused, newest] = [
      await images.manifest({ tags: ["build-1"], age: "90d" }),
      await images.manifest({ tags: ["build-2"], age: "80d" }),
      await images.manifest({ tags: ["build-3"], age: "60d" }),
    ];
    const github = await startGitHubDeployments("acme/shop", token);
    const api = await startApi(github.url, server.apiUrl);
    const host = await startShopHost();
    const release = makeTempDir("release");
    onTestFinished(async () => {
      await host.stop();
      await api.stop();
      await github.stop();
      release.remove();
    });
    for (const name of ["blue-green-switch", "ghcr-cleanup"])
      cpSync(path.join(REPOSITORY, "build/dist", name), path.join(release.path, name), { recursive: true });

    const { start } = host.config() as { start: { command: { start: string; stop: string } } };
    // These colours are no containers: of which image they are is written down as the agent would.
    const file = path.join(host.directory, "with-image.sh");
    const image = `ghcr.io/acme/shop@${live.digest}`;
    writeFileSync(file, `printf 'digest=${image}\\n' >"$RELEASE_DIR/image"\n${start.command.start}\n`);
    const config = {
      ...host.config(),
      hosts: [host.address],
      start: { command: { ...start.command, start: `sh ${file}` } },
      env: ["DATABASE_URL"],
      ...{ stability: "500ms", settle: "0s", drain: "0s" },
    };
    const example = parse(
      readmeExample("ssh-known-hosts: ${{ vars.SSH_KNOWN_HOSTS }}\n          environment"),
    );
    const [status, cleanup] = parse(readmeExample("id: live"));
    cleanup.with = {
      ...cleanup.with,
      owner: "acme",
      "registry-url": server.registryUrl,
      pace: "10ms",
      "keep-last": "1",
      "max-percent": "90",
    };
    example.jobs.deploy.steps.push(status, cleanup);

    const result = await runAct({
      files: { [workflow]: stringify(example), ".github/blue-green.yml": stringify(config) },
      workflow,
      repositories: { "org/actions@v1": release.path },
      payload: { repository: { full_name: "acme/shop", owner: { login: "acme" }, name: "shop" } },
      env: { GITHUB_API_URL: api.origin, GITHUB_REPOSITORY: "acme/shop" },
      vars: { SSH_KNOWN_HOSTS: host.sshd.knownHostsLine() },
      secrets: {
        SSH_KEY: host.sshd.clientKey(),
        DATABASE_URL: "postgres://shop:s3cret-zzz-9@127.0.0.1/shop",
        GITHUB_TOKEN: token,
      },
    });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.output).toMatch(/[0-9a-f]{40} is live on blue/);
    expect((await host.served()).text).toMatch(/"release":"[0-9a-f]{40}"/);
    expect(github.problems).toEqual([]);
    expect(
      github.deployments.map(({ environment, statuses }) => [
        environment,
        statuses.map(({ state }) => state),
      ]),
    ).toEqual([["production", ["in_progress", "success"]]]);
    expect(unused.version.deletedAt).toBeDefined();
    expect(remaining(server, "acme/shop")).toEqual([live.digest, newest.digest].sort());
    const told = result.lines.filter(({ command }) => command !== "add-mask");
    expect(JSON.stringify(told)).not.toContain("s3cret-zzz-9");
  });
});

/** One address for both stand-ins, as GitHub's API has one. */
function startApi(deployments: string, packages: string) {
  return startHttpServer(async ({ method, url, headers, body }) => {
    const origin = /^\/repos\/[^/]+\/[^/]+\/deployments/.test(url) ? deployments : packages;
    const { connection: _, host: __, "content-length": ___, ...rest } = headers;
    const answer = await fetch(`${origin}${url}`, {
      method,
      headers: rest as Record<string, string>,
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
    });
    return {
      status: answer.status,
      headers: Object.fromEntries([...answer.headers].filter(([name]) => name !== "transfer-encoding")),
      body: new Uint8Array(await answer.arrayBuffer()),
    };
  });
}
