import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { awsError, type CloudFront, startCloudFront } from "../support/cdn/cloudfront.ts";
import type { Handler } from "../support/http-server.ts";
import { troubles } from "../support/providers/troubles.ts";
import { type Here, type Inputs, runHere } from "./run-here.ts";

let cloudfront: CloudFront;
const earlier = { ...process.env };
beforeAll(async () => {
  cloudfront = await startCloudFront();
  // Where every tool of AWS looks, and in no input.
  process.env["AWS_ACCESS_KEY_ID"] = cloudfront.keyId;
  process.env["AWS_SECRET_ACCESS_KEY"] = cloudfront.secret;
  process.env["AWS_SESSION_TOKEN"] = cloudfront.sessionToken;
});
afterAll(async () => {
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]) {
    if (earlier[name] === undefined) delete process.env[name];
    else process.env[name] = earlier[name];
  }
  await cloudfront.stop();
});
beforeEach(() => {
  cloudfront.instead();
  cloudfront.whenBegun(() => undefined);
  cloudfront.takes(0);
});

const purge = (inputs: Inputs = { everything: "true" }): Promise<Here> =>
  runHere({
    ...{ "cloudfront-api-url": cloudfront.apiUrl, "cloudfront-distribution": cloudfront.distribution },
    ...inputs,
  });
const since = async (work: () => Promise<Here>) => {
  const before = cloudfront.invalidations.length;
  const outcome = await work();
  return { outcome, made: cloudfront.invalidations.slice(before) };
};
const first = (count: number, handler: Handler, after?: "after"): void => {
  let left = count;
  cloudfront.instead((...request) => {
    if (--left === 0) cloudfront.instead();
    return handler(...request);
  }, after);
};

describe("CloudFront is purged", () => {
  it("of everything, and its end is waited for", async () => {
    cloudfront.takes(3);
    const { outcome, made } = await since(purge);
    expect(outcome).toMatchObject({ result: "purged", failures: [], slept: 15_000 });
    expect(made).toMatchObject([{ paths: ["/*"], left: 0 }]);
    expect(outcome.outputs["invalidation-ids"]).toBe(made[0]?.id);
    expect(outcome.details["purges"]).toMatchObject([{ state: "completed" }]);
  });

  it("of paths with every sign that XML has a meaning for", async () => {
    const paths = `/a&b<c>"d"'e'?x=1,2&y=%20\n/images/*`;
    const { outcome, made } = await since(() => purge({ paths, urls: "https://a.example/z?q=1&r=2" }));
    expect(outcome.result).toBe("purged");
    expect(made.flatMap((each) => each.paths)).toEqual([
      "/z?q=1&r=2",
      `/a&b<c>"d"'e'?x=1,2&y=%20`,
      "/images/*",
    ]);
  });

  it("without waiting when that is not wanted", async () => {
    cloudfront.takes(100);
    const { outcome } = await since(() => purge({ everything: "true", wait: "false" }));
    expect(outcome).toMatchObject({
      result: "purged",
      slept: 0,
      details: { purges: [{ state: "accepted" }] },
    });
    // It would be in the way of the purges that follow.
    for (const each of cloudfront.invalidations) each.left = 0;
  });

  it("once, when the answer to a request that was carried out is lost", async () => {
    first(1, (_request, response) => void response.destroy(), "after");
    const { outcome, made } = await since(purge);
    expect(outcome.result).toBe("purged");
    expect(made).toHaveLength(1);
  });

  it("anew by each run", async () => {
    const { made } = await since(async () => {
      await purge();
      return purge();
    });
    expect(made).toHaveLength(2);
  });

  it("of more wildcards than may be in progress, one after the other", async () => {
    const paths = Array.from({ length: 40 }, (_, index) => `/w${index}/*`);
    cloudfront.takes(4);
    const before = cloudfront.requests.length;
    const { outcome, made } = await since(() => purge({ paths: paths.join("\n"), retries: "0" }));
    expect(outcome.result).toBe("purged");
    // Two of the three requests were turned away at first.
    expect(cloudfront.requests.length - before).toBeGreaterThan(3 + 2);
    expect(made.flatMap((each) => each.paths)).toEqual(paths);
  });

  it.each(Object.entries(troubles))("though it %s for a while", async (_name, trouble) => {
    cloudfront.takes(1);
    first(2, trouble);
    const { outcome, made } = await since(() => purge({ everything: "true", timeout: "3h" }));
    expect(outcome).toMatchObject({ result: "purged", failures: [] });
    expect(made).toHaveLength(1);
  });

  it("with credentials that are masked", async () => {
    const { secrets } = await purge();
    expect(secrets).toEqual(expect.arrayContaining([cloudfront.secret, cloudfront.sessionToken]));
  });
});

describe("the step fails", () => {
  it.each(["AccessDenied", "NoSuchDistribution", "InvalidArgument", "SignatureDoesNotMatch", "ExpiredToken"])(
    "at once when CloudFront says %s",
    async (code) => {
      cloudfront.instead(() => awsError(403, code));
      const before = cloudfront.requests.length;
      const outcome = await purge();
      expect(outcome).toMatchObject({ result: "failed", outputs: { requests: 0 } });
      expect(outcome.failures[0]?.message).toContain(`CloudFront says ${code}`);
      expect(cloudfront.requests.length - before).toBe(1);
    },
  );

  it("when the end was not seen in time, and names the invalidation", async () => {
    cloudfront.takes(1_000_000);
    const { outcome, made } = await since(() => purge({ everything: "true", timeout: "10m" }));
    expect(outcome.result).toBe("failed");
    expect(outcome.failures[0]?.message).toContain(`was not finished before the time ended (${made[0]?.id})`);
    for (const each of cloudfront.invalidations) each.left = 0;
  });

  it("when others are in the way for longer than the timeout", async () => {
    cloudfront.instead(() => awsError(400, "TooManyInvalidationsInProgress"));
    const outcome = await purge();
    expect(outcome.failures[0]?.message).toContain("as much to do as it takes");
  });

  it("when it was seen to have begun, and the API then turns away", async () => {
    cloudfront.takes(5);
    cloudfront.whenBegun(() => cloudfront.instead(() => awsError(403, "AccessDenied")));
    const outcome = await purge();
    expect(outcome.result).toBe("failed");
    expect(outcome.failures[0]?.message).toContain("was not seen to its end");
  });
});
