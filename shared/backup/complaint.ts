import { OMITTED } from "./error-lines.ts";

/**
 * What pg_restore, pg_dump or pg_dumpall complain of, without the values that stand in it: they print the statement
 * that failed whole, with its passwords, and the server tells rows in DETAIL and CONTEXT. Of every message its own first
 * line stays, with the entry it is about, the HINT that follows at once, and the line and column of a COPY. Values that
 * stand in the first line itself become "…". Nothing is taken from what follows the first statement or row: a row can
 * hold lines that look like messages. Pure.
 */
export function complaintOf(stderr: string): string {
  const lines = stderr.split("\n");
  // A shell or a loader speaks where the program itself says nothing.
  if (!lines.some((line) => OWN.test(line))) return stderr.replace(SECTIONS, "").trim();
  const raised = RAISED.test(stderr);
  const kept: string[] = [];
  let failed = false;
  // A value that was cut off may go on in the next lines.
  let cut = false;
  let dropping = true;
  for (const line of lines) {
    const own = OWN.exec(line)?.[1];
    if (own !== undefined) {
      dropping = STATEMENT.test(own);
      if (failed && (dropping || cut)) break;
      failed ||= own.startsWith("error: ");
      const safe = raised ? own.replace(/(ERROR: +).*/s, `$1${OF_ITS_OWN}`) : withoutValues(own);
      cut = safe !== own;
      if (!dropping) kept.push(safe);
    } else if (line === OMITTED) {
      dropping = true;
    } else if (SECTION.test(line)) {
      const where = failed && !dropping ? COPY_LINE.exec(line)?.[0] : undefined;
      if (where !== undefined) kept.push(where);
      if (failed) break;
      dropping = true;
    } else if (!dropping && !cut && (LOST.test(line) || line.startsWith("HINT:"))) {
      kept.push(withoutValues(line));
    }
  }
  return kept.join("\n");
}

// `pg_restore: error: …`, `pg_dump: detail: …`; see common/logging.c and, for the entry, pg_backup_archiver.c.
const OWN = /^(?:\S*\/)?pg_\w+: ((?:error|warning|detail|hint|fatal|while |from TOC|could not).*)$/s;
const STATEMENT = /^\w+: (?:The )?(?:command|query) was:/i;
// What libpq adds to a message (pqBuildErrorMessage3 in fe-protocol3.c), and pg_restore to that; LINE repeats the statement.
const SECTION = /^(?:DETAIL|QUERY|CONTEXT|LINE \d+|LOCATION|(?:The )?[Cc]ommand was|[Qq]uery was):/;
const SECTIONS = new RegExp(`${SECTION.source}.*`, "gms");
const COPY_LINE = /^CONTEXT: +COPY [^:"]+, line \d+(?:, column [^:"]+)?(?=:|$)/;
const LOST = /^(?:server closed the connection|\t(?:This probably means|before or while)|SSL )/;
const RAISED = /PL\/pgSQL function .* at (?:RAISE|ASSERT)$/m;
const OF_ITS_OWN = "a function of the database raised an error of its own, whose text is in the server's log";

/** A quoted name stays where the word before says what it names; what else is quoted may be a value, or part of one. */
function withoutValues(message: string): string {
  const text = message.replace(/\b0x[0-9a-f]{2}(?: 0x[0-9a-f]{2})*/gi, "0x…");
  // Before what the server says stands the name of a table at most, which may have quotes in it.
  for (let from = SERVER.exec(text)?.[0].length ?? 0; ; ) {
    const opening = text.indexOf('"', from);
    if (opening === -1) return text;
    const before = text.slice(0, opening);
    const name = /^"[^\n]*?"(?=[\s:,.;)]|$)/.exec(text.slice(opening))?.[0];
    if (name === undefined || !NAMED.test(before)) return `${before}"…"${RANGE.exec(text)?.[0] ?? ""}`;
    from = opening + name.length;
  }
}

const SERVER = /^.*?\b(?:ERROR|FATAL|PANIC): +/s;
const NAMED = new RegExp(
  `\\b(?:server at|on socket|${(
    "relation table view index sequence column constraint partition trigger rule policy role user group schema database " +
      "tablespace extension language parameter function procedure aggregate operator class family type domain collation " +
      "object server wrapper publication subscription option encoding method configuration dictionary parser template " +
      "file directory library module"
  ).replaceAll(" ", "|")}) $`,
  "i",
);
const RANGE = / is out of range for type (?:smallint|integer|bigint|numeric|real|double precision|oid)$/;
