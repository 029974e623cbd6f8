import { ApiDescription } from "../support/github-packages/openapi.ts";
import { type Answer, type Received, startHttpServer } from "../support/http-server.ts";

export type FakeDeployment = {
  readonly id: number;
  readonly ref: string;
  readonly environment: string;
  readonly description: string;
  /** The oldest first. */
  readonly statuses: { readonly state: string; readonly description: string; readonly log_url?: string }[];
};

export type GitHubDeployments = {
  readonly url: string;
  readonly token: string;
  readonly deployments: readonly FakeDeployment[];
  /** What of requests and answers was not as GitHub describes it. */
  readonly problems: readonly string[];
  /** Answers everything with this status; `silent`: not at all. */
  broken: number | "silent" | undefined;
  stop(): Promise<void>;
};

const description = new ApiDescription(
  new URL("../support/github-repository/fixtures/openapi.json", import.meta.url),
);

/** GitHub's REST API of deployments, held to GitHub's own description of it. */
export async function startGitHubDeployments(
  repository: string,
  token = "ghs_abcdefghij0123456789abcdefghij012345",
): Promise<GitHubDeployments> {
  const deployments: FakeDeployment[] = [];
  const problems: string[] = [];
  const server = await startHttpServer((request) => {
    if (fake.broken === "silent") return undefined;
    return answer(request);
  });
  const fake: GitHubDeployments = {
    ...{ url: server.origin, token, deployments, problems, broken: undefined },
    stop: () => server.stop(),
  };
  const problem = (status: number, message: string): Answer => ({ status, json: { message } });

  function answer({ method, url, headers, body }: Received): Answer {
    if (headers.authorization !== `Bearer ${token}`) return problem(401, "Bad credentials");
    if (typeof fake.broken === "number")
      return problem(fake.broken, "Resource not accessible by integration");
    const address = new URL(url, server.origin);
    const sent = JSON.parse(body.toString()) as Record<string, string>;
    const call = description.findCall(method, address, sent);
    if (call === undefined || !address.pathname.startsWith(`/repos/${repository}/`)) {
      problems.push(`${method} ${url} is not described`);
      return problem(404, "Not Found");
    }
    problems.push(...call.problems);
    const made = call.id === "repos/create-deployment" ? deployment(sent) : status(call.parameters, sent);
    if (made === undefined) return problem(404, "Not Found");
    problems.push(...description.answerProblems(call, 201, made));
    return { status: 201, json: made };
  }

  function deployment(sent: Record<string, string>) {
    const id = 700 + deployments.length;
    const made = { id, ref: "", environment: "production", description: "", ...sent };
    deployments.push({ ...made, statuses: [] });
    return description.sample("deployment", { ...made, sha: made.ref });
  }

  function status(path: Readonly<Record<string, string>>, sent: Record<string, string>) {
    const found = deployments.find(({ id }) => String(id) === path["deployment_id"]);
    if (found === undefined) return undefined;
    const { state = "", description: text = "", log_url } = sent;
    if (text.length > 140) problems.push("the description has more than 140 characters");
    found.statuses.push({ state, description: text, ...(log_url === undefined ? {} : { log_url }) });
    return description.sample("deployment-status", { id: found.statuses.length, state, description: text });
  }
  return fake;
}
