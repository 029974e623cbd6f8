import type { Annotation } from "../../../shared/runtime/annotations.ts";
import { type Failure, failuresOf, type Outcome } from "../../../shared/runtime/outcome.ts";
import { code, heading, paragraph, plain, table } from "../../../shared/runtime/summary.ts";
import type { Decision, Plan } from "./decide.ts";
import type { Event } from "./event.ts";

const NAME = "deploy-plan";
const NO_PLAN = {
  action: "",
  environment: "",
  version: "",
  sha: "",
  digest: "",
  previous: "",
  "previous-sha": "",
  "previous-digest": "",
  run: "",
  reason: "",
} as const;

/** Everything the user sees of a decision. Pure. */
export function outcomeOf(decision: Decision, event: Event): Outcome {
  const facts = { event: { name: event.name, sha: event.sha, actors: event.actors } };
  if ("refusals" in decision) {
    const failures: Failure[] = decision.refusals.flatMap((refusal) => failuresOf(NAME, refusal));
    return {
      result: "refused",
      failures,
      outputs: NO_PLAN,
      summary: [
        heading(3, "⛔ Nothing is deployed"),
        ...failures.map(({ message, hint }) => paragraph(`${plain(message)} ${plain(hint ?? "")}`)),
      ],
      details: facts,
    };
  }
  const { plan, warnings } = decision;
  const { previousSha, previousDigest, ...outputs } = plan;
  return {
    result: plan.action,
    failures: [],
    annotations: warnings.map((message): Annotation => ({ level: "warning", title: NAME, message })),
    outputs: {
      ...outputs,
      "previous-sha": previousSha,
      "previous-digest": previousDigest,
      run: `${event.runId}/${event.attempt}`,
    },
    summary: summaryOf(plan),
    details: { ...facts, plan },
  };
}

const TITLES = {
  deploy: "🚀 Deploy",
  promote: "⏫ Promote",
  rollback: "⏪ Roll back to",
  skip: "⏭️ Nothing to deploy",
} as const;

function summaryOf({ action, environment, version, sha, digest, previous, reason }: Plan): string[] {
  if (action === "skip") return [heading(3, TITLES.skip), paragraph(plain(reason))];
  const rows = [
    ["Commit", sha],
    ["Image", digest],
    ["Live until now", previous],
  ].filter(([, value]) => value !== "");
  return [
    heading(3, `${TITLES[action]} ${version} ${action === "rollback" ? "in" : "to"} ${environment}`),
    paragraph(plain(reason)),
    table({
      columns: [{ title: "" }, { title: "" }],
      rows: rows.map(([name = "", value = ""]) => [plain(name), code(value)]),
    }),
  ];
}
