import type { ApiDescription, Call } from "../github-packages/openapi.ts";
import type { Answer } from "../http-server.ts";

export type FakeIssue = {
  readonly number: number;
  readonly title: string;
  body: string;
  state: string;
  readonly labels: readonly string[];
  readonly comments: string[];
};

type Body = Readonly<Record<string, unknown>>;

/** What GitHub answers to a call about issues; `undefined` for calls about something else, and for what is not there. */
export function answerAboutIssues(
  issues: FakeIssue[],
  { id, parameters }: Call,
  url: URL,
  body: Body,
  description: ApiDescription,
): Answer | undefined {
  const issue = issues.find(({ number }) => number === Number(parameters["issue_number"]));
  const json = ({ number, title, body: text, state }: FakeIssue) =>
    description.sample("issue", {
      ...{ number, title, body: text, state, labels: [], comments: 0, locked: false },
      html_url: `https://github.example/issues/${number}`,
    });
  switch (id) {
    case "issues/list-for-repo": {
      const label = url.searchParams.get("labels") ?? "";
      const state = url.searchParams.get("state") ?? "open";
      const found = issues.filter((each) => each.labels.includes(label) && each.state === state);
      return { json: found.map(json) };
    }
    case "issues/create": {
      const { title, body: text = "", labels = [] } = body;
      const created: FakeIssue = {
        ...{ number: issues.length + 1, title: String(title), body: String(text), state: "open" },
        ...{ labels: labels as string[], comments: [] },
      };
      issues.push(created);
      return { status: 201, json: json(created) };
    }
    case "issues/update":
      if (issue === undefined) return undefined;
      Object.assign(issue, body);
      return { json: json(issue) };
    case "issues/create-comment":
      issue?.comments.push(String(body["body"]));
      return issue && { status: 201, json: description.sample("issue-comment", { body: body["body"] }) };
    default:
      return undefined;
  }
}
