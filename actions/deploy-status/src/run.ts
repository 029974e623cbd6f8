import { openPacedGitHub } from "../../../shared/github/open.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { throwProblems, UserError } from "../../../shared/runtime/user-error.ts";
import { type InUse, inUse } from "./in-use.ts";
import type { Inputs } from "./inputs.ts";
import { outcomeOf } from "./outcome.ts";
import { readHistory } from "./read-history.ts";

/** The action: reads the records of each environment, and says what is in use. It changes nothing. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const { env, log } = runtime;
  const github = openPacedGitHub(inputs.githubToken, inputs.timeout, runtime);
  const found: InUse[] = [];
  const problems: UserError[] = [];
  for (const environment of inputs.environments) {
    const history = await readHistory(github, env["GITHUB_REPOSITORY"] ?? "", environment);
    const used = inUse(environment, history);
    log.info(`environment=${environment} live=${used?.live.version ?? "-"}`);
    if (used === undefined) problems.push(unknown(environment));
    else found.push(used);
  }
  throwProblems(problems);
  return outcomeOf(found);
}

/** Whoever asks is about to rely on it: that nothing is in use is no answer. */
function unknown(environment: string): UserError {
  return new UserError(`Nothing that deploy-record wrote has succeeded in ${environment}.`, {
    hint: "What it runs is not known, and not guessed. Is the name right? Leave it out until something was deployed there.",
    where: { input: "environments" },
  });
}
