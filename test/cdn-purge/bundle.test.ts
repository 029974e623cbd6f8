import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { schemas } from "../../actions/cdn-purge/src/schemas.ts";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { type ActionResult, runAction } from "../../scripts/runner/run-action.ts";
import { type Cloudflare, startCloudflare } from "../support/cdn/cloudflare.ts";
import { type CloudFront, startCloudFront } from "../support/cdn/cloudfront.ts";
import { some } from "../support/effort.ts";
import { startHttpServer } from "../support/http-server.ts";
import { elsewhere, repeats, silence, troubles } from "../support/providers/troubles.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { leaks, type Texts } from "../validate-secrets/leaks.ts";
import type { Inputs } from "./run-here.ts";

let cloudflare: Cloudflare;
let cloudfront: CloudFront;
beforeAll(async () => {
  [cloudflare, cloudfront] = await Promise.all([startCloudflare(), startCloudFront()]);
});
afterAll(async () => {
  await Promise.all([cloudflare.stop(), cloudfront.stop()]);
});
beforeEach(() => {
  cloudflare.instead();
  cloudfront.instead();
});

type Environment = Readonly<Record<string, string>>;

const keys = (): Environment => ({
  ...{ AWS_ACCESS_KEY_ID: cloudfront.keyId, AWS_SECRET_ACCESS_KEY: cloudfront.secret },
  ...{ AWS_SESSION_TOKEN: cloudfront.sessionToken, RUNNER_DEBUG: "1" },
});

/** Starts the built action as the runner would, for both CDNs. What it leaves is read. */
function start(inputs: Inputs = {}, env: Environment = keys()) {
  const temp = makeTempDir("runner-temp");
  onTestFinished(() => temp.remove());
  const given = {
    ...{ "cloudflare-api-url": cloudflare.apiUrl, "cloudflare-zone": cloudflare.zone },
    ...{ "cloudflare-token": cloudflare.token, "cloudfront-distribution": cloudfront.distribution },
    ...{
      "cloudfront-api-url": cloudfront.apiUrl,
      everything: "true",
      wait: "false",
      retries: "1",
      ...inputs,
    },
  };
  const dir = path.join(REPOSITORY, "build/dist/cdn-purge");
  const running = runAction({ dir, temp: temp.path, inputs: given, env });
  const done = running.done.then((result): ActionResult & { readonly texts: Texts } => {
    const report = readFileSync(result.outputs["report"] ?? "", "utf8");
    schemas["report.schema.json"].parse(JSON.parse(report));
    const files = readdirSync(temp.path, { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    const texts = files.map(({ parentPath, name }) => [
      name,
      readFileSync(path.join(parentPath, name), "utf8"),
    ]);
    // The runner takes the masks out of the log.
    const stdout = result.stdout.replace(/^::add-mask::.*$/gm, "");
    const { stderr, log } = result;
    return { ...result, texts: { ...Object.fromEntries(texts), stdout, stderr, log } };
  });
  return { ...running, done };
}

const secrets = () => ({
  ...{ token: cloudflare.token, secret: cloudfront.secret, session: cloudfront.sessionToken },
});

describe("the built action", () => {
  it("purges both CDNs, and gives its outputs", async () => {
    const result = await start().done;
    expect(result.conclusion).toBe("success");
    expect(result.outputs).toMatchObject({
      ...{ result: "purged", requests: "2", "invalidation-ids": cloudfront.invalidations.at(-1)?.id },
    });
    expect(cloudflare.purges.at(-1)).toEqual({ kind: "purge_everything", items: true });
    expect(leaks(result.texts, secrets())).toEqual([]);
  });

  it("purges nothing at either when there are no credentials for one", async () => {
    const before = cloudflare.requests.length;
    const result = await start({}, { AWS_EC2_METADATA_DISABLED: "true" }).done;
    expect(result.conclusion).toBe("failure");
    expect(result.annotations[0]?.message).toContain("No credentials for AWS were found");
    expect(cloudflare.requests.length).toBe(before);
  });

  it("logs in to AWS with the job's own token (OIDC)", async () => {
    const credentials = `<AccessKeyId>${cloudfront.keyId}</AccessKeyId><SecretAccessKey>${cloudfront.secret}</SecretAccessKey><SessionToken>${cloudfront.sessionToken}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>`;
    const sts = await startHttpServer(() => ({
      headers: { "content-type": "text/xml" },
      body: `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>${credentials}</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
    }));
    const folder = makeTempDir("oidc");
    onTestFinished(async () => {
      folder.remove();
      await sts.stop();
    });
    const file = path.join(folder.path, "token");
    writeFileSync(file, "the.jobs.token");
    const result = await start(
      {},
      {
        ...{ AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/deploy" },
        ...{ AWS_REGION: "eu-central-1", AWS_ENDPOINT_URL_STS: sts.origin },
      },
    ).done;
    expect(result.log).not.toContain("No credentials");
    expect(result.conclusion).toBe("success");
    expect(sts.requests[0]?.body.toString()).toContain("WebIdentityToken=the.jobs.token");
    expect(leaks(result.texts, secrets())).toEqual([]);
  });

  it("stops when it is cancelled, and says what was purged", async () => {
    const running = start();
    cloudfront.instead((...request) => {
      running.cancel();
      return silence(...request);
    });
    const result = await running.done;
    expect(result.exitCode).toBe(130);
    expect(result.outputs).toMatchObject({ result: "cancelled", requests: "1" });
    expect(result.orphans).toEqual([]);
  });
});

describe("no secret gets out", () => {
  it.each(some(4, Object.entries(troubles)))("of CDNs of which each %s", async (_name, trouble) => {
    cloudflare.instead(trouble);
    cloudfront.instead(trouble);
    const result = await start({ timeout: "5s" }).done;
    expect(result.conclusion).toBe("failure");
    expect(leaks(result.texts, secrets())).toEqual([]);
  });

  it("of CDNs that repeat the request in what they refuse", async () => {
    const { token } = cloudflare;
    const forms = [token, btoa(`x${token}`), Buffer.from(token).toString("hex"), encodeURIComponent(token)];
    const errors = [
      { code: 1, message: `${"x".repeat(295)}${token}` },
      { code: 2, message: forms.join(" ") },
    ];
    cloudflare.instead(() => ({ status: 400, json: { success: false, errors } }));
    cloudfront.instead(repeats(403));
    const result = await start().done;
    expect(result.conclusion).toBe("failure");
    expect(leaks(result.texts, secrets())).toEqual([]);
  });

  it("to where a redirect leads", async () => {
    const stranger = await startHttpServer();
    onTestFinished(() => stranger.stop());
    cloudflare.instead(elsewhere(stranger.origin));
    cloudfront.instead(elsewhere(stranger.origin));
    const result = await start().done;
    expect(result.conclusion).toBe("failure");
    expect(stranger.connections()).toBe(0);
  });
});
