import {
  boolean,
  duration,
  type Field,
  type InputsOf,
  integer,
  oneOf,
  optional,
  text,
} from "../../../shared/runtime/inputs.ts";
import { ValueError } from "../../../shared/runtime/values.ts";
import { parseHookAddress, parseWebAddress } from "./address.ts";
import { parseHeaders } from "./headers.ts";

const hidden = <T>(parse: (value: string) => T): Field<T> => ({ parse, secret: true });
const shown = <T>(parse: (value: string) => T): Field<T> => ({ parse, secret: false });

/** The inputs of action.yml. */
export const spec = {
  "hook-url": optional(hidden(parseHookAddress)),
  platform: oneOf("auto", "render", "railway", "generic"),
  operation: oneOf("deploy", "rollback"),
  method: oneOf("POST", "GET"),
  headers: { ...hidden(parseHeaders), whenEmpty: () => ({}) },
  body: optional(text()),
  ref: optional(shown(parseCommit)),
  image: optional(shown(parseImage)),
  "api-token": optional(hidden(parseToken)),
  "api-url": optional(shown(parseWebAddress)),
  "service-id": optional(shown(parseId)),
  "environment-id": optional(shown(parseId)),
  interval: duration(),
  "answer-timeout": duration(),
  retries: integer({ min: 0, max: 20 }),
  timeout: duration(),
  "dry-run": boolean(),
} as const;

export type Inputs = InputsOf<typeof spec>;

function parseCommit(value: string): string {
  if (/^[0-9a-f]{7,64}$/i.test(value)) return value;
  throw new ValueError("must be the SHA of a commit");
}

function parseImage(value: string): string {
  if (/^[\w./:@+-]{1,512}$/.test(value)) return value;
  throw new ValueError("must be an image such as ghcr.io/acme/shop:1.4.0 or ghcr.io/acme/shop@sha256:…");
}

/** It becomes part of an address, and must not become more of it. */
function parseId(value: string): string {
  if (/^[\w-]{1,100}$/.test(value)) return value;
  throw new ValueError("must be an id of letters, digits and dashes");
}

function parseToken(value: string): string {
  if (/^[!-~]+$/.test(value)) return value;
  throw new ValueError("must be a token without blanks or line breaks");
}
