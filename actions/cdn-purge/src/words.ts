import type { Purge } from "./plan.ts";

const nouns = { files: "address", tags: "tag", prefixes: "prefix", hosts: "host", paths: "path" } as const;

/** A purge for people: `Cloudflare, 3 tags`. */
export function describePurge({ cdn, kind, items }: Purge): string {
  const name = cdn === "cloudflare" ? "Cloudflare" : "CloudFront";
  return `${name}, ${kind === "purge_everything" ? "everything" : counted(items, nouns[kind])}`;
}

function counted(items: readonly string[], noun: string): string {
  if (items.length === 1) return `1 ${noun}`;
  return `${items.length.toLocaleString("en")} ${noun}${/(?:s|x)$/.test(noun) ? "es" : "s"}`;
}
