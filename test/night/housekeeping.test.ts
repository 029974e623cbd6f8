import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { startShopHost, switchOn } from "../blue-green-switch/shop-host.ts";
import { some } from "../support/effort.ts";
import { Images } from "../support/github-packages/images.ts";
import { type GitHubPackages, startGitHubPackages } from "../support/github-packages/server.ts";
import { addRecord } from "../support/github-repository/records.ts";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { needs } from "../support/needs.ts";
import { type Call, type Shift, startWorld, type World } from "./shift.ts";

const DAY = 86_400_000;
const daysAgo = (days: number): string => new Date(Date.now() - days * DAY).toISOString();

/** A key that was made so many days ago, and is to be another one after 90. */
const manifestOf = (days: number): string => `
environments: [production]
secrets:
  DEPLOY_HOOK: { kind: url, rotated: ${daysAgo(days).slice(0, 10)}, max-age-days: 90 }
  JWT: { kind: text, min-length: 16 }
`;

describe("the weeks of a repository", needs("act", "sshd", "nginx"), () => {
  let world: World;
  let packages: GitHubPackages;
  let front: HttpServer;
  let images: Images;
  const within = { timeout: 300_000 };

  const week = (
    inputs: Call["inputs"] = {},
    files: Call["files"] = {},
    more: Partial<Call> = {},
  ): Promise<Shift> =>
    world.run({
      workflow: "housekeeping",
      inputs: {
        ...{ packages: "shop", environments: "production, staging", "registry-url": packages.registryUrl },
        ...{ "keep-last": "2", "keep-tags": "latest", ...inputs },
      },
      secrets: {
        DEPLOY_HOOK: "https://hooks.example/deploy/9f86d081884c7d65",
        MORE_SECRETS: '{"JWT":"wB4mTz0Ql7Xk2Ruv9Ys1"}',
      },
      files: { ".github/secrets.yml": manifestOf(10), ...files },
      env: { GITHUB_API_URL: front.origin, GITHUB_REPOSITORY_OWNER: "acme" },
      later: 7,
      ...more,
    });
  const heard = ({ oncall, team }: Shift) => [...oncall, ...team];
  const tags = () => [...packages.package("acme/shop").tags().keys()].sort();

  async function expectQuiet(result: Promise<Shift>): Promise<Shift> {
    const shift = await result;
    expect(shift.jobs, shift.log).toMatchObject({ tell: "success" });
    expect(heard(shift), shift.log).toEqual([]);
    expect(shift.output).not.toContain("is not known");
    return shift;
  }

  beforeAll(async () => {
    [world, packages] = await Promise.all([startWorld(), startGitHubPackages({ registry: "memory" })]);
    world.github.token = packages.tokens.issue({ kind: "github-token" });
    front = await startHttpServer(async ({ method, url, headers, body }) => {
      const origin = /^\/(?:orgs|users?|rate_limit)/.test(url) ? packages.apiUrl : world.github.apiUrl;
      const { authorization = "", "user-agent": agent = "" } = headers;
      const answer = await fetch(`${origin}${url}`, {
        method,
        headers: { authorization, "user-agent": agent },
        ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
      });
      const link = answer.headers.get("link");
      return {
        status: answer.status,
        headers: link === null ? {} : { link },
        body: new Uint8Array(await answer.arrayBuffer()),
      };
    });
    images = new Images(packages, "acme/shop");
    for (const name of ["v1", "v2", "old-1", "old-2", "old-3", "old-4"])
      await images.manifest({ tags: [name], age: "90d" });
    for (const name of ["new-1", "new-2"]) await images.manifest({ tags: [name], age: "1d" });
    const [, byDigest] = [...packages.package("acme/shop").tags()].find(([tag]) => tag === "old-4") ?? [];
    addRecord(world.github, { environment: "staging", version: "v2" });
    addRecord(world.github, { environment: "production", version: "v1" });
    // Deployed by its digest; the tag of that time says nothing.
    addRecord(world.github, { environment: "production", version: "release-7", digest: byDigest ?? "" });
    const file = { id: 5, path: ".github/workflows/night.yml", state: "active", createdAt: daysAgo(300) };
    world.github.actions.workflows.push(file);
  }, 180_000);
  afterAll(async () => {
    await Promise.all([world?.stop(), packages?.stop(), front?.stop()]);
    expect([...world.github.misuses, ...packages.misuses, ...world.telegram.misuses]).toEqual([]);
  });

  it(
    "begin with the registry over its limits: what runs somewhere stays, the rest goes, without a word",
    within,
    async () => {
      const shift = await expectQuiet(week({}));
      expect(shift.jobs).toMatchObject({ secrets: "success", registry: "success", schedules: "success" });
      expect(tags()).toEqual(["new-1", "new-2", "old-4", "v1", "v2"]);
    },
  );

  const situations: readonly (readonly [string, () => Promise<void>])[] = [
    [
      "a token that is soon too old is told to the team, not on call, and so is that it was rotated",
      async () => {
        const aged = { ".github/secrets.yml": manifestOf(85) };
        const expiring = await week({ registry: false }, aged);
        expect(expiring.jobs, expiring.log).toMatchObject({ secrets: "failure" });
        expect(expiring.oncall).toEqual([]);
        expect(expiring.team).toEqual([expect.stringContaining("Housekeeping: secrets failed")]);
        expect(expiring.team[0]).toContain("to be rotated DEPLOY_HOOK");
        expect(expiring.team.join()).not.toContain("9f86d081884c7d65");
        const rotated = await week({ registry: false });
        expect(rotated.team).toEqual([expect.stringContaining("secrets works again")]);
      },
    ],
    [
      "a secret that is missing wakes somebody",
      async () => {
        const missing = `${manifestOf(10)}  PLATFORM_TOKEN: { kind: text }\n`;
        const shift = await week({ registry: false }, { ".github/secrets.yml": missing });
        expect(shift.oncall).toEqual([expect.stringContaining("Missing PLATFORM_TOKEN")]);
        expect((await week({ registry: false })).oncall).toHaveLength(1);
      },
    ],
    [
      "what nobody mends is told again after a week, and not before",
      async () => {
        const aged = { ".github/secrets.yml": manifestOf(85) };
        expect((await week({ registry: false }, aged)).team).toHaveLength(1);
        await expectQuiet(week({ registry: false }, aged, { later: 1 }));
        const reminder = await week({ registry: false }, aged, { later: 6 });
        expect(reminder.team).toEqual([expect.stringContaining("secrets still fails")]);
        expect((await week({ registry: false })).team).toHaveLength(1);
      },
    ],
    [
      "where it is not known what an environment runs, nothing is deleted",
      async () => {
        await images.manifest({ tags: ["old-9"], age: "90d" });
        const before = tags();
        const shift = await week({ environments: "production, demo" });
        expect(shift.jobs, shift.log).toMatchObject({ registry: "failure" });
        expect(tags()).toEqual(before);
        expect(shift.oncall).toEqual([]);
        expect(shift.team).toEqual([expect.stringContaining("registry failed")]);
        expect((await week({})).team).toEqual([expect.stringContaining("registry works again")]);
        expect(tags()).toEqual(before.filter((tag) => tag !== "old-9"));
      },
    ],
    [
      "what the host runs stays, whatever the records say; and nothing goes when the host cannot be asked",
      async () => {
        const host = await startShopHost();
        for (const name of ["of-the-host", "before-it", "of-nobody"])
          await images.manifest({ tags: [name], age: "90d" });
        for (const release of ["before-it", "of-the-host"]) {
          const deployed = await switchOn(host, { release }).done;
          expect(deployed.outputs, deployed.log).toMatchObject({ result: "deployed" });
        }
        const files = { ".github/blue-green.yml": stringify(host.config()) };
        const ssh = { "ssh-host": host.address, "ssh-known-hosts": host.sshd.knownHostsLine() };
        const secrets = { SSH_KEY: host.sshd.clientKey() };
        const asked = (inputs: Call["inputs"]) =>
          week({ secrets: false, schedules: false, ...ssh, ...inputs }, files, { secrets });
        const lost = await asked({ "ssh-known-hosts": `SHA256:${"A".repeat(43)}` });
        expect(lost.jobs, lost.log).toMatchObject({ registry: "failure" });
        expect(tags()).toContain("of-nobody");
        const well = await asked({});
        await host.stop();
        expect(well.team, well.log).toEqual([expect.stringContaining("registry works again")]);
        expect(tags()).toEqual(expect.arrayContaining(["of-the-host", "before-it"]));
        expect(tags()).not.toContain("of-nobody");
      },
    ],
    [
      "a schedule that GitHub has dropped, or switched off, is named",
      async () => {
        const path = ".github/workflows/report.yml";
        const file = { id: 9, path, state: "active", createdAt: daysAgo(300) };
        world.github.actions.workflows.push(file);
        const files = { [path]: "on:\n  schedule:\n    - cron: '30 1 * * *'\njobs: {}\n" };
        const dropped = await week({ registry: false }, files);
        expect(dropped.jobs, dropped.log).toMatchObject({ schedules: "failure" });
        expect(dropped.team[0]).toContain("report.yml has not run");
        file.state = "disabled_inactivity";
        const off = await week({ registry: false }, files);
        expect(off.team[0]).toContain("report.yml is switched off");
        world.github.actions.workflows.pop();
        expect((await week({ registry: false })).team).toHaveLength(1);
      },
    ],
  ];

  it.each(some(1, situations))("%s", within, (_name, run) => run());
});
