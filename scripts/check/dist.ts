import path from "node:path";
import { UserError, UserErrors } from "../../shared/runtime/user-error.ts";
import { buildActions } from "../build.ts";
import { describeError } from "../bundle/command-line.ts";
import { differingFiles } from "../bundle/place.ts";
import type { Check } from "./check.ts";

const COMMITTED = "dist";
const FRESH = "build/dist";

/** The committed dist/ is byte for byte what its sources build. */
export const dist: Check = {
  name: "dist is current",
  mend: "npm run build, and commit dist/ by itself",
  find: async (root) => {
    try {
      await buildActions({ root, outDir: FRESH });
    } catch (error) {
      if (error instanceof UserError || error instanceof UserErrors)
        return { problems: [describeError(error)] };
      throw error;
    }
    const differing = await differingFiles(path.join(root, COMMITTED), path.join(root, FRESH));
    return { problems: differing.map((file) => `${COMMITTED}/${file}: is not what the sources build.`) };
  },
};
