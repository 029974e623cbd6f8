import { GitHubClient } from "../../../shared/github/client.ts";
import { PacedGitHub } from "../../../shared/github/paced-client.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { type Decision, decide, skipOf } from "./decide.ts";
import { type Event, readEvent } from "./event.ts";
import { gather } from "./gather.ts";
import type { Inputs } from "./inputs.ts";
import { intentOf } from "./intent.ts";
import { outcomeOf } from "./outcome.ts";
import { asUserError } from "./refusal.ts";
import { RepositoryApi } from "./repository-api.ts";

/** The action: reads what is true, and decides. It changes nothing anywhere. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const event = readEvent(runtime.env);
  const decision = await plan(inputs, event, runtime).catch((error: unknown) => {
    throw asUserError(error);
  });
  return outcomeOf(decision, event);
}

async function plan(inputs: Inputs, event: Event, runtime: Runtime): Promise<Decision> {
  const { clock, log, signal, env } = runtime;
  const ref = event.ref === undefined ? "-" : `${event.ref.kind}/${event.ref.name}`;
  log.info(`event=${event.name} ref=${ref} commit=${event.sha} actor=${event.actors.join(",")}`);
  const intent = intentOf(inputs, event);
  if (intent.kind === "skip") return skipOf(intent);
  const apiUrl = env["GITHUB_API_URL"] || "https://api.github.com";
  const client = new GitHubClient({ apiUrl, token: inputs.githubToken, env, signal });
  runtime.defer("connections to GitHub", () => client.close());
  const pace = {
    changeMs: 0,
    longestWaitMs: inputs.timeout,
    deadline: clock.monotonic() + inputs.timeout,
  };
  const api = new RepositoryApi(new PacedGitHub(client, pace, { clock, log, signal }), event.repository);
  const facts = await gather(intent, {
    ...{ api, inputs, event, runtime },
    ours: env["GITHUB_ACTION_REPOSITORY"] ?? "",
  });
  return decide(intent, facts, inputs, event);
}
