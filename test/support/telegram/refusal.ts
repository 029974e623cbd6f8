export type RefusalParameters = { readonly retry_after?: number; readonly migrate_to_chat_id?: number };

/** A request that the service answers with `ok: false`. */
export class Refusal extends Error {
  readonly code: number;
  readonly description: string;
  readonly parameters: RefusalParameters;

  constructor(code: number, description: string, parameters: RefusalParameters = {}) {
    super(description);
    this.code = code;
    this.description = description;
    this.parameters = parameters;
  }
}

/** 400 with the prefix that the service puts before it; the first letter is made small, as it does. */
export function badRequest(message: string, parameters?: RefusalParameters): Refusal {
  const first = /^[A-Z][A-Z_]/.test(message) ? message[0] : message[0]?.toLowerCase();
  return new Refusal(400, `Bad Request: ${first}${message.slice(1)}`, parameters);
}

export const forbidden = (message: string): Refusal => new Refusal(403, `Forbidden: ${message}`);

/** What the service would let pass, or misread, and is a mistake of the client all the same: a test should see it. */
export class Misuse extends Refusal {
  constructor(what: string, answer: Refusal = new Refusal(400, `Bad Request: ${what}`)) {
    super(answer.code, answer.description, answer.parameters);
    this.message = what;
  }
}
