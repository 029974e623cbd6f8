import { readFile } from "node:fs/promises";
import { registerHooks } from "node:module";
import path from "node:path";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { Check } from "./check.ts";
import { OWN_REPOSITORY, ownActionOf, ownInputs } from "./own-actions.ts";
import { type WorkflowDocument, workflowDocuments } from "./workflow-documents.ts";

/** GitHub's own validation of workflows and action.yml, with the inputs of our actions as they are in this checkout. */
export const languageService: Check = {
  name: "workflows (GitHub's language service)",
  mend: "mend the workflow, the action.yml or the example in the README",
  find: async (root) => {
    const service = await loadLanguageService();
    const problems: string[] = [];
    // It logs an internal failure and reports a clean file; such a file was not checked.
    const unexpected = (message: string) => problems.push(`The language service failed: ${message}`);
    service.registerLogger({ error: unexpected, warn: unexpected, info: () => {}, log: () => {} });
    service.clearCache();
    for (const [index, document] of (await workflowDocuments(root)).entries()) {
      problems.push(...(await validateDocument(service, root, document, index)));
    }
    return { problems };
  },
};

/** The package imports JSON as bundlers do, without the attribute that Node asks for. */
async function loadLanguageService() {
  const hooks = registerHooks({
    load: (url, context, next) =>
      next(url, url.endsWith(".json") ? { ...context, importAttributes: { type: "json" } } : context),
  });
  try {
    const { registerLogger, validate } = await import("@actions/languageservice");
    const { clearCache } = await import("@actions/languageservice/utils/workflow-cache");
    return { registerLogger, validate, clearCache };
  } finally {
    hooks.deregister();
  }
}

async function validateDocument(
  service: Awaited<ReturnType<typeof loadLanguageService>>,
  root: string,
  document: WorkflowDocument,
  index: number,
): Promise<string[]> {
  const name = document.kind === "action" ? "action.yml" : "workflow.yml";
  const text = TextDocument.create(`${index}/${name}`, "yaml", 1, withReleasedNames(document.text));
  const diagnostics = await service.validate(text, {
    actionsMetadataProvider: {
      fetchActionMetadata: async ({ owner, name: repository, path: folder, ref }) => {
        const own = ownActionOf(`${owner}/${repository}/${folder ?? ""}@${ref}`);
        // Third parties are not asked for: nothing is known of their inputs, and nothing said.
        if (own === undefined) return { name: repository, description: "" };
        const inputs = await ownInputs(root, own);
        return (
          inputs && { name: own, description: "", inputs: inputs as Record<string, { description: string }> }
        );
      },
    },
    fileProvider: {
      getFileContent: async (reference) => {
        const repository =
          "repository" in reference ? `${reference.owner}/${reference.repository}` : OWN_REPOSITORY;
        if (repository !== OWN_REPOSITORY) throw new Error(`${repository} is not looked up`);
        return { name: reference.path, content: await readFile(path.join(root, reference.path), "utf8") };
      },
    },
  });
  return diagnostics.map(
    ({ message, range }) => `${document.file}:${range.start.line + 1 + document.lineShift}: ${message}`,
  );
}

/** The service looks up released actions only; a path to one of ours is read as its released name. */
function withReleasedNames(text: string): string {
  return text.replace(/(\buses:\s*["']?)(\.\/[^\s"']+)/g, (line, before: string, uses: string) => {
    const own = ownActionOf(uses);
    return own === undefined ? line : `${before}${OWN_REPOSITORY}/${own}@v0`;
  });
}
