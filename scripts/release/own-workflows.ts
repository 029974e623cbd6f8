import { parse } from "yaml";
import { UserError } from "../../shared/runtime/user-error.ts";
import { OWN_REPOSITORY } from "../check/own-actions.ts";

type Release = {
  /** `owner/name` of this repository. */
  readonly repository: string;
  /** `v1.2.3`. */
  readonly tag: string;
  /** The paths of the release tree, to find what a `uses:` names. */
  readonly has: (file: string) => boolean;
};

/** Whether a workflow can be called from other repositories, and so belongs into a release. */
export function isReusable(text: string): boolean {
  const on: unknown = parse(text)?.on;
  if (typeof on === "string") return on === "workflow_call";
  if (Array.isArray(on)) return on.includes("workflow_call");
  return typeof on === "object" && on !== null && "workflow_call" in on;
}

const usesLine = /^(\s*(?:-\s+)?uses:\s*)(["']?)([^\s"'#]+)\2(.*)$/gm;

/**
 * A reusable workflow with every `uses:` of our own at the exact version of the release: a caller who pins the
 * workflow by SHA has then pinned what it runs, too. In the sources our repository is written `org/actions`, with any ref.
 *
 * The file therefore differs from the source commit's. GitHub lets a workflow's own GITHUB_TOKEN push a commit only
 * if its workflow files stand the same on some branch; a release with reusable workflows is pushed by a GitHub App
 * with `workflows: write`, or by a person. Exact pins for every user weigh more than that one-time set-up.
 * @throws UserError for a `uses:` that would not resolve in the repository of a caller, or is not in the release.
 */
export function pinOwnActions(file: string, text: string, { repository, tag, has }: Release): string {
  const ours = new RegExp(`^(?:${RegExp.escape(repository)}|${RegExp.escape(OWN_REPOSITORY)})/([^@]+)@`, "i");
  const refuse = (uses: string, why: string): UserError =>
    new UserError(`${file}: uses ${uses}, ${why}.`, {
      hint: `Write ${OWN_REPOSITORY}/<action>@<any ref>; the release puts in its own repository and version.`,
    });
  return text.replace(usesLine, (line, head: string, quote: string, uses: string, rest: string) => {
    if (/^(\.|\$)\//.test(uses)) throw refuse(uses, "which is not this release on every runner");
    const target = ours.exec(uses)?.[1];
    if (target === undefined) return line;
    const needed = target.startsWith(".github/workflows/") ? target : `${target}/action.yml`;
    if (!has(needed)) throw refuse(uses, `but the release has no ${needed}`);
    return `${head}${quote}${repository}/${target}@${tag}${quote}${rest}`;
  });
}
