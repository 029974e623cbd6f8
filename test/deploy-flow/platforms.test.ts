import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refusal, startCloudflare } from "../support/cdn/cloudflare.ts";
import { awsError, startCloudFront } from "../support/cdn/cloudfront.ts";
import { some } from "../support/effort.ts";
import { type Railway, startRailway } from "../support/hooks/railway.ts";
import { type Render, startRender } from "../support/hooks/render.ts";
import { needs } from "../support/needs.ts";
import { type Deploy, type Flow, startFlow } from "./flow.ts";

describe("the deploy flow by a platform", needs("act", "sshd", "nginx", "postgres-15"), () => {
  let flow: Flow;
  let render: Render;
  let railway: Railway;
  const within = { timeout: 180_000 };
  const liveAtRender = () => render.deploys.at(-1)?.ref;
  const liveAtRailway = () =>
    railway.deploys.map(({ commit = "" }) => commit).findLast((commit) => !railway.broken.has(commit));
  let live: () => string | undefined;

  function deploy(commit: string, more: Partial<Deploy> = {}) {
    return flow.deploy({
      commit,
      ...more,
      inputs: {
        platform: "render",
        "hook-api-url": render.apiUrl,
        "backup-destination": "",
        ...more.inputs,
      },
      secrets: { DEPLOY_HOOK: render.hook, PLATFORM_TOKEN: render.apiKey },
    });
  }

  function deployAtRailway(commit: string, more: Partial<Deploy> = {}) {
    return flow.deploy({
      commit,
      inputs: {
        ...{ platform: "railway", "hook-api-url": railway.apiUrl, "hook-service": railway.service },
        "backup-destination": "",
        ...more.inputs,
      },
      secrets: { PLATFORM_TOKEN: railway.projectToken, ...more.secrets },
    });
  }

  beforeAll(async () => {
    flow = await startFlow();
    [render, railway] = [await startRender(), await startRailway()];
    live = liveAtRender;
    render.goesThrough("build_in_progress", "live");
    flow.outside.answer(() => ({
      status: flow.sick.has(live() ?? "") ? 500 : 200,
      json: { release: live() ?? "" },
    }));
  }, 60_000);
  afterAll(async () => {
    await Promise.all([render.stop(), railway.stop()]);
    await flow.stop();
    expect(flow.github.misuses).toEqual([]);
  });

  const situations: readonly (readonly [string, () => Promise<void>])[] = [
    [
      "calls the hook once, for the commit, and goes back by it when the version is sick",
      async () => {
        const good = await deploy("r1");
        expect(good.exitCode, good.log).toBe(0);
        expect(render.deploys.map(({ ref }) => ref)).toEqual([good.sha]);
        expect(good.record).toMatchObject({
          result: "deployed",
          steps: { hook: { outputs: { called: "yes" } } },
        });

        const sha = flow.push("r2");
        flow.sick.add(sha);
        const bad = await deploy("r2");
        expect(bad.exitCode).not.toBe(0);
        expect(render.deploys.map(({ ref }) => ref)).toEqual([good.sha, sha, good.sha]);
        expect(bad.steps).toMatchObject({ smoke: "failure", "back-hook": "success", prove: "success" });
        expect(bad.record).toMatchObject({ result: "rolled-back", previous: good.sha });
        const told = bad.lines.filter(({ command }) => command !== "add-mask");
        expect(JSON.stringify(told)).not.toContain(new URL(render.hook).searchParams.get("key"));
      },
    ],
    [
      "goes back, and purges all, when the CDN cannot be purged",
      async () => {
        const cloudflare = await startCloudflare();
        const before = live();
        const calls = render.deploys.length;
        cloudflare.instead(() => refusal(400, 1012, "no"));
        const result = await deploy("r3", {
          inputs: { "cloudflare-zone": cloudflare.zone, "cloudflare-api-url": cloudflare.apiUrl },
        });
        await cloudflare.stop();
        expect(result.exitCode).not.toBe(0);
        expect(render.deploys).toHaveLength(calls + 2);
        expect(live()).toBe(before);
        expect(result.steps).toMatchObject({ smoke: "success", purge: "failure", prove: "success" });
        expect(result.record).toMatchObject({ result: "rolled-back", failed: ["purge", "back-purge"] });
      },
    ],
    [
      "does not go back when the hook was never called",
      async () => {
        const calls = render.deploys.length;
        render.instead(() => ({ status: 404, json: { message: "not found" } }));
        const result = await deploy("r4");
        render.instead();
        expect(result.exitCode).not.toBe(0);
        expect(render.deploys).toHaveLength(calls);
        expect(result.record).toMatchObject({ result: "not-deployed", failed: ["hook"] });
      },
    ],
  ];

  it.each(some(1, situations))("Render: %s", within, (_name, run) => run());

  it("Railway and CloudFront: deployed once by its commit, then purged; back when the build fails or the purge", {
    timeout: 360_000,
  }, async () => {
    live = liveAtRailway;
    const cloudfront = await startCloudFront("lasting");
    const { keyId, secret } = cloudfront;
    const more = {
      inputs: {
        "cloudfront-distribution": cloudfront.distribution,
        "cloudfront-api-url": cloudfront.apiUrl,
      },
      secrets: { AWS_ACCESS_KEY_ID: keyId, AWS_SECRET_ACCESS_KEY: secret },
    };
    const commits = () => railway.deploys.map(({ commit }) => commit);
    const purged = () => cloudfront.invalidations.map(({ paths }) => paths.join());
    const answeredBefore: number[] = [];
    cloudfront.whenBegun(() => answeredBefore.push(flow.outside.requests.length));

    const asked = flow.outside.requests.length;
    const good = await deployAtRailway("w1", more);
    expect(good.exitCode, good.log).toBe(0);
    expect(commits()).toEqual([good.sha]);
    expect(purged()).toEqual(["/*"]);
    // The old bytes would be fetched anew if it were purged before the new version answers.
    expect(answeredBefore[0]).toBeGreaterThan(asked);
    expect(good.record).toMatchObject({ result: "deployed", failed: [] });

    railway.broken.add(flow.push("w2"));
    const bad = await deployAtRailway("w2", more);
    expect(bad.exitCode).not.toBe(0);
    expect(commits()).toEqual([good.sha, bad.sha, good.sha]);
    expect(bad.steps).toMatchObject({ hook: "failure", "back-hook": "success", prove: "success" });
    expect(bad.record).toMatchObject({ result: "rolled-back", previous: good.sha, failed: ["hook"] });
    expect(purged()).toEqual(["/*", "/*"]);

    cloudfront.instead(() => awsError(403, "AccessDenied"));
    const unpurged = await deployAtRailway("w3", more);
    expect(unpurged.exitCode).not.toBe(0);
    expect(commits().slice(3)).toEqual([unpurged.sha, good.sha]);
    expect(unpurged.record).toMatchObject({ result: "rolled-back", failed: ["purge", "back-purge"] });
    await cloudfront.stop();
    const told = [good, bad, unpurged].flatMap(({ lines }) =>
      lines.filter(({ command }) => command !== "add-mask"),
    );
    for (const hidden of [railway.projectToken, secret]) expect(JSON.stringify(told)).not.toContain(hidden);
  });
});
