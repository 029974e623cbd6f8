import * as z from "zod";
import { django as books } from "../../../../shared/migrations/tools.ts";
import { UserError } from "../../../../shared/runtime/user-error.ts";
import { type Commands, shellWord } from "../command.ts";
import type { History, Revision } from "../revision.ts";
import type { Tool } from "../tool.ts";
import type { Ended } from "../trial.ts";
import { isRecorded } from "./books.ts";

const MANAGE = "python manage.py";
const MIGRATE = `${MANAGE} migrate --noinput --skip-checks --verbosity 1`;

/**
 * Django's own loader says what there is: the plan of all leaves, as `migrate` walks it (MigrationExecutor.migration_plan),
 * each node with its parents and its file. It connects to nothing.
 */
const LIST = `
import inspect, json
from django.db.migrations.loader import MigrationLoader
graph = MigrationLoader(None, ignore_no_initial=True).graph
plan = []
for leaf in graph.leaf_nodes():
    plan += [node for node in graph.forwards_plan(leaf) if node not in plan]
print("migration-check:" + json.dumps({
    "revisions": [{
        "id": " ".join(node),
        "parents": [" ".join(parent.key) for parent in sorted(graph.node_map[node].parents)],
        "file": inspect.getsourcefile(type(graph.nodes[node])),
    } for node in plan],
    "leaves": [list(leaf) for leaf in graph.leaf_nodes()],
}))
`;

const listed = z.object({
  revisions: z.array(z.object({ id: z.string(), parents: z.array(z.string()), file: z.string().nullable() })),
  leaves: z.array(z.tuple([z.string(), z.string()])),
});

/** Django: a graph over all apps, of which each app goes up and down by itself. A revision is `app name`. */
export function django(commands: Commands): Tool {
  let known: History = { revisions: [], forks: [] };
  const migrate = (target: string): string => `${MIGRATE} ${target}`;
  const word = ({ id }: Revision): string => id.split(" ").map(shellWord).join(" ");
  return {
    name: books.name,
    own: [books.table],
    reach: "tcp",
    history: async (place) => {
      known = parseGraph(
        await commands.ask(await place(), `${MANAGE} shell --verbosity 0 -c ${shellWord(LIST)}`),
      );
      return known;
    },
    look: async (place) => void (await commands.ask(place, `${MANAGE} showmigrations --skip-checks --plan`)),
    to: (place, revisions) => {
      const last = new Map(revisions.map((each) => [each.id.split(" ")[0], each]));
      return commands.run(place, [...last.values()].map((each) => migrate(word(each))).join("\n"));
    },
    up: (place, revision) => commands.run(place, migrate(word(revision))),
    runsAgain: () => true,
    again: (place, revision) => commands.run(place, migrate(word(revision))),
    down: async (place, revision) => {
      const [app = ""] = revision.id.split(" ");
      const before = revision.parents.find((parent) => parent.startsWith(`${app} `))?.split(" ")[1] ?? "zero";
      return withReason(await commands.run(place, migrate(`${shellWord(app)} ${shellWord(before)}`)));
    },
    oneWay: () => "",
    downExpected: true,
    recorded: (place, { id }) =>
      isRecorded(place, books.table, (table) => `select app || ' ' || name from ${table}`, id),
    sql: async (place, revision) => ({
      text: await commands.ask(place, `${MANAGE} sqlmigrate --skip-checks ${word(revision)}`),
      ...{ line: undefined, inTransaction: false },
    }),
  };
}

function withReason(ended: Ended): Ended {
  if (ended.ok) return ended;
  const [, reason] = /IrreversibleError: (.+)/.exec(ended.said) ?? [];
  return reason === undefined ? ended : { ...ended, irreversible: reason };
}

/** Reads what {@link LIST} prints, among whatever else a project prints. Throws a UserError. */
export function parseGraph(output: string): History {
  const line = /^migration-check:(.*)$/m.exec(output)?.[1];
  const parsed = line === undefined ? undefined : listed.safeParse(JSON.parse(line));
  if (parsed?.success !== true || parsed.data.revisions.length === 0) {
    throw new UserError("Django knows no migration.", {
      hint: "Check working-directory: it is the folder of manage.py.",
      where: { input: "working-directory" },
    });
  }
  const { revisions, leaves } = parsed.data;
  const byApp = new Map<string, string[]>();
  for (const [app, name] of leaves) byApp.set(app, [...(byApp.get(app) ?? []), name]);
  return {
    revisions: revisions.map(({ id, parents, file }) => ({ id, parents, file: file ?? undefined })),
    forks: [...byApp].filter(([, ids]) => ids.length > 1).map(([of, ids]) => ({ of, ids })),
  };
}
