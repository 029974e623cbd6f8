import { openPacedGitHub } from "../../../shared/github/open.ts";
import { troubleOf } from "../../../shared/github/trouble.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { type Decision, decide, skipOf } from "./decide.ts";
import { type Event, readEvent } from "./event.ts";
import { gather } from "./gather.ts";
import type { Inputs } from "./inputs.ts";
import { intentOf } from "./intent.ts";
import { outcomeOf } from "./outcome.ts";
import { RepositoryApi } from "./repository-api.ts";

/** The action: reads what is true, and decides. It changes nothing anywhere. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const event = readEvent(runtime.env);
  const decision = await plan(inputs, event, runtime).catch((error: unknown) => {
    throw troubleOf(error, "Nothing is planned on what cannot be read.");
  });
  return outcomeOf(decision, event);
}

async function plan(inputs: Inputs, event: Event, runtime: Runtime): Promise<Decision> {
  const { log, env } = runtime;
  const ref = event.ref === undefined ? "-" : `${event.ref.kind}/${event.ref.name}`;
  log.info(`event=${event.name} ref=${ref} commit=${event.sha} actor=${event.actors.join(",")}`);
  const intent = intentOf(inputs, event);
  if (intent.kind === "skip") return skipOf(intent);
  const api = new RepositoryApi(
    openPacedGitHub(inputs.githubToken, inputs.timeout, runtime),
    event.repository,
  );
  const facts = await gather(intent, {
    ...{ api, inputs, event, runtime },
    ours: env["GITHUB_ACTION_REPOSITORY"] ?? "",
  });
  return decide(intent, facts, inputs, event);
}
