import { readdir } from "node:fs/promises";
import path from "node:path";
import { knex as books } from "../../../../shared/migrations/tools.ts";
import { UserError } from "../../../../shared/runtime/user-error.ts";
import { type Commands, shellWord } from "../command.ts";
import type { Revision } from "../revision.ts";
import type { Tool } from "../tool.ts";
import { isRecorded } from "./books.ts";

const KNEX = "npx --no-install knex";
const up = (id: string): string => `${KNEX} migrate:up ${shellWord(id)}`;

/** Knex: files in the order of their names; one of them at a time goes up or down. */
export function knex(commands: Commands, folder: string): Tool {
  return {
    name: books.name,
    own: [books.table, ...books.ownTables],
    reach: "tcp",
    history: async () => ({ revisions: await revisionsIn(folder), forks: [] }),
    look: async (place) => void (await commands.ask(place, `${KNEX} migrate:currentVersion`)),
    to: (place, revisions, has) =>
      commands.run(
        place,
        revisions
          .slice(has)
          .map(({ id }) => up(id))
          .join("\n"),
      ),
    up: (place, { id }) => commands.run(place, up(id)),
    // migrate:up refuses what is there already; for the newest, latest is what a deployment runs.
    runsAgain: () => true,
    again: (place) => commands.run(place, `${KNEX} migrate:list`),
    down: (place, { id }) => commands.run(place, `${KNEX} migrate:down ${shellWord(id)}`),
    oneWay: () => "",
    downExpected: true,
    recorded: (place, { id }) => isRecorded(place, books.table, (table) => `select name from ${table}`, id),
    sql: () => Promise.resolve(undefined),
  };
}

/** The extensions that Knex loads by default (lib/migrations/common/MigrationsLoader.js). */
const LOADED = /\.(?:co|coffee|eg|iced|js|cjs|litcoffee|ls|ts)$|\.mjs$/;

async function revisionsIn(folder: string): Promise<readonly Revision[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new UserError(`input migrations: ${folder} cannot be read.`, {
      hint: "Run actions/checkout first, and give the folder of the migrations, as the knexfile has it.",
      where: { input: "migrations" },
      cause,
    });
  });
  const found = names.filter((name) => LOADED.test(name) && !name.endsWith(".d.ts")).sort();
  if (found.length === 0) {
    throw new UserError(`input migrations: there is no migration in ${folder}.`, {
      hint: "Give the folder that the knexfile names.",
      where: { input: "migrations" },
    });
  }
  return found.map((id, index) => {
    const parent = found[index - 1];
    return { id, parents: parent === undefined ? [] : [parent], file: path.join(folder, id) };
  });
}
