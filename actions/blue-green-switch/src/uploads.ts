import { readFile } from "node:fs/promises";
import { throwProblems, UserError } from "../../../shared/runtime/user-error.ts";
import type { Config, Start } from "./config-schema.ts";
import { environmentFile, type Reader } from "./environment-file.ts";
import type { Upload } from "./host-commands.ts";
import { baseName } from "./plan.ts";

/** The files that go to a host with a plan. */
export type Uploads = {
  readonly files: readonly Upload[];
  /** Those of them that are environment files, in order: a later one overrides an earlier one. */
  readonly envFiles: readonly string[];
  /** Values that nobody may see. */
  readonly secrets: readonly string[];
};

const VARIABLES = "env.bluegreen";

/**
 * Gathers the compose file, the environment files and the password of the registry. Throws a UserError or UserErrors:
 * every file that cannot be read and every variable that is not set.
 */
export async function gatherUploads(config: Config, env: Readonly<NodeJS.ProcessEnv>): Promise<Uploads> {
  const problems: UserError[] = [];
  const files: Upload[] = [];
  const secrets: string[] = [];
  const { start } = config;
  const envFiles = config["env-files"] ?? [];
  for (const path of [...("compose" in start ? [start.compose] : []), ...envFiles]) {
    const content = await readFile(path).catch(() => undefined);
    if (content !== undefined) files.push({ name: baseName(path), content });
    else problems.push(unreadable(path));
  }
  const variables = new Map<string, string>();
  for (const name of config.env ?? []) {
    const value = env[name];
    if (value === undefined || value === "") problems.push(unset(name, "env"));
    else variables.set(name, value);
  }
  secrets.push(...variables.values());
  const names = envFiles.map(baseName);
  if (variables.size > 0) {
    try {
      files.push({ name: VARIABLES, content: environmentFile(variables, readerOf(start)) });
      names.push(VARIABLES);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(error);
    }
  }
  if (config.registry !== undefined) {
    const password = env[config.registry.password];
    if (password === undefined || password === "")
      problems.push(unset(config.registry.password, "registry.password"));
    else {
      files.push({ name: "registry-password", content: password });
      secrets.push(password);
    }
  }
  const twice = files.map(({ name }) => name).filter((name, index, all) => all.indexOf(name) !== index);
  for (const name of new Set(twice)) problems.push(sameName(name));
  throwProblems(problems);
  return { files, envFiles: names, secrets };
}

function readerOf(start: Start): Reader {
  if ("compose" in start) return "compose";
  return "port" in start ? "docker" : "shell";
}

const where = { input: "config" };

function unreadable(path: string): UserError {
  return new UserError(`config: the file ${path} cannot be read.`, {
    hint: "Paths are relative to the workspace; is actions/checkout there?",
    where,
  });
}

function unset(name: string, key: string): UserError {
  return new UserError(`${key}: the variable ${name} is not set, or empty.`, {
    hint: `Set it under the step's env: ${name}: \${{ secrets.${name} }}. A secret that does not exist gives an empty value.`,
    where,
  });
}

function sameName(name: string): UserError {
  return new UserError(`config: two files have the name ${name}.`, {
    hint: "On the host they lie in one folder: rename one.",
    where,
  });
}
