import * as z from "zod";
import { GitHubClient, GitHubError, type GitHubOptions } from "./client.ts";

export type Issue = { readonly number: number; readonly body: string; readonly url: string };

const issueSchema = z.object({
  number: z.int().positive(),
  body: z.string().nullish(),
  html_url: z.string(),
  pull_request: z.unknown().optional(),
});

const perPage = 100;
// More open issues with one label than anybody has.
const mostPages = 10;

/**
 * Issues of one repository by the REST API. Each method throws a GitHubError, or the signal's reason. Needs `issues: write`.
 */
export class GitHubIssues {
  readonly #client: GitHubClient;
  readonly #repository: string;
  readonly #signal: AbortSignal;

  /** `repository` as `owner/name`. */
  constructor(repository: string, options: GitHubOptions) {
    this.#client = new GitHubClient(options);
    this.#repository = repository;
    this.#signal = options.signal;
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
    this.#client.close();
  }

  async #send<Schema extends z.ZodType>(
    method: string,
    rest: string,
    json: unknown,
    schema: Schema,
  ): Promise<z.output<Schema>> {
    const path = `repos/${this.#repository}${rest}`;
    const { status, message, body } = await this.#client.send({ method, path, json, signal: this.#signal });
    if (status < 200 || status > 299) {
      throw new GitHubError(`HTTP ${status}${message === "" ? "" : `: ${message}`}`, { status });
    }
    const parsed = schema.safeParse(jsonIn(body));
    if (!parsed.success) throw new GitHubError("the answer has an unknown form", { cause: parsed.error });
    return parsed.data;
  }
}

function toIssue({ number, body, html_url: url }: z.output<typeof issueSchema>): Issue {
  return { number, body: body ?? "", url };
}

function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
