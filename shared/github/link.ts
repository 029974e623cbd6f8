/**
 * The address of a `Link` header (RFC 8288) whose relation is `relation`; `undefined` when there is none. Addresses
 * that are relative stay so.
 */
export function linkTo(header: string | undefined, relation: string): string | undefined {
  for (const [, target, parameters] of (header ?? "").matchAll(entry)) {
    const found = relations.exec(parameters ?? "");
    const names = (found?.[1] ?? found?.[2] ?? "").toLowerCase().split(/\s+/);
    if (names.includes(relation)) return target;
  }
  return undefined;
}

// `<target>` and then parameters, in which a quoted text may hold commas.
const entry = /<([^<>]*)>((?:\s*;\s*[^\s=;,]+\s*(?:=\s*(?:"[^"]*"|[^\s";,]*))?)*)/g;
const relations = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s";,]+))/i;
