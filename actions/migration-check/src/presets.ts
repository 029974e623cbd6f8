import path from "node:path";
import { dbmate, flyway, prisma } from "../../../shared/migrations/folders.ts";
import type { Preset } from "../../../shared/migrations/preset.ts";
import { readSqlFolder } from "../../../shared/migrations/sql-folder.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { throwProblems, UserError } from "../../../shared/runtime/user-error.ts";
import { commandsIn } from "./command.ts";
import type { Inputs } from "./inputs.ts";
import type { IsMigration } from "./released.ts";
import type { Tool } from "./tool.ts";
import { alembic } from "./tools/alembic.ts";
import { type CommandScripts, commands as ownCommands } from "./tools/commands.ts";
import { django } from "./tools/django.ts";
import { files } from "./tools/files.ts";
import { knex } from "./tools/knex.ts";
import { urlVariables } from "./url-variables.ts";

export const PRESETS = ["alembic", "django", "prisma", "knex", "dbmate", "flyway", "sql"] as const;

/** A migration tool and where its files are. */
export type Project = {
  readonly tool: Tool;
  /** The folder below which all of its files are; for git. */
  readonly folder: string;
  readonly isMigration: IsMigration;
  /** Whether the order is that of numbers in names, so that a new one can come too early. */
  readonly ordered: boolean;
};

/** Opens the tool that the inputs name. Throws a UserError or UserErrors. */
export async function openProject(inputs: Inputs, runtime: Runtime): Promise<Project> {
  const root = path.resolve(inputs.workingDirectory);
  throwProblems(problemsOf(inputs));
  const options = {
    folder: root,
    variables: inputs.commandEnv,
    urlVariables: urlVariables(inputs.urlVariables),
  };
  const commands = commandsIn(options, runtime);
  const folder = inputs.migrations === undefined ? root : path.resolve(root, inputs.migrations);
  switch (inputs.preset) {
    case "alembic":
      return {
        tool: alembic(commands),
        folder,
        isMigration: (file) => /[\\/]versions[\\/].*\.py$/.test(file),
        ordered: false,
      };
    case "django":
      return { tool: django(commands), folder, isMigration: isDjangoMigration, ordered: false };
    case "knex": {
      const place = path.resolve(root, inputs.migrations ?? "migrations");
      const isMigration: IsMigration = (file) => path.dirname(file) === place && /\.[cm]?[jt]s$/.test(file);
      return { tool: knex(commands, place), folder: place, isMigration, ordered: true };
    }
    case "prisma":
      return fromFiles(prisma, inputs, root);
    case "dbmate":
      return fromFiles(dbmate, inputs, root);
    case "flyway":
    case "sql": {
      const place = path.resolve(
        root,
        inputs.migrations ?? (inputs.preset === "sql" ? "migrations" : (flyway.migrations ?? "")),
      );
      const tool = files(
        inputs.preset === "sql" ? "SQL files" : flyway.name,
        await readSqlFolder(place),
        inputs.rerun,
      );
      return { tool, folder: place, isMigration: (file) => /\.sql$/i.test(file), ordered: true };
    }
    case undefined:
      return {
        tool: ownCommands(commands, scriptsOf(inputs), folder),
        folder,
        isMigration: () => inputs.migrations !== undefined,
        ordered: false,
      };
  }
}

function isDjangoMigration(file: string): boolean {
  return /[\\/]migrations[\\/](?!__init__)[^\\/]+\.py$/.test(file);
}

async function fromFiles(preset: Preset, inputs: Inputs, root: string): Promise<Project> {
  if (preset.replay.by !== "files") throw new Error(`${preset.name} has no files`);
  const folder = path.resolve(root, inputs.migrations ?? preset.migrations ?? "");
  const tool = files(preset.name, await preset.replay.read(folder), inputs.rerun);
  return { tool, folder, isMigration: (file) => /\.sql$/i.test(file), ordered: true };
}

function scriptsOf({ revisions, up, to = "", down, current }: Inputs): CommandScripts {
  return { revisions, up, to, down, current };
}

function problemsOf(inputs: Inputs): UserError[] {
  const problems: UserError[] = [];
  const wrong = (input: string, what: string, hint: string): void =>
    void problems.push(new UserError(`input ${input}: ${what}.`, { hint, where: { input } }));
  const { preset, to, up, down, current, revisions, migrations, rerun, seed, seedCommand, seedAt } = inputs;
  if (preset === undefined) {
    if (to === undefined)
      wrong(
        "preset",
        "nothing says how to migrate",
        "Give a preset, or the command `to`, which migrates up to $REVISION.",
      );
    else if (revisions === undefined && migrations === undefined)
      wrong(
        "revisions",
        "nothing says which migrations there are",
        "Give the command `revisions`, which prints them, oldest first; or `migrations`, a folder whose file names they are.",
      );
  } else {
    for (const [name, given] of Object.entries({ to, up, down, current, revisions })) {
      if (given !== undefined)
        wrong(name, `the preset ${preset} brings its own commands`, "Leave out one of the two.");
    }
  }
  if (rerun && !(preset === "sql" || preset === "flyway" || preset === "dbmate" || preset === "prisma"))
    wrong(
      "rerun",
      "it goes with presets whose files are sent by this action",
      "Leave it out: the tool is run a second time in any case.",
    );
  if (seed !== undefined && seedCommand !== undefined)
    wrong("seed-command", "there is a seed, too", "Give one of them.");
  if (seedAt !== undefined && seed === undefined && seedCommand === undefined)
    wrong("seed-at", "there is no seed", "Give seed or seed-command.");
  return problems;
}
