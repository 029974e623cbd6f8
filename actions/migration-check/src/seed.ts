import { readFile } from "node:fs/promises";
import path from "node:path";
import { isServerError } from "../../../shared/postgres/failure.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { type Commands, commandsIn } from "./command.ts";
import type { Inputs } from "./inputs.ts";
import type { Revision } from "./revision.ts";
import type { Place } from "./tool.ts";
import { urlVariables } from "./url-variables.ts";

/** Puts rows into a database that has the revisions before the first one that is tried. */
export type Seed = { readonly at: number; readonly run: (place: Place) => Promise<void> };

/** The seed that the inputs name, if they do. Throws a UserError. */
export function seedOf(
  inputs: Pick<
    Inputs,
    "seed" | "seedCommand" | "seedAt" | "workingDirectory" | "commandEnv" | "urlVariables"
  >,
  revisions: readonly Revision[],
  first: number,
  runtime: Runtime,
): Seed | undefined {
  const { seed, seedCommand, seedAt, workingDirectory } = inputs;
  if (seed === undefined && seedCommand === undefined) return undefined;
  const at = seedAt === undefined ? first : revisions.findIndex(({ id }) => id === seedAt) + 1;
  if (at === 0 && seedAt !== undefined) {
    throw new UserError(`input seed-at: there is no revision ${remoteLine(seedAt)}.`, {
      hint: "Give the revision after which the rows go in, as the tool names it.",
      where: { input: "seed-at" },
    });
  }
  const after = at === 0 ? "the empty database" : (revisions[at - 1]?.id ?? "");
  if (seed !== undefined)
    return { at, run: (place) => runFile(path.resolve(workingDirectory, seed), after, place) };
  const options = {
    folder: workingDirectory,
    variables: inputs.commandEnv,
    urlVariables: urlVariables(inputs.urlVariables),
  };
  const commands: Commands = commandsIn(options, runtime);
  return { at, run: (place) => runCommand(commands, seedCommand ?? "", after, place) };
}

async function runFile(file: string, after: string, place: Place): Promise<void> {
  const sql = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new UserError(`input seed: ${file} cannot be read.`, {
      hint: "Give the path of a SQL file, below working-directory.",
      where: { input: "seed" },
      cause,
    });
  });
  await place.use(async (client) => {
    try {
      await client.query(sql);
    } catch (error) {
      if (!isServerError(error)) throw error;
      const position = Number((error as { position?: string }).position ?? 0);
      const line = sql.slice(0, Math.max(0, position - 1)).split("\n").length;
      throw new UserError(
        `input seed: the rows do not fit into ${remoteLine(after)}: ${remoteLine(error.message)}`,
        {
          hint: "It is plain SQL (INSERT, not COPY) for the schema before the first migration that is tried; seed-at puts it elsewhere.",
          where: { file, line },
          cause: error,
        },
      );
    }
  });
}

async function runCommand(commands: Commands, script: string, after: string, place: Place): Promise<void> {
  const ended = await commands.run(place, script);
  if (ended.ok) return;
  throw new UserError(`input seed-command: it failed after ${remoteLine(after)}: ${ended.said.slice(-600)}`, {
    hint: "It runs on the schema before the first migration that is tried; seed-at puts it elsewhere.",
    where: { input: "seed-command" },
  });
}
