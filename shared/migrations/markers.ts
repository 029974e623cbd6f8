import { UserError } from "../runtime/user-error.ts";
import type { Migration, SqlPart } from "./preset.ts";

/** Comments that part a file into the way up and the way down. */
export type Markers = {
  readonly name: string;
  readonly up: RegExp;
  readonly down: RegExp;
  /** On the marker's line, or anywhere in the file: it is not sent in a transaction. */
  readonly bare: RegExp;
  readonly sentBare: SqlPart["sentAs"];
};

/** dbmate sends each part as one query, between BEGIN and COMMIT unless its marker says `transaction:false`. */
export const DBMATE: Markers = {
  name: "-- migrate:up",
  up: /^--\s*migrate:up\b(.*)$/m,
  down: /^--\s*migrate:down\b(.*)$/m,
  bare: /\btransaction\s*:\s*false\b/,
  sentBare: "query",
};

/** goose sends statement by statement, in a transaction unless the file says NO TRANSACTION; sql-migrate, notransaction. */
export const GOOSE: Markers = {
  name: "-- +goose Up",
  up: /^--\s*\+(?:goose|migrate)\s+Up\b(.*)$/im,
  down: /^--\s*\+(?:goose|migrate)\s+Down\b(.*)$/im,
  bare: /^--\s*\+goose\s+NO\s+TRANSACTION\b|\bnotransaction\b/im,
  sentBare: "statements",
};

/** The parts of a file. Throws a UserError where it has no way up. */
export function marked(text: string, file: string, markers: Markers): Omit<Migration, "version"> {
  const up = markers.up.exec(text);
  if (up === null) {
    throw new UserError(`${file} has no line ${markers.name}.`, {
      hint: "What stands between the markers for up and for down is what migrates up.",
      where: { file },
    });
  }
  const wholly = markers.sentBare === "statements" && markers.bare.test(text);
  const part = (marker: RegExpExecArray, from: number, to: number | undefined): SqlPart => {
    const line = text.slice(0, from).split("\n").length;
    const bare = wholly || markers.bare.test(marker[1] ?? "");
    return { file, sql: text.slice(from, to), line, sentAs: bare ? markers.sentBare : "transaction" };
  };
  const start = up.index + up[0].length;
  const after = text.slice(start);
  const down = markers.down.exec(after);
  if (down === null) return part(up, start, undefined);
  const downStart = start + down.index + down[0].length;
  const back = part(down, downStart, undefined);
  return {
    ...part(up, start, start + down.index),
    ...(isEmpty(back.sql) ? {} : { down: back }),
  };
}

/** Whether there is nothing but blanks and comments. */
function isEmpty(sql: string): boolean {
  return sql.replace(/--[^\n]*/g, "").trim() === "";
}
