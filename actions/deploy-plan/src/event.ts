import { isCommit } from "../../../shared/deployments/record.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";

/** What started the run, out of the runner's environment. */
export type Event = {
  readonly name: string;
  /** `undefined` for what is neither: the merge of a pull request, say. */
  readonly ref: { readonly kind: "branch" | "tag"; readonly name: string } | undefined;
  readonly sha: string;
  /** Who started it, and who has started it again. */
  readonly actors: readonly string[];
  /** `owner/name` */
  readonly repository: string;
  readonly runId: string;
  /** How often the run was started, this time included. */
  readonly attempt: string;
};

/** Throws a UserError outside of a workflow run. */
export function readEvent(env: Readonly<NodeJS.ProcessEnv>): Event {
  const variable = (name: string): string => {
    const value = env[name] ?? "";
    if (value !== "") return value;
    throw new UserError(`${name} is empty: this is no run of a workflow.`, {
      hint: "The runner sets it. To try the action out, set it yourself.",
    });
  };
  const sha = variable("GITHUB_SHA");
  const repository = variable("GITHUB_REPOSITORY");
  if (!isCommit(sha) || !/^[\w.-]+\/[\w.-]+$/.test(repository)) {
    throw new UserError("GITHUB_SHA or GITHUB_REPOSITORY is not what a runner sets.", {
      hint: "A commit's whole id, and owner/name.",
    });
  }
  const actor = variable("GITHUB_ACTOR");
  const again = env["GITHUB_TRIGGERING_ACTOR"] || actor;
  return {
    name: variable("GITHUB_EVENT_NAME"),
    ref: readRef(env["GITHUB_REF"] ?? ""),
    sha,
    actors: actor === again ? [actor] : [actor, again],
    repository,
    runId: env["GITHUB_RUN_ID"] ?? "",
    attempt: env["GITHUB_RUN_ATTEMPT"] || "1",
  };
}

function readRef(text: string): Event["ref"] {
  const [, kind, name = ""] = /^refs\/(heads|tags)\/(.+)$/s.exec(text) ?? [];
  if (kind === undefined) return undefined;
  return { kind: kind === "heads" ? "branch" : "tag", name };
}
