import { throwProblems, UserError } from "../../../shared/runtime/user-error.ts";
import type { Inputs } from "./inputs.ts";

/** The kinds of things that Cloudflare purges, by their names in its API. */
export type CloudflareKind = "purge_everything" | "files" | "tags" | "prefixes" | "hosts";

/** One request to a CDN. */
export type Purge =
  | { readonly cdn: "cloudflare"; readonly kind: CloudflareKind; readonly items: readonly string[] }
  | { readonly cdn: "cloudfront"; readonly kind: "paths"; readonly items: readonly string[] };

export type Lists = Pick<
  Inputs,
  | "cloudflareZone"
  | "cloudfrontDistribution"
  | "everything"
  | "urls"
  | "paths"
  | "tags"
  | "prefixes"
  | "hosts"
>;

// "Purge cache" of Cloudflare's documentation (July 2026): operations in one request, on every plan.
const CLOUDFLARE_BATCH = 100;
// "Concurrent invalidation request maximum" of the CloudFront guide: 3,000 files and 15 wildcards at a time.
const CLOUDFRONT_BATCH = 1_000;
const CLOUDFRONT_WILDCARDS = 15;

/** Checks what the inputs say together, all at once. Throws UserError or UserErrors. */
export function checkInputs(inputs: Inputs): void {
  const { cloudflareZone, cloudfrontDistribution, cloudflareToken, everything } = inputs;
  const { urls, paths, tags, prefixes, hosts } = inputs;
  const problems: UserError[] = [];
  const refuse = (input: string, why: string, hint: string): void =>
    void problems.push(new UserError(`input ${input}: ${why}.`, { hint, where: { input } }));
  if (cloudflareZone === undefined && cloudfrontDistribution === undefined)
    refuse("cloudflare-zone", "is empty, and so is cloudfront-distribution", "Set one of them, or both.");
  if (cloudflareZone !== undefined && cloudflareToken === undefined)
    refuse(
      "cloudflare-token",
      "is required for Cloudflare",
      "A secret that does not exist gives an empty value.",
    );
  const ofCloudflare = Object.entries({ tags, prefixes, hosts }).filter(([, list]) => list.length > 0);
  if (everything) {
    const lists = Object.entries({ urls, paths, tags, prefixes, hosts }).filter(
      ([, list]) => list.length > 0,
    );
    for (const [input] of lists)
      refuse(
        input,
        "is given together with everything",
        "Leave one of the two out: everything is all there is.",
      );
  } else {
    if (cloudflareZone === undefined)
      for (const [input] of ofCloudflare)
        refuse(input, "is for Cloudflare", "Set 'cloudflare-zone', or use paths.");
    if (cloudfrontDistribution === undefined && paths.length > 0)
      refuse("paths", "is for CloudFront", "Set 'cloudfront-distribution', or use urls or prefixes.");
    if (cloudflareZone !== undefined && ofCloudflare.length === 0 && urls.length === 0)
      refuse(
        "cloudflare-zone",
        "is set, and nothing to purge there",
        "Set everything, urls, tags, prefixes or hosts.",
      );
    if (cloudfrontDistribution !== undefined && urls.length === 0 && paths.length === 0)
      refuse(
        "cloudfront-distribution",
        "is set, and nothing to purge there",
        "Set everything, urls or paths.",
      );
  }
  throwProblems(problems);
}

/** The decision: the requests that purge what the inputs name, each within what its CDN takes at once. */
export function planOf(lists: Lists): Purge[] {
  const { cloudflareZone, cloudfrontDistribution, everything, urls, paths, tags, prefixes, hosts } = lists;
  const plan: Purge[] = [];
  if (cloudflareZone !== undefined) {
    if (everything) plan.push({ cdn: "cloudflare", kind: "purge_everything", items: [] });
    else {
      for (const [kind, items] of Object.entries({ files: urls, tags, prefixes, hosts }))
        for (const batch of batches(items, CLOUDFLARE_BATCH))
          plan.push({ cdn: "cloudflare", kind: kind as CloudflareKind, items: batch });
    }
  }
  if (cloudfrontDistribution !== undefined) {
    const all = everything ? ["/*"] : [...new Set([...urls.map(pathOf), ...paths])];
    const wildcards = all.filter((path) => path.endsWith("*"));
    const files = all.filter((path) => !path.endsWith("*"));
    for (const items of [...batches(files, CLOUDFRONT_BATCH), ...batches(wildcards, CLOUDFRONT_WILDCARDS)])
      plan.push({ cdn: "cloudfront", kind: "paths", items });
  }
  return plan;
}

/** As CloudFront names what an address leads to: the path and the query, as they are written. */
function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

function batches(items: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
