import { type HttpServer, type Received, startHttpServer } from "../support/http-server.ts";

export type FakeIssue = {
  number: number;
  title: string;
  body: string;
  state: "open" | "closed";
  labels: string[];
  comments: string[];
};

export type FakeGitHub = {
  readonly url: string;
  readonly token: string;
  readonly issues: FakeIssue[];
  /** `POST /repos/…` of every request that changed something. */
  readonly writes: string[];
  private: boolean;
  /** Answers everything with this status instead. */
  broken: number | undefined;
  stop(): Promise<void>;
};

/** GitHub's REST API of issues, as far as its documentation says what it refuses. */
export async function startFakeGitHub(repository: string): Promise<FakeGitHub> {
  const token = "ghs_0123456789abcdefghij0123456789abcdef";
  const server: HttpServer = await startHttpServer((request) => answer(request));
  const fake: FakeGitHub = {
    ...{ url: server.origin, token, issues: [], writes: [], private: true, broken: undefined },
    stop: () => server.stop(),
  };
  const problem = (status: number, message: string) => ({ status, json: { message } });
  const shown = (issue: FakeIssue) => ({
    ...{ number: issue.number, title: issue.title, body: issue.body, state: issue.state },
    html_url: `https://github.example/${repository}/issues/${issue.number}`,
  });

  function answer({ method, url, headers, body }: Received) {
    if (fake.broken !== undefined) return problem(fake.broken, `no, not with ${token}`);
    if (headers.authorization !== `Bearer ${token}`) return problem(401, "Bad credentials");
    if (headers["user-agent"] === undefined) return problem(403, "a User-Agent is required");
    const { pathname, searchParams } = new URL(url, server.origin);
    const rest = pathname.replace(`/repos/${repository}`, "");
    if (rest === pathname) return problem(404, "Not Found");
    const sent = body.length === 0 ? {} : (JSON.parse(body.toString()) as Record<string, unknown>);
    if (method !== "GET") fake.writes.push(`${method} ${rest}`);
    if (method === "GET" && rest === "") return { json: { private: fake.private } };
    if (method === "GET" && rest === "/issues") {
      const label = searchParams.get("labels") ?? "";
      return {
        json: fake.issues
          .filter((each) => each.state === searchParams.get("state") && each.labels.includes(label))
          .map(shown),
      };
    }
    if (method === "POST" && rest === "/issues") {
      if (typeof sent["title"] !== "string" || String(sent["body"]).length > 65_536)
        return problem(422, "Validation Failed");
      const issue: FakeIssue = {
        number: fake.issues.length + 1,
        title: sent["title"],
        body: String(sent["body"]),
        ...{ state: "open", labels: sent["labels"] as string[], comments: [] },
      };
      fake.issues.push(issue);
      return { status: 201, json: shown(issue) };
    }
    const [, number, comments] = /^\/issues\/(\d+)(\/comments)?$/.exec(rest) ?? [];
    const issue = fake.issues.find((each) => each.number === Number(number));
    if (issue === undefined) return problem(404, "Not Found");
    if (method === "POST" && comments !== undefined) {
      issue.comments.push(String(sent["body"]));
      return { status: 201, json: { id: 1 } };
    }
    if (method !== "PATCH" || comments !== undefined) return problem(404, "Not Found");
    Object.assign(issue, sent);
    return { json: shown(issue) };
  }
  return fake;
}
