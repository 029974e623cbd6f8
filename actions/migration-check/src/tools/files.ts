import type { Migration, SqlPart } from "../../../../shared/migrations/preset.ts";
import type { PostgresClient } from "../../../../shared/postgres/connect.ts";
import { isServerError } from "../../../../shared/postgres/failure.ts";
import { splitStatements } from "../../../../shared/postgres/statements.ts";
import { remoteLine } from "../../../../shared/runtime/remote-text.ts";
import { UserError } from "../../../../shared/runtime/user-error.ts";
import type { Revision } from "../revision.ts";
import type { Place, Tool } from "../tool.ts";
import type { Ended } from "../trial.ts";

/** Tools whose migrations are SQL files: these are sent as the tool would send them, and nobody keeps books. */
export function files(name: string, migrations: readonly Migration[], rerun: boolean): Tool {
  const byId = new Map(migrations.map((each) => [each.version, each]));
  const of = ({ id }: Revision): Migration => {
    const found = byId.get(id);
    if (found === undefined) throw new Error(`${id} was not read`);
    return found;
  };
  const revisions = migrations.map(({ version, file }, index): Revision => {
    const parent = migrations[index - 1]?.version;
    return { id: version, parents: parent === undefined ? [] : [parent], file };
  });
  return {
    name,
    own: [],
    reach: "socket",
    history: () => Promise.resolve({ revisions, forks: [] }),
    look: undefined,
    to: async (place, wanted, has) => {
      for (const revision of wanted.slice(has)) {
        const ended = await send(place, of(revision));
        if (!ended.ok) return { ...ended, said: `${revision.id}: ${ended.said}` };
      }
      return { ok: true };
    },
    up: (place, revision) => send(place, of(revision)),
    runsAgain: (revision) => rerun || of(revision).repeatable === true,
    again: (place, revision) => send(place, of(revision)),
    down: (place, revision) => {
      const { down } = of(revision);
      if (down === undefined) throw new Error(`${revision.id} has no way down`);
      return send(place, down);
    },
    oneWay: (revision) => {
      const { down, repeatable } = of(revision);
      if (repeatable === true) return "it is repeatable: it is run again instead";
      return down === undefined ? "there is no way down for it" : "";
    },
    downExpected: migrations.some(({ down }) => down !== undefined),
    recorded: () => Promise.resolve(undefined),
    sql: (_place, revision) => {
      const { sql, line, sentAs } = of(revision);
      return Promise.resolve({ text: sql, line, inTransaction: sentAs === "transaction" });
    },
  };
}

function send(place: Place, part: SqlPart): Promise<Ended> {
  return place.use(async (client) => {
    switch (part.sentAs) {
      case "query":
        return query(client, part.sql, part.line);
      case "transaction": {
        await client.query("begin");
        const ended = await query(client, part.sql, part.line);
        return ended.ok ? query(client, "commit", part.line) : ended;
      }
      case "statements": {
        for (const { sql, line } of splitParts(part)) {
          const ended = await query(client, sql, line);
          if (!ended.ok) return ended;
        }
        return { ok: true };
      }
    }
  });
}

function splitParts({ sql, file, line }: SqlPart) {
  try {
    return splitStatements(sql, { file, line });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message, { hint: error.hint, where: { file, ...error.where }, cause: error });
  }
}

async function query(client: PostgresClient, sql: string, line: number): Promise<Ended> {
  try {
    await client.query(sql);
    return { ok: true };
  } catch (error) {
    if (!isServerError(error)) throw error;
    const { position, detail, hint } = error as { position?: string; detail?: string; hint?: string };
    const before = sql.slice(0, Math.max(0, Number(position ?? 1) - 1));
    const said = [error.message, detail, hint].filter((each) => each !== undefined).join(" ");
    return {
      ok: false,
      said: `${remoteLine(said, { max: 1_000 })} (SQLSTATE ${error.code})`,
      line: position === undefined ? undefined : line + before.split("\n").length - 1,
    };
  }
}
