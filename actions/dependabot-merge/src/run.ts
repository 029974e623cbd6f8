import { GitHubClient } from "../../../shared/github/client.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { code, heading, paragraph, plain } from "../../../shared/runtime/summary.ts";
import { cooldownOf } from "./cooldown.ts";
import { type Decision, decide, type Facts, isAddedTo } from "./decide.ts";
import { type PullRequest, readPullRequest } from "./event.ts";
import { Repository } from "./github.ts";
import type { Inputs } from "./inputs.ts";

/** The action: decides whether the pull request may merge itself, and lets GitHub do so once its checks are green. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const { env, log, signal } = runtime;
  const pull = await readPullRequest(env);
  const rest = new GitHubClient({
    ...{ apiUrl: env["GITHUB_API_URL"] || "https://api.github.com", token: inputs.githubToken, env, signal },
  });
  // On a server of one's own GraphQL does not stand below the REST API, and a client sends the token nowhere else.
  const graphql = new GitHubClient({
    ...{ apiUrl: new URL(".", env["GITHUB_GRAPHQL_URL"] || "https://api.github.com/graphql").href },
    ...{ token: inputs.githubToken, env, signal },
  });
  runtime.defer("connections to GitHub", () => {
    rest.close();
    graphql.close();
  });
  const github = new Repository({ rest, graphql }, pull.base.repo.full_name, signal);
  const facts = await gather(github, pull, inputs);
  const decision = decide(pull, inputs, facts);
  log.info(
    `pull=${pull.number} update=${inputs.updateType} ecosystem=${inputs.packageEcosystem} merge=${decision.merge}`,
  );
  if (decision.merge && !inputs.dryRun)
    await github.mergeWhenGreen({ id: pull.node_id, head: pull.head.sha }, inputs.mergeMethod);
  // It was right when a run before this one let it merge itself. What a person has decided stays.
  if (isAddedTo(pull, facts) && pull.auto_merge?.enabled_by?.type === "Bot" && !inputs.dryRun)
    await github.waitForPeople({ id: pull.node_id });
  return outcomeOf(decision, pull, inputs, facts);
}

async function gather(github: Repository, pull: PullRequest, inputs: Inputs): Promise<Facts> {
  const config = await github.dependabotConfig(pull.base.ref);
  const size = inputs.updateType.endsWith("minor") ? "minor" : "patch";
  return {
    requiredChecks: await github.requiredChecks(pull.base.ref),
    commits: await github.commits(pull.number),
    cooldownDays: config === undefined ? undefined : cooldownOf(config, inputs.packageEcosystem, size),
  };
}

function outcomeOf({ merge, reasons }: Decision, pull: PullRequest, inputs: Inputs, facts: Facts): Outcome {
  const reason = merge
    ? `a small update, which ${facts.requiredChecks.join(", ")} has to pass first`
    : reasons.join("; ");
  const merging = inputs.dryRun ? "Would merge itself" : "Merges itself once its checks are green";
  return {
    result: merge ? "merging" : "left",
    failures: [],
    outputs: { reason },
    summary: [
      heading(3, merge ? `✅ ${merging}` : "🙋 Left to people"),
      paragraph(`${code(inputs.dependencyNames)}: ${plain(reason)}.`),
    ],
    details: { pullRequest: pull.number, requiredChecks: [...facts.requiredChecks], reasons: [...reasons] },
  };
}
