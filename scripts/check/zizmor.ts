import path from "node:path";
import { runChild } from "../bundle/child.ts";
import { installMissing } from "../system/install.ts";
import type { Check } from "./check.ts";
import { checkParts } from "./parts.ts";
import { workflowDocuments } from "./workflow-documents.ts";

const CONFIG = path.join(import.meta.dirname, "zizmor.yml");

/** zizmor: what makes a workflow unsafe (script injection, credentials left behind, wide permissions). */
export const zizmor: Check = {
  name: "workflow security (zizmor)",
  mend: "mend the workflow (docs.zizmor.sh/audits explains each finding)",
  find: async (root) => {
    const files = (await workflowDocuments(root)).filter(({ whole }) => whole).map(({ file }) => file);
    if (files.length === 0) return { problems: [] };
    const [missing] = await installMissing(checkParts, ["zizmor"], () => {});
    const program = checkParts.zizmor.find();
    if (missing !== undefined || program === undefined) {
      const { command, reason } = missing ?? { command: "npm run setup", reason: "not found" };
      const mayBeHad = checkParts.zizmor.sources.some((source) => source.usable());
      if (process.env["CI"] === "true" && mayBeHad) return { problems: [`zizmor is missing: ${reason}`] };
      return { problems: [], notRun: `to supply it: ${command}` };
    }
    // Offline: what it would ask GitHub for differs from day to day, and needs a token.
    const args = [
      "--offline",
      "--no-progress",
      "--color=never",
      "--format=plain",
      "--config",
      CONFIG,
      ...files,
    ];
    const { code, stdout, stderr } = await runChild(program, args, { cwd: root });
    return { problems: code === 0 ? [] : [`${stdout}${stderr}`.trim()] };
  },
};
