import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Base } from "./git.ts";
import type { Revision } from "./revision.ts";

/** Which revisions are tried. */
export const CHECKS = ["last", "changed", "all"] as const;

/**
 * The revisions that are tried: the newest; all that are new or other than at the base; or all of them. Revisions that are
 * not in this project (Django's own, say) are somebody else's to try. Throws a UserError.
 */
export function select(
  check: (typeof CHECKS)[number],
  revisions: readonly Revision[],
  base: Base | undefined,
  isOurs: (revision: Revision) => boolean,
): readonly Revision[] {
  const ours = revisions.filter(isOurs);
  switch (check) {
    case "all":
      return ours;
    case "last":
      return ours.slice(-1);
    case "changed":
      if (base === undefined) {
        throw new UserError("input check: `changed` needs something to compare with.", {
          hint: "Set base-ref to a branch, a tag or a commit; on pull requests it is the base branch by itself.",
          where: { input: "base-ref" },
        });
      }
      return ours.filter(
        ({ file }) => file !== undefined && (!base.files.has(file) || base.edited.has(file)),
      );
  }
}
