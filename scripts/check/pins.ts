import type { Check } from "./check.ts";
import { OWN_REPOSITORY } from "./own-actions.ts";
import { workflowDocuments } from "./workflow-documents.ts";

const USES = /^\s*(?:-\s+)?uses:\s*["']?([^\s"'#]+)["']?\s*(#.*)?$/;

/** Third-party actions are named by the full SHA of a commit, with the version it is in a comment. */
export const pins: Check = {
  name: "pinned actions",
  mend: "write `uses: owner/name@<40 hex digits> # vX.Y.Z` (a container: `docker://image@sha256:…`)",
  find: async (root) => {
    const files = (await workflowDocuments(root)).filter(({ whole }) => whole);
    const problems = files.flatMap(({ file, text }) =>
      text.split("\n").flatMap((line, index) => {
        const [, uses = "", comment = ""] = USES.exec(line) ?? [];
        return uses === "" || isPinned(uses, comment) ? [] : [`${file}:${index + 1}: ${uses} is not pinned.`];
      }),
    );
    return { problems };
  },
};

function isPinned(uses: string, comment: string): boolean {
  if (/^(\.|\$)\//.test(uses) || uses.startsWith(`${OWN_REPOSITORY}/`)) return true;
  if (uses.startsWith("docker://")) return /@sha256:[0-9a-f]{64}$/.test(uses);
  return /@[0-9a-f]{40}$/.test(uses) && /^# v\d/.test(comment);
}
