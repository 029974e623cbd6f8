import type { Answer } from "../http-server.ts";

const DOCUMENTATION = "https://docs.github.com/rest/packages/packages";

/** An answer of GitHub's that is not what was asked for, in the words in which it gives it. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }

  /** As the REST API says it. */
  answer(): Answer {
    const json = { message: this.message, documentation_url: DOCUMENTATION, status: String(this.status) };
    return { status: this.status, headers: this.headers, json };
  }
}

/** What GitHub says of a package or a version that is not there, or that the token may not see, or may not delete. */
export const notFound = () => new Refusal(404, "Package not found.");
