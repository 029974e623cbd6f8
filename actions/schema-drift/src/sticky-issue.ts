import { GitHubError } from "../../../shared/github/client.ts";
import { GitHubIssues, type Issue } from "../../../shared/github/issues.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { Redactor } from "../../../shared/runtime/redactor.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Inputs } from "./inputs.ts";
import { bodyOf, fingerprintIn, type IssueFacts, markerOf, titleOf } from "./issue-text.ts";
import type { Results } from "./results.ts";

const LABEL = "schema-drift";

export type IssuePlan =
  | { readonly kind: "open" }
  | { readonly kind: "update" | "close"; readonly issue: Issue }
  | { readonly kind: "leave" };

/** What becomes of the issue: it is touched only when what it says is no longer so. Pure. */
export function planIssue(existing: Issue | undefined, fingerprint: string): IssuePlan {
  if (existing === undefined) return fingerprint === "" ? { kind: "leave" } : { kind: "open" };
  if (fingerprint === "") return { kind: "close", issue: existing };
  return fingerprintIn(existing.body) === fingerprint
    ? { kind: "leave" }
    : { kind: "update", issue: existing };
}

/** Keeps the issue of the environment; says whether what it says has changed. Throws a UserError where GitHub does not let it. */
export async function keepIssue(
  results: Results,
  inputs: Inputs,
  { env, signal, log }: Runtime,
): Promise<boolean> {
  const [repository, token] = [env["GITHUB_REPOSITORY"] ?? "", inputs.githubToken];
  if (token === undefined || repository === "") {
    throw new UserError("The issue cannot be kept: there is no token, or no repository.", {
      hint: "Set github-token, and permissions: issues: write for the job.",
      where: { input: "github-token" },
    });
  }
  const apiUrl = env["GITHUB_API_URL"] ?? "https://api.github.com";
  const issues = new GitHubIssues(repository, { apiUrl, token, env, signal });
  try {
    const marker = markerOf(results.environment);
    const existing = (await issues.open(LABEL)).find(({ body }) => body.includes(marker));
    const plan = planIssue(existing, results.fingerprint);
    if (plan.kind === "leave") {
      log.info("issue=unchanged");
      return false;
    }
    if (plan.kind === "close") {
      await issues.comment(plan.issue.number, "The schema is what it should be again.");
      await issues.update(plan.issue.number, { state: "closed" });
      log.info(`issue=closed number=${plan.issue.number}`);
      return true;
    }
    const clean = redactorFor(inputs);
    const facts = factsOf(results, env, await issues.isPublic());
    const body = clean.redact(bodyOf(facts));
    if (plan.kind === "open") {
      const { number } = await issues.create(clean.redact(titleOf(facts)), body, [LABEL]);
      log.info(`issue=opened number=${number}`);
      return true;
    }
    await issues.update(plan.issue.number, { body });
    await issues.comment(plan.issue.number, "The differences have changed: the text above is new.");
    log.info(`issue=updated number=${plan.issue.number}`);
    return true;
  } catch (error) {
    if (error instanceof GitHubError) throw notKept(error);
    throw error;
  } finally {
    issues.close();
  }
}

function notKept(error: GitHubError): UserError {
  const forbidden = error.status === 403 || error.status === 404 || error.status === 410;
  return new UserError(`The issue could not be kept: ${error.message}.`, {
    hint: forbidden
      ? "Give the job permissions: issues: write, and see that the repository has issues."
      : "GitHub may have a bad moment: run the step again.",
    where: { input: "issue" },
    cause: error,
  });
}

function factsOf(results: Results, env: Runtime["env"], isPublic: boolean): IssueFacts {
  const [server, repository, run] = [
    env["GITHUB_SERVER_URL"],
    env["GITHUB_REPOSITORY"],
    env["GITHUB_RUN_ID"],
  ];
  return {
    environment: results.environment,
    database: results.target.database,
    fingerprint: results.fingerprint,
    findings: results.findings.filter(({ severity }) => severity !== "info"),
    runUrl:
      server === undefined || run === undefined ? undefined : `${server}/${repository}/actions/runs/${run}`,
    isPublic,
  };
}

/** What leaves for an issue passes neither the log nor the runner's masks. */
function redactorFor({
  databaseUrl,
  dbPassword,
  baselineUrl,
  scratchUrl,
  sshKey,
  sshKeyPassphrase,
  githubToken,
}: Inputs): Redactor {
  const redactor = new Redactor();
  for (const secret of [
    databaseUrl,
    dbPassword,
    baselineUrl,
    scratchUrl,
    sshKey,
    sshKeyPassphrase,
    githubToken,
  ]) {
    if (secret !== undefined) redactor.add(secret);
  }
  return redactor;
}
