import { UserError, UserErrors } from "../../shared/runtime/user-error.ts";
import { describeError } from "../bundle/command-line.ts";
import { generateFiles, staleFiles } from "../docs/generated-files.ts";
import type { Check } from "./check.ts";

/** The tables in the READMEs, the catalog and the JSON Schemas are what the sources would generate now. */
export const generated: Check = {
  name: "generated files",
  mend: "npm run docs",
  find: async (root) => {
    try {
      const stale = await staleFiles(root, await generateFiles(root));
      return { problems: stale.map((file) => `${file}: is not what its sources generate.`) };
    } catch (error) {
      if (error instanceof UserError || error instanceof UserErrors)
        return { problems: [describeError(error)] };
      throw error;
    }
  },
};
