import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { startRailway } from "../support/hooks/railway.ts";
import { startRender } from "../support/hooks/render.ts";
import { startHttpServer } from "../support/http-server.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { type Aws, startAws } from "../support/providers/aws.ts";
import { S3_KEYS, type S3Server, startS3 } from "../support/s3/server.ts";
import {
  assignments,
  committed,
  filesOf,
  type Newcomer,
  readmeCommands,
  readmeExample,
  startNewcomer,
} from "./newcomer.ts";

type Platform = {
  /** The commits that were deployed, in their order. */
  readonly deployed: () => readonly (string | undefined)[];
  readonly secrets: Readonly<Record<string, string>>;
  readonly vars: Readonly<Record<string, string>>;
  readonly apiUrl: string;
  /** More that has to be otherwise in the files of the page. */
  readonly replaced: readonly (readonly [string, string])[];
  readonly stop: () => Promise<void>;
};

async function render(): Promise<Platform> {
  const service = await startRender();
  service.goesThrough("build_in_progress", "live");
  return {
    deployed: () => service.deploys.map(({ ref }) => ref),
    secrets: { DEPLOY_HOOK: service.hook, PLATFORM_TOKEN: service.apiKey },
    vars: {},
    apiUrl: service.apiUrl,
    // Hooks of Render are at Render, as far as the real kind is concerned.
    replaced: [["kind: render-deploy-hook", "kind: url"]],
    stop: () => service.stop(),
  };
}

async function railway(): Promise<Platform> {
  const service = await startRailway();
  service.goesThrough("BUILDING", "SUCCESS");
  return {
    deployed: () => service.deploys.map(({ commit }) => commit),
    secrets: { PLATFORM_TOKEN: service.projectToken },
    vars: { RAILWAY_SERVICE: service.service },
    apiUrl: service.apiUrl,
    replaced: [],
    stop: () => service.stop(),
  };
}

describe(
  "the README's first workflow and the pages on platforms, followed to the letter",
  needs("act", "postgres-15"),
  () => {
    let newcomer: Newcomer;
    let database: Postgres;
    let s3: S3Server;
    let sts: Aws;
    const { clone, act } = readmeCommands();
    beforeAll(async () => {
      const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = S3_KEYS;
      s3 = await startS3({ bucket: "example-backups", region: "eu-central-1" });
      sts = await startAws({ keys: { [id]: { secret } } });
      database = await startPostgres({ major: 15 });
      newcomer = await startNewcomer();
    }, 60_000);
    afterAll(async () => {
      await Promise.all([s3.stop(), sts.stop(), database.stop(), newcomer.stop()]);
    });

    it("the README: the example at its top runs under act with what was built, and fails for the version before", async () => {
      const { workflow, act: command } = readmeExample();
      let live = "";
      const shop = await startHttpServer(({ url }) => (url === "/version" ? { json: { sha: live } } : {}));
      const folder = "/path/to/this/repository/dist";
      expect(workflow).toContain("https://shop.example/version");
      expect(command).toContain(folder);
      const sha = newcomer.push({
        ".github/workflows/deploy.yml": workflow
          .replaceAll("https://shop.example", shop.origin)
          .concat("          retries: 0\n"),
        "deploy.sh": "echo deploying\n",
      });
      const types = () => newcomer.types(command.replace(folder, path.join(REPOSITORY, "build/dist")));
      live = "0".repeat(40);
      expect((await types()).steps).toMatchObject({ "2": "failure" });
      live = sha;
      const typed = await types();
      expect(typed.exitCode, typed.log).toBe(0);
      await shop.stop();
    });

    it.each([
      ["render", render],
      ["railway", railway],
    ] as const)(
      "%s: what was pushed is tried, backed up, deployed once by its commit, followed, proven and recorded",
      { timeout: 180_000 },
      async (name, started) => {
        const platform = await started();
        const outside = await startHttpServer(() => ({
          json: { commit: platform.deployed().at(-1) ?? "none" },
        }));
        const files = committed(filesOf(`${name}.md`), [
          ["https://shop.example", outside.origin],
          [`platform: ${name}\n`, `platform: ${name}\n      hook-api-url: ${platform.apiUrl}\n`],
          ["aws-region: eu-central-1", `aws-region: eu-central-1\n      s3-endpoint: ${s3.endpoint}`],
          ["{ kind: aws, ", `{ kind: aws, api-url: "${sts.origin}", `],
          // Those of Amazon's stand-in are longer.
          ["kind: aws-secret-access-key", "kind: text"],
          ...platform.replaced,
        ]);
        const secrets = { ...platform.secrets, DATABASE_URL: database.url, ...S3_KEYS };
        newcomer.keep(".secrets", assignments(secrets));
        newcomer.keep(".vars", assignments(platform.vars));
        const sha = newcomer.push(files);
        const before = s3.bucket.objects.size;
        const typed = await newcomer.types(name === "render" ? clone + act : act);
        await Promise.all([platform.stop(), outside.stop()]);
        expect(typed.exitCode, typed.log).toBe(0);
        expect(platform.deployed()).toEqual([sha]);
        expect(typed.record).toMatchObject({
          ...{ result: "deployed", version: sha, environment: "production", failed: [] },
          steps: {
            ...{ secrets: { outcome: "success" }, backup: { outputs: { verified: "archive" } } },
            hook: { outputs: { result: "live", called: "yes" } },
          },
        });
        expect(s3.bucket.objects.size).toBeGreaterThan(before);
        for (const secret of Object.values(secrets)) expect(typed.told).not.toContain(secret);
        expect(newcomer.github.misuses).toEqual([]);
      },
    );
  },
);
