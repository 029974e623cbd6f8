import type { Headers } from "./headers.ts";

/** What a state of a deploy means. */
export type Phase = "waiting" | "live" | "failed" | "unknown";

/** What the platform's API said of a deploy. */
export type Seen =
  | { readonly kind: "state"; readonly status: string; readonly phase: Phase }
  | {
      readonly kind: "trouble";
      /** A phrase without a full stop. */
      readonly why: string;
      readonly hint: string;
      /** How often in a row this may happen before it is believed. */
      readonly patience: number;
    };

export type Question = {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Headers;
  readonly body?: string;
};

/** The API by which a platform tells of its deploys. */
export type StatusApi = {
  readonly question: (deployId: string) => Question;
  /** Reads an answer of a status below 500 other than 429. */
  readonly read: (status: number, text: string) => Seen;
};

/** The phase of a state by a table of those that are known. A state is told only in characters that states have. */
export function seen(status: unknown, phases: Readonly<Record<string, Phase>>): Seen {
  if (typeof status !== "string" || !/^[\w-]{1,60}$/.test(status)) return notUnderstood(200);
  return {
    kind: "state",
    status,
    phase: Object.hasOwn(phases, status) ? (phases[status] ?? "unknown") : "unknown",
  };
}

/** A proxy or a portal may have answered; the API itself comes back. */
export function notUnderstood(status: number): Seen {
  return {
    kind: "trouble",
    why: `the API's answer (HTTP ${status}) is none that it is known to give`,
    hint: "Check api-url, and for a proxy in between.",
    patience: Number.POSITIVE_INFINITY,
  };
}

/** What the API says with the statuses that mean the same everywhere; `undefined` for a success. */
export function refusal(status: number): Seen | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status === 401 || status === 403) return notAllowed(`HTTP ${status}`);
  // A deploy that was made a moment ago need not be there yet.
  if (status === 404) return notThere();
  return notUnderstood(status);
}

/** The token is wrong, or not for this. */
export function notAllowed(said: string): Seen {
  const hint = "Check api-token: that it is not expired, and belongs to the service's workspace or project.";
  return { kind: "trouble", why: `the API refuses the token (${said})`, hint, patience: 0 };
}

/** The API does not know the deploy. */
export function notThere(): Seen {
  const hint = "Check that api-token and service-id belong to the service that the hook deploys.";
  return { kind: "trouble", why: "the API does not know the deploy", hint, patience: 5 };
}

/** The object in a JSON text; an empty one for anything else. */
export function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return {}; // Without the cause: JSON.parse quotes what it stumbled over.
  }
}

/** The value itself when it is an object, else an empty one. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** An id out of an answer, if it is one that can go into an address and a log. */
export function idIn(value: unknown): string | undefined {
  return typeof value === "string" && /^[\w-]{1,100}$/.test(value) ? value : undefined;
}
