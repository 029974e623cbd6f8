import * as z from "zod";
import { exchange, HttpBodyError, HttpTimeout } from "../http/exchange.ts";
import { type Agents, openAgents } from "../http/route.ts";
import { errorCode, networkReason } from "../net/reason.ts";
import { remoteLine } from "../runtime/remote-text.ts";
import { GitHubError, type GitHubOptions } from "./client.ts";

export type Issue = { readonly number: number; readonly body: string; readonly url: string };

const issueSchema = z.object({
  number: z.int().positive(),
  body: z.string().nullish(),
  html_url: z.string(),
  pull_request: z.unknown().optional(),
});

const timeoutMs = 10_000;
const maxBodyBytes = 10 * 1024 * 1024;
const perPage = 100;
// More open issues with one label than anybody has.
const mostPages = 10;

/**
 * Issues of one repository by the REST API. Each method throws a GitHubError, or the signal's reason. Needs `issues: write`.
 */
export class GitHubIssues {
  readonly #options: GitHubOptions;
  readonly #repository: string;
  readonly #agents: Agents;

  /** `repository` as `owner/name`. */
  constructor(repository: string, options: GitHubOptions) {
    this.#options = options;
    this.#repository = repository;
    this.#agents = openAgents({ keepAlive: true, proxyEnv: options.env });
  }

  /** Whether everybody can read the repository. */
  async isPublic(): Promise<boolean> {
    const repository = await this.#send("GET", "", undefined, z.object({ private: z.boolean() }));
    return !repository.private;
  }

  /** The open issues with a label, oldest first. */
  async open(label: string): Promise<readonly Issue[]> {
    const found: Issue[] = [];
    for (let page = 1; page <= mostPages; page++) {
      const query = new URLSearchParams({
        ...{ state: "open", labels: label, sort: "created", direction: "asc" },
        ...{ per_page: String(perPage), page: String(page) },
      });
      const issues = await this.#send("GET", `/issues?${query}`, undefined, z.array(issueSchema));
      // Pull requests are issues, too, to this API.
      found.push(...issues.filter((issue) => issue.pull_request === undefined).map(toIssue));
      if (issues.length < perPage) break;
    }
    return found;
  }

  /** Opens an issue. Labels that do not exist are made. */
  async create(title: string, body: string, labels: readonly string[]): Promise<Issue> {
    const created = await this.#send("POST", "/issues", { title, body, labels }, issueSchema);
    return toIssue(created);
  }

  /** Changes the text of an issue, or closes it. */
  async update(number: number, change: { readonly body?: string; readonly state?: "closed" }): Promise<void> {
    await this.#send("PATCH", `/issues/${number}`, change, z.unknown());
  }

  async comment(number: number, body: string): Promise<void> {
    await this.#send("POST", `/issues/${number}/comments`, { body }, z.unknown());
  }

  /** Closes the connections. */
  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  async #send<Schema extends z.ZodType>(
    method: string,
    path: string,
    content: unknown,
    schema: Schema,
  ): Promise<z.output<Schema>> {
    const { apiUrl, token, signal } = this.#options;
    const base = apiUrl.endsWith("/") ? apiUrl : `${apiUrl}/`;
    const url = new URL(`repos/${this.#repository}${path}`, base);
    const headers = {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${token}`,
      "user-agent": "deploy-actions",
      "x-github-api-version": "2022-11-28",
      ...(content === undefined ? {} : { "content-type": "application/json" }),
    };
    const request = { method, url, headers, timeoutMs, maxBodyBytes, signal };
    const body = content === undefined ? {} : { body: Buffer.from(JSON.stringify(content)) };
    const response = await exchange(this.#agents, { ...request, ...body }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new GitHubError(reasonOf(error), { cause: error });
    });
    const text = response.body.toString();
    if (response.status < 200 || response.status > 299) {
      // The token itself is taken out before anything is cut: half of it would not be known any more.
      const said = messageIn(text).replaceAll(token, "***");
      throw new GitHubError(`HTTP ${response.status}${remoteLine(said, { max: 200 })}`, {
        status: response.status,
      });
    }
    const parsed = schema.safeParse(jsonIn(text));
    if (!parsed.success) throw new GitHubError("the answer has an unknown form", { cause: parsed.error });
    return parsed.data;
  }
}

function toIssue({ number, body, html_url: url }: z.output<typeof issueSchema>): Issue {
  return { number, body: body ?? "", url };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function messageIn(text: string): string {
  const { message } = (jsonIn(text) ?? {}) as { readonly message?: unknown };
  return typeof message === "string" ? `: ${message}` : "";
}

function reasonOf(error: unknown): string {
  if (error instanceof HttpTimeout || error instanceof HttpBodyError) return error.message;
  const reason = networkReason(error)?.why ?? errorCode(error);
  if (reason !== "") return reason;
  throw error;
}
