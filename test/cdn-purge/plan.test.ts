import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Lists, planOf } from "../../actions/cdn-purge/src/plan.ts";
import { UserError, UserErrors } from "../../shared/runtime/user-error.ts";
import { CLOUDFLARE_MOST } from "../support/cdn/cloudflare.ts";
import { type Inputs, runHere } from "./run-here.ts";

const zone = "0123456789abcdef0123456789abcdef";
const both: Lists = {
  ...{ cloudflareZone: zone, cloudfrontDistribution: "E2QWRUHEXAMPLE", everything: false },
  ...{ urls: [], paths: [], tags: [], prefixes: [], hosts: [] },
};

describe("the plan", () => {
  it("is one request to each CDN for everything", () => {
    expect(planOf({ ...both, everything: true })).toEqual([
      { cdn: "cloudflare", kind: "purge_everything", items: [] },
      { cdn: "cloudfront", kind: "paths", items: ["/*"] },
    ]);
  });

  it("names the path and the query of an address to CloudFront, each once", () => {
    const urls = [
      "https://a.example/x?b=1#top",
      "https://b.example/x?b=1",
      "https://a.example",
      "http://a.example/ü",
    ];
    const plan = planOf({ ...both, urls, paths: ["/x?b=1", "/y"] });
    expect(plan.find(({ cdn }) => cdn === "cloudfront")?.items).toEqual(["/x?b=1", "/", "/%C3%BC", "/y"]);
  });

  it("asks for everything that was named, once, in order, and never for more than a CDN takes at once", () => {
    const list = (prefix: string) =>
      fc
        .integer({ min: 0, max: 2_500 })
        .map((size) => Array.from({ length: size }, (_, index) => `${prefix}${index}`));
    const lists = fc.record({
      urls: list("https://a.example/"),
      tags: list("t"),
      hosts: list("h."),
      paths: list("/"),
    });
    fc.assert(
      fc.property(lists, fc.nat({ max: 80 }), (given, wild) => {
        const wildcards = Array.from({ length: wild }, (_, index) => `/w${index}/*`);
        const plan = planOf({ ...both, ...given, paths: [...given.paths, ...wildcards] });
        const asked = (kind: string) =>
          plan.filter((purge) => purge.kind === kind).flatMap(({ items }) => items as string[]);
        expect(asked("files")).toEqual(given.urls);
        expect(asked("tags")).toEqual(given.tags);
        expect(asked("hosts")).toEqual(given.hosts);
        const paths = new Set([
          ...given.urls.map((url) => new URL(url).pathname),
          ...given.paths,
          ...wildcards,
        ]);
        expect(asked("paths").toSorted()).toEqual([...paths].toSorted());
        for (const { cdn, items } of plan) {
          expect(items.length).toBeGreaterThan(0);
          expect(items.length).toBeLessThanOrEqual(cdn === "cloudflare" ? CLOUDFLARE_MOST : 3_000);
          expect(items.filter((item) => item.endsWith("*")).length).toBeLessThanOrEqual(15);
        }
      }),
      { numRuns: 30 },
    );
  });
});

async function mistakes(inputs: Inputs): Promise<string[]> {
  const thrown: unknown = await runHere(inputs).catch((error: unknown) => error);
  const problems = thrown instanceof UserErrors ? thrown.problems : [thrown];
  return problems.map((problem) =>
    problem instanceof UserError ? (problem.where?.input ?? "") : String(problem),
  );
}

describe("inputs that do not fit", () => {
  const cloudflare = { "cloudflare-zone": zone, "cloudflare-token": "t" };
  const cloudfront = { "cloudfront-distribution": "E2QWRUHEXAMPLE" };
  it.each<[string, Inputs, string[]]>([
    ["no CDN", { everything: "true" }, ["cloudflare-zone"]],
    ["no token", { "cloudflare-zone": zone, everything: "true" }, ["cloudflare-token"]],
    ["nothing to purge", cloudflare, ["cloudflare-zone"]],
    ["nothing to purge at one of two", { ...cloudflare, ...cloudfront, paths: "/x" }, ["cloudflare-zone"]],
    [
      "nothing to purge at the other",
      { ...cloudflare, ...cloudfront, tags: "x" },
      ["cloudfront-distribution"],
    ],
    ["everything and a list", { ...cloudflare, everything: "true", tags: "x" }, ["tags"]],
    ["tags for CloudFront", { ...cloudfront, paths: "/x", tags: "x", hosts: "a.b" }, ["tags", "hosts"]],
    ["paths for Cloudflare", { ...cloudflare, urls: "https://a.example/", paths: "/x" }, ["paths"]],
    [
      "a zone by its name",
      { ...cloudflare, "cloudflare-zone": "a.example", everything: "true" },
      ["cloudflare-zone"],
    ],
    ["a path without a slash", { ...cloudfront, paths: "x" }, ["paths"]],
    ["a path with a star inside", { ...cloudfront, paths: "/a/*/b" }, ["paths"]],
    ["a path with a letter beyond ASCII", { ...cloudfront, paths: "/ü" }, ["paths"]],
    ["an address without a scheme", { ...cloudflare, urls: "a.example/x" }, ["urls"]],
    ["a prefix with a scheme", { ...cloudflare, prefixes: "https://a.example/x" }, ["prefixes"]],
    ["a host with a path", { ...cloudflare, hosts: "a.example/x" }, ["hosts"]],
    ["a tag with a blank", { ...cloudflare, tags: "a b" }, ["tags"]],
    [
      "an API in the clear",
      { ...cloudflare, everything: "true", "cloudflare-api-url": "http://a.example" },
      ["cloudflare-api-url"],
    ],
  ])("%s", async (_what, inputs, names) => {
    expect(await mistakes(inputs)).toEqual(names);
  });
});
