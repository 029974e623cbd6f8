import type * as z from "zod";
import { HttpBodyError, HttpTimeout } from "../http/exchange.ts";
import { type Followed, follow, RedirectError } from "../http/follow.ts";
import { type Agents, openAgents } from "../http/route.ts";
import { errorCode, networkReason } from "../net/reason.ts";
import { remoteLine } from "../runtime/remote-text.ts";

/** Why GitHub gave no answer, in words. `status` is undefined where there was no HTTP answer. */
export class GitHubError extends Error {
  override readonly name = "GitHubError";
  readonly status: number | undefined;

  constructor(message: string, details: { readonly status?: number; readonly cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.status = details.status;
  }
}

export type GitHubOptions = {
  /** GITHUB_API_URL: that of GitHub, or of an own server. */
  readonly apiUrl: string;
  readonly token: string;
  /** Environment with the proxies. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly signal: AbortSignal;
};

const timeoutMs = 10_000;

/** Reads from the REST API of GitHub. Paths are relative: `repos/acme/shop/actions/runs/1`. */
export class GitHubClient {
  readonly #options: GitHubOptions;
  readonly #agents: Agents;

  constructor(options: GitHubOptions) {
    this.#options = options;
    this.#agents = openAgents({ keepAlive: true, proxyEnv: options.env });
  }

  /** A JSON answer. Throws a GitHubError for anything else, and the signal's reason. */
  async json<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
    const { body } = await this.#get(path, 10 * 1024 * 1024);
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

  /** Closes the connections. */
  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  async #get(path: string, maxBodyBytes: number): Promise<Followed> {
    const { apiUrl, token, signal } = this.#options;
    const url = new URL(path, apiUrl.endsWith("/") ? apiUrl : `${apiUrl}/`);
    const headers = {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${token}`,
      "user-agent": "deploy-actions",
      "x-github-api-version": "2022-11-28",
    };
    const response = await follow(
      () => this.#agents,
      { method: "GET", url, headers, timeoutMs, maxBodyBytes, signal },
      true,
    ).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new GitHubError(reasonOf(error), { cause: error });
    });
    if (response.status === 200) return response;
    // The token itself is taken out before anything is cut: half of it would not be known any more.
    const said = messageIn(response.body).replaceAll(token, "***");
    throw new GitHubError(`HTTP ${response.status}${remoteLine(said, { max: 200 })}`, {
      status: response.status,
    });
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
    return typeof message === "string" ? `: ${message}` : "";
  } catch {
    return "";
  }
}
