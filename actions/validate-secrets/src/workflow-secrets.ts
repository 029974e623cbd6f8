import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { parseConfig } from "../../../shared/runtime/config-document.ts";
import { UserError, UserErrors } from "../../../shared/runtime/user-error.ts";

/** A place in a workflow that uses a secret. */
export type SecretUse = { readonly name: string; readonly file: string; readonly line: number };

export type WorkflowSecrets = {
  readonly uses: readonly SecretUse[];
  /** Files that use secrets whose names are not in them: toJSON(secrets), secrets[…], inherit. */
  readonly dynamic: readonly string[];
  /** Files that are not YAML, and why. */
  readonly unreadable: readonly { readonly file: string; readonly why: string }[];
};

/** Finds the secrets that the workflow files of a folder use. Throws a UserError when there is no such folder. */
export async function findWorkflowSecrets(folder: string): Promise<WorkflowSecrets> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new UserError(`input workflows: the folder ${folder} cannot be read.`, {
      hint: "Give the path of the workflows, such as .github/workflows, after actions/checkout.",
      where: { input: "workflows" },
      cause,
    });
  });
  const files = names.filter((name) => /\.ya?ml$/.test(name)).sort();
  const found = {
    uses: [] as SecretUse[],
    dynamic: [] as string[],
    unreadable: [] as { file: string; why: string }[],
  };
  for (const name of files) {
    const file = path.join(folder, name);
    try {
      const { uses, dynamic } = secretsInWorkflow(await readFile(file, "utf8"), file);
      found.uses.push(...uses);
      if (dynamic) found.dynamic.push(file);
    } catch (error) {
      if (!(error instanceof UserError || error instanceof UserErrors)) throw error;
      found.unreadable.push({ file, why: error.message });
    }
  }
  return found;
}

/** The secrets that one workflow uses; comments do not count. Throws UserError or UserErrors for what is not YAML. */
export function secretsInWorkflow(
  text: string,
  file: string,
): { readonly uses: readonly SecretUse[]; readonly dynamic: boolean } {
  const { value, locate } = parseConfig(text, file);
  const uses: SecretUse[] = [];
  let dynamic = false;
  const visit = (part: unknown, at: readonly PropertyKey[]): void => {
    if (typeof part === "string") {
      if (at.at(-1) === "secrets" && at[0] === "jobs" && part.trim() === "inherit") dynamic = true;
      // `if` is an expression without the braces around it.
      for (const expression of expressionsIn(part, at.at(-1) === "if")) {
        const found = namesInExpression(expression);
        dynamic ||= found.dynamic;
        for (const name of found.names) uses.push({ name, file, line: locate(at).line });
      }
    } else if (typeof part === "object" && part !== null) {
      for (const [key, inner] of Object.entries(part))
        visit(inner, [...at, Array.isArray(part) ? Number(key) : key]);
    }
  };
  visit(value, []);
  return { uses, dynamic };
}

function expressionsIn(text: string, whole: boolean): string[] {
  const found = [...text.matchAll(/\$\{\{((?:'(?:[^']|'')*'|(?!\}\}).)*)\}\}/gs)].map(
    ([, inside = ""]) => inside,
  );
  return found.length === 0 && whole ? [text] : found;
}

// Texts first, so that `'secrets.X'` is none; then the context with a name, in either way of writing, or without.
const TOKEN =
  /(?<![.\w-])secrets\s*(?:\.\s*([A-Za-z_][\w-]*)|\[\s*'((?:[^']|'')*)'\s*\])|'(?:[^']|'')*'|(?<![.\w-])(secrets)\b/gi;

/** The names of secrets in an expression, in capitals; `dynamic` when it takes all of them, or one it works out. */
export function namesInExpression(expression: string): {
  readonly names: readonly string[];
  readonly dynamic: boolean;
} {
  const names = new Set<string>();
  let dynamic = false;
  for (const [, dotted, indexed, alone] of expression.matchAll(TOKEN)) {
    const name = (dotted ?? indexed)?.toUpperCase();
    if (name !== undefined && name !== "GITHUB_TOKEN") names.add(name);
    if (alone !== undefined) dynamic = true;
  }
  return { names: [...names], dynamic };
}
