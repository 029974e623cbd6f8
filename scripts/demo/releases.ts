import { createHash } from "node:crypto";

/** Commits of the shop that the demo deploys, in the shape of a real one. */
export const RELEASES = { first: commit("first"), second: commit("second"), third: commit("third") } as const;

function commit(name: string): string {
  return createHash("sha1").update(`the ${name} release of the shop`).digest("hex");
}
