import type { IncomingHttpHeaders } from "node:http";
import type * as z from "zod";
import { AnswerError } from "../http/answer-error.ts";
import { exchange, HttpBodyError, HttpTimeout } from "../http/exchange.ts";
import { type Followed, follow, RedirectError } from "../http/follow.ts";
import { type Agents, openAgents } from "../http/route.ts";
import { errorCode, networkReason } from "../net/reason.ts";
import { remoteLine } from "../runtime/remote-text.ts";

/** Why GitHub gave no answer, in words. `status` is undefined where there was no HTTP answer. */
export class GitHubError extends AnswerError {
  override readonly name = "GitHubError";
}

export type GitHubOptions = {
  /** GITHUB_API_URL: that of GitHub, or of an own server. */
  readonly apiUrl: string;
  readonly token: string;
  /** Environment with the proxies. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly signal: AbortSignal;
};

/** An answer with whatever status. `message` is what GitHub says in it, on one line, without the token. */
export type GitHubAnswer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly message: string;
};

export type GitHubCall = {
  readonly method: string;
  /** Relative to the API, or an address below it. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly signal: AbortSignal;
};

const timeoutMs = 10_000;
// A page of a hundred versions, or a deletion, takes GitHub longer than a single value.
const callTimeoutMs = 30_000;
const largestBytes = 10 * 1024 * 1024;

/** Talks to the REST API of GitHub. Paths are relative: `repos/acme/shop/actions/runs/1`. */
export class GitHubClient {
  readonly #options: GitHubOptions;
  readonly #agents: Agents;

  constructor(options: GitHubOptions) {
    this.#options = options;
    this.#agents = openAgents({ keepAlive: true, proxyEnv: options.env });
  }

  /** A JSON answer. Throws a GitHubError for anything else, and the signal's reason. */
  async json<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
    const { body } = await this.#get(path, largestBytes);
    let value: unknown;
    try {
      value = JSON.parse(body.toString());
    } catch (cause) {
      throw new GitHubError("the answer is no JSON", { cause });
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw new GitHubError("the answer has an unknown form", { cause: parsed.error });
    return parsed.data;
  }

  /** An answer as text; a redirect to another host is followed without the token. Errors as for {@link json}. */
  async text(path: string, maxBytes: number): Promise<string> {
    return (await this.#get(path, maxBytes)).body.toString();
  }

  /**
   * One request, without following redirects, and whatever came of it. Throws a GitHubError where there was no answer,
   * or where `path` leads out of the API, and the signal's reason.
   */
  async send({ method, path, headers, json, signal }: GitHubCall): Promise<GitHubAnswer> {
    const url = this.#address(path);
    const content = json === undefined ? {} : { "content-type": "application/json" };
    const answer = await exchange(this.#agents, {
      method,
      url,
      headers: { ...this.#headers(), ...content, ...headers },
      ...(json === undefined ? {} : { body: Buffer.from(JSON.stringify(json)) }),
      timeoutMs: callTimeoutMs,
      maxBodyBytes: largestBytes,
      signal,
    }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new GitHubError(reasonOf(error), { cause: error });
    });
    return {
      status: answer.status,
      headers: answer.headers,
      body: answer.body,
      message: this.#said(answer.body),
    };
  }

  /** Closes the connections. */
  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  async #get(path: string, maxBodyBytes: number): Promise<Followed> {
    const { signal } = this.#options;
    const url = this.#address(path);
    const response = await follow(
      () => this.#agents,
      { method: "GET", url, headers: this.#headers(), timeoutMs, maxBodyBytes, signal },
      true,
    ).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new GitHubError(reasonOf(error), { cause: error });
    });
    if (response.status === 200) return response;
    const said = this.#said(response.body);
    throw new GitHubError(`HTTP ${response.status}${said === "" ? "" : `: ${said}`}`, {
      status: response.status,
    });
  }

  /** Nothing but the API gets the token, whatever address an answer gives. */
  #address(path: string): URL {
    const { apiUrl } = this.#options;
    const base = new URL(apiUrl.endsWith("/") ? apiUrl : `${apiUrl}/`);
    const url = new URL(path, base);
    if (url.origin !== base.origin || !url.pathname.startsWith(base.pathname)) {
      throw new GitHubError("an address outside of the API");
    }
    return url;
  }

  #headers(): Record<string, string> {
    return {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${this.#options.token}`,
      "user-agent": "deploy-actions",
      "x-github-api-version": "2022-11-28",
    };
  }

  #said(body: Buffer): string {
    // The token itself is taken out before anything is cut: half of it would not be known any more.
    return remoteLine(messageIn(body).replaceAll(this.#options.token, "***"), { max: 200 });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof HttpTimeout || error instanceof HttpBodyError || error instanceof RedirectError) {
    return error.message;
  }
  const reason = networkReason(error)?.why ?? errorCode(error);
  if (reason !== "") return reason;
  throw error;
}

function messageIn(body: Buffer): string {
  try {
    const { message } = JSON.parse(body.toString()) as { readonly message?: unknown };
    return typeof message === "string" ? message : "";
  } catch {
    return "";
  }
}
