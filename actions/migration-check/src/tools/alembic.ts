import { alembic as books } from "../../../../shared/migrations/tools.ts";
import { UserError } from "../../../../shared/runtime/user-error.ts";
import { type Commands, shellWord } from "../command.ts";
import { type History, headsOf, inOrder, type Revision } from "../revision.ts";
import type { Tool } from "../tool.ts";
import type { Ended } from "../trial.ts";
import { isRecorded } from "./books.ts";

/** Alembic: a graph of revisions, of which the database holds the ends. */
export function alembic(commands: Commands): Tool {
  return {
    name: books.name,
    own: [books.table],
    reach: "tcp",
    history: async (place) => parseHistory(await commands.ask(await place(), "alembic history --verbose")),
    look: async (place) => void (await commands.ask(place, "alembic current")),
    to: (place, revisions) =>
      commands.run(
        place,
        headsOf(revisions)
          .map((id) => `alembic upgrade ${shellWord(id)}`)
          .join("\n"),
      ),
    up: (place, { id }) => commands.run(place, `alembic upgrade ${shellWord(id)}`),
    runsAgain: () => true,
    again: (place, { id }) => commands.run(place, `alembic upgrade ${shellWord(id)}`),
    down: async (place, revision) =>
      withReason(await commands.run(place, `alembic downgrade ${shellWord(below(revision))}`)),
    oneWay: () => "",
    downExpected: true,
    recorded: (place, { id }) =>
      isRecorded(place, books.table, (table) => `select version_num from ${table}`, id),
    sql: async (place, revision) => {
      const { id, parents } = revision;
      // From several parents there is no range.
      if (parents.length > 1) return undefined;
      const text = await commands.ask(
        place,
        `alembic upgrade ${shellWord(`${parents[0] ?? "base"}:${id}`)} --sql`,
      );
      return { text, line: undefined, inTransaction: false };
    },
  };
}

/**
 * What takes back this revision and nothing beside it. A plain parent would also take back its other children; on a merge
 * `revision@parent` is refused as an ambiguous walk, and there a parent has no other child above.
 */
function below({ id, parents }: Revision): string {
  const [parent = "base"] = parents;
  return parents.length > 1 ? parent : `${id}@${parent}`;
}

function withReason(ended: Ended): Ended {
  if (ended.ok || !/\bNotImplementedError\b/.test(ended.said)) return ended;
  const reason = /NotImplementedError: (.+)/.exec(ended.said)?.[1];
  return { ...ended, irreversible: reason ?? "its downgrade raises NotImplementedError" };
}

/** Reads `alembic history --verbose`: newest first, one block each. Throws a UserError for what it does not know. */
export function parseHistory(output: string): History {
  const revisions: Revision[] = [];
  for (const block of output.split(/^(?=Rev: )/m)) {
    const [, id] = /^Rev: (\S+)/.exec(block) ?? [];
    if (id === undefined) continue;
    const [, parents = ""] = /^(?:Parent|Merges): (.*)$/m.exec(block) ?? [];
    const [, file] = /^Path: (.+)$/m.exec(block) ?? [];
    const names = parents.split(/[,\s]+/).filter((name) => name !== "" && name !== "<base>");
    revisions.push({ id, parents: names, file: file?.trim() });
  }
  if (revisions.length === 0) {
    throw new UserError("Alembic knows no revision.", {
      hint: "Check working-directory (the folder of alembic.ini) and script_location; alembic history must list the migrations there.",
      where: { input: "working-directory" },
    });
  }
  const ordered = inOrder(revisions.toReversed());
  const heads = headsOf(ordered);
  return { revisions: ordered, forks: heads.length > 1 ? [{ of: "", ids: heads }] : [] };
}
