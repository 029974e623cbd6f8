import { parseAge } from "../../../shared/runtime/age.ts";
import {
  boolean,
  duration,
  type Field,
  type InputsOf,
  integer,
  oneOf,
  optional,
  secret,
  text,
} from "../../../shared/runtime/inputs.ts";
import { parseInteger, ValueError } from "../../../shared/runtime/values.ts";
import type { Pattern } from "./pattern.ts";
import { parsePatterns, parseSelection, splitPatterns } from "./pattern-list.ts";

const age: Field<number> = { secret: false, parse: parseAge };
const patterns: Field<readonly Pattern[]> = {
  secret: false,
  parse: (value) => parsePatterns(splitPatterns(value)),
  whenEmpty: () => [],
};

/** The inputs of action.yml. */
export const spec = {
  packages: { secret: false, parse: parseSelection },
  owner: { secret: false, parse: parseOwner, whenEmpty: () => "" },
  "github-token": secret(),
  "registry-url": optional({ secret: false, parse: parseRegistry }),
  config: optional(text()),
  "older-than": age,
  "age-by": oneOf("updated", "created"),
  "keep-last": integer({ min: 0 }),
  "keep-tags": patterns,
  "delete-tags": { secret: false, parse: parseDeleteTags },
  "delete-untagged": boolean(),
  "keep-untagged": integer({ min: 0 }),
  "min-age": age,
  "protect-digests": text(),
  "allow-empty": boolean(),
  "max-deletes": { secret: false, parse: parseMaxDeletes },
  "max-percent": integer({ min: 0, max: 100 }),
  "manifest-cache": optional(text()),
  "measure-bytes": oneOf("auto", "always", "never"),
  pace: duration(),
  "dry-run": boolean(),
  timeout: duration(),
} as const;

export type Inputs = InputsOf<typeof spec>;

/** `none`, or patterns; nothing at all would be an unset variable, and would widen what goes. Throws ValueError. */
export function parseDeleteTags(value: string): readonly Pattern[] {
  if (value.trim() === "none") return [];
  const entries = splitPatterns(value);
  if (entries.length === 0) throw new ValueError("must be none, or a list of patterns");
  return parsePatterns(entries);
}

// Nothing at all would be an unset variable, and would lift the limit.
function parseMaxDeletes(value: string): number {
  return value === "none" ? Number.POSITIVE_INFINITY : parseInteger(value, { min: 1 });
}

// Letters, digits and dashes; bots and enterprise users have an underscore.
function parseOwner(value: string): string {
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,99})$/.test(value)) {
    throw new ValueError("must be the name of an organisation or user");
  }
  return value;
}

function parseRegistry(value: string): URL {
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.pathname !== "/") {
    throw new ValueError("must be an address such as https://ghcr.io");
  }
  // The token goes there.
  const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === "http:" && !loopback) throw new ValueError("must start with https://");
  return url;
}
