import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Cancelled } from "../../shared/runtime/cancellation.ts";
import { type Cloudflare, refusal, startCloudflare } from "../support/cdn/cloudflare.ts";
import type { Handler } from "../support/http-server.ts";
import { troubles } from "../support/providers/troubles.ts";
import { type Here, type Inputs, runHere } from "./run-here.ts";

let cloudflare: Cloudflare;
beforeAll(async () => {
  cloudflare = await startCloudflare();
});
afterAll(() => cloudflare.stop());
beforeEach(() => cloudflare.instead());

const purge = (inputs: Inputs = { everything: "true" }, stop?: AbortController): Promise<Here> => {
  const { apiUrl, zone, token } = cloudflare;
  const given = {
    "cloudflare-api-url": apiUrl,
    "cloudflare-zone": zone,
    "cloudflare-token": token,
    ...inputs,
  };
  return runHere(given, stop);
};
const since = async (work: () => Promise<Here>) => {
  const before = cloudflare.purges.length;
  const outcome = await work();
  return { outcome, purges: cloudflare.purges.slice(before) };
};
/** Meets the first requests, and then the service. */
const first = (count: number, handler: Handler): void => {
  let left = count;
  cloudflare.instead((...request) => {
    if (--left === 0) cloudflare.instead();
    return handler(...request);
  });
};

describe("Cloudflare is purged", () => {
  it("of everything", async () => {
    const { outcome, purges } = await since(purge);
    expect(outcome).toMatchObject({ result: "purged", failures: [], outputs: { requests: 1 } });
    expect(purges).toEqual([{ kind: "purge_everything", items: true }]);
  });

  it("of all that is named, a comma within an address included", async () => {
    const urls = "https://a.example/x,y, https://a.example/z\nhttps://a.example/x,y";
    const { outcome, purges } = await since(() =>
      purge({ urls, tags: "t1, t2", prefixes: "a.example/img", hosts: "b.example" }),
    );
    expect(outcome.result).toBe("purged");
    expect(purges).toEqual([
      { kind: "files", items: ["https://a.example/x,y", "https://a.example/z"] },
      { kind: "tags", items: ["t1", "t2"] },
      { kind: "prefixes", items: ["a.example/img"] },
      { kind: "hosts", items: ["b.example"] },
    ]);
  });

  it("in as many requests as a long list takes", async () => {
    const tags = Array.from({ length: 250 }, (_, index) => `t${index}`);
    const { outcome, purges } = await since(() => purge({ tags: tags.join(",") }));
    expect(outcome.outputs["requests"]).toBe(3);
    expect(purges.flatMap(({ items }) => (items === true ? [] : items))).toEqual(tags);
  });

  it.each(Object.entries(troubles))("though it %s for a while", async (_name, trouble) => {
    first(2, trouble);
    const { outcome, purges } = await since(() => purge({ everything: "true", timeout: "3h" }));
    expect(outcome).toMatchObject({ result: "purged", failures: [] });
    expect(purges).toHaveLength(1);
  });

  it("however long its rate limit lasts within the timeout", async () => {
    first(30, () => ({ status: 429, headers: { "retry-after": "10" } }));
    const outcome = await purge({ everything: "true", retries: "0" });
    expect(outcome).toMatchObject({ result: "purged", slept: 300_000 });
  });
});

describe("the step fails", () => {
  const untold: Handler = () => refusal(200, 1234, "Something is not right");
  it.each<[string, Handler, string]>([
    ["Cloudflare says no with HTTP 200", untold, "Cloudflare says 1234 Something is not right"],
    [
      "the token is refused",
      () => refusal(403, 10_000, "Authentication error"),
      "10000 Authentication error",
    ],
    ["it says no without a reason", () => ({ json: { success: false } }), "HTTP 200 and no reason"],
    [
      "it says yes with an error's status",
      () => ({ status: 400, json: { success: true, errors: [] } }),
      "HTTP 400",
    ],
  ])("at once when %s", async (_what, handler, why) => {
    cloudflare.instead(handler);
    const before = cloudflare.requests.length;
    const outcome = await purge();
    expect(outcome.result).toBe("failed");
    expect(outcome.failures[0]?.message).toContain(why);
    expect(cloudflare.requests.length - before).toBe(1);
  });

  it.each(Object.entries(troubles).filter(([name]) => name !== "is rate limited"))(
    "after the retries when it %s and goes on so",
    async (_name, trouble) => {
      cloudflare.instead(trouble);
      const before = cloudflare.requests.length;
      const outcome = await purge({ everything: "true", retries: "2", timeout: "12h" });
      expect(outcome).toMatchObject({ result: "failed", outputs: { requests: 0 } });
      expect(outcome.failures).toHaveLength(1);
      expect(cloudflare.requests.length - before).toBe(3);
    },
  );

  it("when the rate limit lasts longer than the timeout", async () => {
    cloudflare.instead(() => ({ status: 429, headers: { "retry-after": "86400" } }));
    expect(await purge()).toMatchObject({
      result: "failed",
      failures: [{ message: expect.stringContaining("no more purges") }],
    });
  });

  it("for one request of several, and the others are made", async () => {
    const { outcome, purges } = await since(() => {
      first(1, () => refusal(400, 1012, "not on this plan"));
      return purge({ tags: "t1", hosts: "a.example" });
    });
    expect(outcome.failures.map(({ message }) => message)).toEqual([
      "Cloudflare, 1 tag: was not purged: Cloudflare says 1012 not on this plan.",
    ]);
    expect(purges).toEqual([{ kind: "hosts", items: ["a.example"] }]);
  });
});

it("says what was purged when the run is cancelled in the middle", async () => {
  const stop = new AbortController();
  cloudflare.instead(() => {
    cloudflare.instead(() => {
      stop.abort(new Cancelled("SIGINT"));
      return undefined;
    });
    return { json: { success: true, errors: [] } };
  });
  const outcome = await purge({ tags: "t1", hosts: "a.example" }, stop);
  expect(outcome.failures).toEqual([]);
  expect(outcome.details["purges"]).toMatchObject([{ state: "completed" }, { state: "open" }]);
});

it("does not ask anybody in a dry run", async () => {
  const before = cloudflare.requests.length;
  expect(await purge({ everything: "true", "dry-run": "true" })).toMatchObject({
    result: "planned",
    failures: [],
  });
  expect(cloudflare.requests.length).toBe(before);
});
