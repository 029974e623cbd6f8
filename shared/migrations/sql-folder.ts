import path from "node:path";
import { UserError } from "../runtime/user-error.ts";
import { compareVersions, namesIn, text } from "./folders.ts";
import { DBMATE, GOOSE, marked } from "./markers.ts";
import type { Migration, SqlPart } from "./preset.ts";

/** The files of one migration, by name. */
export type SqlFiles = {
  readonly version: string;
  readonly up: string;
  readonly down: string | undefined;
  readonly repeatable: boolean;
};

type Name = { readonly number: string; readonly stem: string; readonly way: "up" | "down" | "repeatable" };

/**
 * Puts the names of a folder in order: `0001_name.up.sql` with `0001_name.down.sql`; `V1.2__name.sql` with
 * `U1.2__name.sql`, and `R__name.sql`, which come last; `0001_name.sql`, with or without marks inside. Numbers compare as
 * numbers. Throws a UserError for what has no place: a name without a number, a way down without a way up, a number twice.
 */
export function orderSqlFiles(names: readonly string[]): readonly SqlFiles[] {
  const found = names.map((name) => ({ name, ...parse(name) }));
  const ups = found.filter(({ way }) => way !== "down");
  const downs = new Map(found.filter(({ way }) => way === "down").map((each) => [keyOf(each), each.name]));
  const ordered = ups
    .toSorted((a, b) => compareVersions(dotted(a), dotted(b)) || (a.name < b.name ? -1 : 1))
    .map((each): SqlFiles => {
      const key = keyOf(each);
      const down = downs.get(key);
      downs.delete(key);
      return { version: each.stem, up: each.name, down, repeatable: each.way === "repeatable" };
    });
  const [lost] = downs.values();
  if (lost !== undefined)
    throw wrong(lost, "has no way up beside it", "Is its name the same up to the ending?");
  for (const [index, each] of ups.entries()) {
    if (each.way === "repeatable") continue;
    const other = ups
      .slice(index + 1)
      .find((one) => one.way === "up" && compareVersions(dotted(one), dotted(each)) === 0);
    if (other !== undefined)
      throw wrong(
        other.name,
        `has the number of ${each.name}`,
        "Nobody can tell which comes first: renumber one of them.",
      );
  }
  return ordered;
}

function keyOf({ number, stem }: Name): string {
  return stem.startsWith("V") || stem.startsWith("U") ? number : stem;
}

function dotted({ number, way }: Name): string | undefined {
  return way === "repeatable" ? undefined : number;
}

function parse(name: string): Name {
  const [, stem = "", way] = /^(.*?)(?:\.(up|down))?\.sql$/is.exec(name) ?? [];
  const [, letter, flyway] = /^([VU])(\d[\d._]*?)__/.exec(stem) ?? [];
  if (flyway !== undefined)
    return { number: flyway.replaceAll("_", "."), stem, way: letter === "U" ? "down" : "up" };
  if (/^R__/.test(stem)) return { number: "", stem, way: "repeatable" };
  const [number] = /^\d+/.exec(stem) ?? [];
  if (number === undefined)
    throw wrong(
      name,
      "has no number at the beginning of its name",
      "Name it as the others: 0001_what_it_does.sql. What is no migration belongs into another folder.",
    );
  return { number, stem, way: way?.toLowerCase() === "down" ? "down" : "up" };
}

function wrong(file: string, what: string, hint: string): UserError {
  return new UserError(`input migrations: ${JSON.stringify(file)} ${what}.`, {
    hint,
    where: { input: "migrations" },
  });
}

/** Reads a folder of SQL files. Throws a UserError. */
export async function readSqlFolder(folder: string): Promise<readonly Migration[]> {
  const ordered = orderSqlFiles(await namesIn(folder, /\.sql$/i));
  return Promise.all(
    ordered.map(async ({ version, up, down, repeatable }): Promise<Migration> => {
      const file = path.join(folder, up);
      const sql = await text(file);
      const markers = [DBMATE, GOOSE].find((each) => each.up.test(sql));
      if (markers !== undefined) return { version, ...marked(sql, file, markers) };
      const back = down === undefined ? undefined : await part(path.join(folder, down));
      return {
        ...{ version, file, sql, line: 1, sentAs: "query" },
        ...(back === undefined ? {} : { down: back }),
        ...(repeatable ? { repeatable } : {}),
      };
    }),
  );
}

async function part(file: string): Promise<SqlPart> {
  return { file, sql: await text(file), line: 1, sentAs: "query" };
}
