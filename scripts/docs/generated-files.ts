import { readFile } from "node:fs/promises";
import path from "node:path";
import { throwProblems, UserError, UserErrors } from "../../shared/runtime/user-error.ts";
import { actionNames, filesUnder } from "../bundle/repository.ts";
import { readActionMetadata } from "./action-metadata.ts";
import { actionsTable, type CatalogEntry, catalog } from "./catalog.ts";
import { hostScript, hostScriptModule } from "./host-script.ts";
import { inputsTable, outputsTable, replaceMarked, sectionOf } from "./markdown.ts";
import { pagesWithTemplates } from "./quoted-files.ts";
import { jsonSchemas } from "./schemas.ts";

/** Generated files by their paths from the root: the text they should have, or undefined where none should be. */
export type GeneratedFiles = ReadonlyMap<string, string | undefined>;

/**
 * Works out every generated file of the documentation, in memory: the tables in the READMEs, the catalog, the
 * JSON Schemas, the scripts for hosts, and the templates within the pages of docs/.
 * @throws UserError or UserErrors with every missing description, marker and section.
 */
export async function generateFiles(root: string): Promise<GeneratedFiles> {
  const files = new Map<string, string | undefined>();
  const entries: CatalogEntry[] = [];
  const problems: UserError[] = [];
  for (const name of await actionNames(root)) {
    await collect(problems, async () => {
      entries.push(await generateForAction(root, name, files));
    });
  }
  await collect(problems, async () => {
    files.set(
      "README.md",
      replaceMarked(await textOf(root, "README.md"), "actions", actionsTable(entries), "README.md"),
    );
  });
  await collect(problems, async () => {
    for (const [file, text] of await pagesWithTemplates(root)) files.set(file, text);
  });
  throwProblems(problems);
  files.set("action-catalog.md", catalog(entries));
  return files;
}

/** The paths of the generated files that are not as they should be, sorted. */
export async function staleFiles(root: string, files: GeneratedFiles): Promise<string[]> {
  const stale: string[] = [];
  for (const [file, wanted] of files) {
    const present = await readFile(path.join(root, file), "utf8").catch(() => undefined);
    if (present !== wanted) stale.push(file);
  }
  return stale.sort();
}

async function generateForAction(
  root: string,
  name: string,
  files: Map<string, string | undefined>,
): Promise<CatalogEntry> {
  const folder = `actions/${name}`;
  const action = await readActionMetadata(root, name);
  const schemas = await jsonSchemas(root, name);
  for (const file of await filesUnder(path.join(root, folder))) {
    if (/^[^/]+\.schema\.json$/.test(file)) files.set(`${folder}/${file}`, undefined);
  }
  for (const [file, text] of schemas) files.set(`${folder}/${file}`, text);
  const script = await hostScript(root, name);
  if (script !== undefined) files.set(`${folder}/src/agent-script.ts`, hostScriptModule(script));

  const file = `${folder}/README.md`;
  const readme = await textOf(root, file);
  const withInputs = replaceMarked(readme, "inputs", inputsTable(action), file);
  files.set(file, replaceMarked(withInputs, "outputs", outputsTable(action), file));
  const permissions = sectionOf(readme, "Permissions");
  if (permissions === undefined || permissions === "") {
    throw new UserError("There is no section `## Permissions`.", {
      hint: "Say under that heading which permissions the job needs; write `None.` when it needs none.",
      where: { file },
    });
  }
  return { action, permissions, schemas: [...schemas.keys()] };
}

async function textOf(root: string, file: string): Promise<string> {
  return readFile(path.join(root, file), "utf8").catch((cause) => {
    throw new UserError(`The file cannot be read (${cause.code}).`, {
      hint: "Write it.",
      where: { file },
      cause,
    });
  });
}

async function collect(problems: UserError[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof UserErrors) problems.push(...error.problems);
    else if (error instanceof UserError) problems.push(error);
    else throw error;
  }
}
