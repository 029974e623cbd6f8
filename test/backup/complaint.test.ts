import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { complaintOf } from "../../shared/backup/complaint.ts";
import { runs } from "../support/effort.ts";

describe("what pg_restore and pg_dump complain of", () => {
  it.each([
    [
      "a failing row, without the row",
      [
        "pg_restore: while PROCESSING TOC:",
        "pg_restore: from TOC entry 3345; 0 16403 TABLE DATA people postgres",
        'pg_restore: error: COPY failed for table "people": ERROR:  new row for relation "people" violates check constraint "c"',
        "DETAIL:  Failing row contains (bob, hash",
        "pg_restore: error: second line of the value).",
        'CONTEXT:  COPY people, line 1: "bob\thash"',
      ],
      [
        "while PROCESSING TOC:",
        "from TOC entry 3345; 0 16403 TABLE DATA people postgres",
        'error: COPY failed for table "people": ERROR:  new row for relation "people" violates check constraint "c"',
      ],
    ],
    [
      "a value that is none of its type, by its line and column",
      [
        'pg_restore: error: COPY failed for table "Odd "one" 漢": ERROR:  invalid input syntax for type integer: "bob" of table "b"',
        'CONTEXT:  COPY people, line 7, column age: "bob"',
      ],
      [
        'error: COPY failed for table "Odd "one" 漢": ERROR:  invalid input syntax for type integer: "…"',
        "CONTEXT:  COPY people, line 7, column age",
      ],
    ],
    [
      "a value out of range",
      ['pg_restore: error: ERROR:  value "4711" is out of range for type integer'],
      ['error: ERROR:  value "…" is out of range for type integer'],
    ],
    [
      "bytes",
      ['pg_restore: error: ERROR:  invalid byte sequence for encoding "UTF8": 0xe4 0x62'],
      ['error: ERROR:  invalid byte sequence for encoding "UTF8": 0x…'],
    ],
    [
      "a statement of which the server repeats a line, with the hint",
      [
        'pg_restore: error: could not execute query: ERROR:  column "a.c" does not exist',
        "LINE 1: CREATE VIEW v AS SELECT a.c, 'secret'",
        "                                ^",
        'HINT:  Perhaps you meant to reference the column "a.b".',
        "Command was: CREATE VIEW v AS",
        "SELECT a.c, 'secret';",
      ],
      ['error: could not execute query: ERROR:  column "a.c" does not exist'],
    ],
    [
      "a connection string that cannot be read",
      [
        'pg_restore: error: could not execute query: ERROR:  invalid connection string syntax: missing "=" after "pass word" in connection info string',
      ],
      ['error: could not execute query: ERROR:  invalid connection string syntax: missing "…"'],
    ],
    [
      "a hint, unless it shows a value",
      [
        "pg_restore: error: could not execute query: ERROR:  must be superuser to create subscriptions",
        "HINT:  Become one.",
        'HINT:  "POINT(4711" <-- parse error at position 10 within geometry',
      ],
      [
        "error: could not execute query: ERROR:  must be superuser to create subscriptions",
        "HINT:  Become one.",
        'HINT:  "…"',
      ],
    ],
    [
      "what a function raises, whose text is the function's own",
      [
        'pg_restore: error: COPY failed for table "people": ERROR:  bob is no customer',
        "CONTEXT:  PL/pgSQL function public.ok(text) line 3 at RAISE",
      ],
      [
        'error: COPY failed for table "people": ERROR:  a function of the database raised an error of its own, whose text is in the server\'s log',
      ],
    ],
    [
      "a lost connection, whole",
      [
        "pg_restore: error: could not execute query: FATAL:  terminating connection due to administrator command",
        "server closed the connection unexpectedly",
        "\tThis probably means the server terminated abnormally",
        "\tbefore or while processing the request.",
        "Command was: ALTER SUBSCRIPTION s CONNECTION 'password=secret'",
      ],
      [
        "error: could not execute query: FATAL:  terminating connection due to administrator command",
        "server closed the connection unexpectedly",
        "\tThis probably means the server terminated abnormally",
        "\tbefore or while processing the request.",
      ],
    ],
    [
      "what the server told pg_dump, without the query",
      [
        'pg_dump: error: Dumping the contents of table "t" failed: PQgetResult() failed.',
        "pg_dump: detail: Error message from server: ERROR:  missing chunk number 0 for toast value 16394 in pg_toast_16390",
        "pg_dump: detail: Command was: COPY public.t (a) TO stdout;",
      ],
      [
        'error: Dumping the contents of table "t" failed: PQgetResult() failed.',
        "detail: Error message from server: ERROR:  missing chunk number 0 for toast value 16394 in pg_toast_16390",
      ],
    ],
    [
      "warnings, and those after one with rows",
      [
        "pg_dump: warning: the first",
        "DETAIL:  bob",
        "pg_dump: warning: the second",
        "pg_dump: hint: Do this.",
      ],
      ["warning: the first", "warning: the second", "hint: Do this."],
    ],
    ["a shell that does not find it", ["sh: 1: pg_dump: not found"], ["sh: 1: pg_dump: not found"]],
    [
      "nothing of a statement whose beginning was left out",
      ["secret text of a function", "pg_restore: error: a worker process died unexpectedly"],
      ["error: a worker process died unexpectedly"],
    ],
  ])("is %s", (_, said, kept) => {
    expect(complaintOf(said.join("\n"))).toBe(kept.join("\n"));
  });

  it("never holds a value of a statement, a row or a place in it, whatever that looks like", () => {
    const mark = "S3cr3t";
    const look = fc.constantFrom(
      ...[
        "pg_restore: error: ",
        "\npg_restore: error: ",
        "\nHINT:  ",
        "\nCONTEXT:  COPY ",
        "\n",
        '"',
        "\r\n",
        "ERROR:  ",
      ],
    );
    const value = fc
      .array(fc.oneof(look, fc.string({ unit: "grapheme", maxLength: 8 })), { maxLength: 6 })
      .map((parts) => parts.map((part) => `${mark}${part}${mark}`).join("") + mark);
    const section = fc.oneof(
      value.map((text) => `DETAIL:  Failing row contains (${text}).`),
      value.map((text) => `Command was: CREATE USER MAPPING FOR u OPTIONS (password '${text}');`),
      value.map((text) => `CONTEXT:  COPY people, line 1: "${text}"`),
      value.map((text) => `CONTEXT:  COPY people, line 1, column age: "${text}"`),
      value.map((text) => `LINE 1: SELECT '${text}'`),
      value.map((text) => `pg_restore: detail: Query was: SELECT '${text}'`),
    );
    const message = fc.constantFrom(
      'pg_restore: error: COPY failed for table "people": ERROR:  new row violates check constraint "c"',
      'pg_restore: error: could not execute query: ERROR:  role "app" does not exist',
    );
    fc.assert(
      fc.property(message, fc.array(section, { minLength: 1, maxLength: 4 }), (error, sections) => {
        const kept = complaintOf([error, ...sections].join("\n"));
        expect(kept).toContain(error.replace("pg_restore: ", ""));
        expect(kept).not.toContain(mark);
      }),
      { numRuns: runs(300, 5_000) },
    );
  });

  it("never holds the value that an error line quotes", () => {
    const value = fc
      .tuple(
        fc.constantFrom("", "\n", "\nHINT:  ", "\npg_restore: error: ", '"', "\r\n"),
        fc.string({ unit: "grapheme-ascii", maxLength: 20 }),
      )
      .map(([look, text]) => `S3cr3t${look}S3cr3t${text}S3cr3t`);
    const line = fc.oneof(
      value.map((text) => `invalid input syntax for type integer: "${text}"`),
      value.map((text) => `value "${text}" is out of range for type smallint`),
      value.map((text) => `"${text}" is out of range for type double precision`),
      value.map((text) => `invalid input value for enum mood: "${text}"`),
      value.map((text) => `invalid value for parameter "work_mem": "${text}"`),
    );
    fc.assert(
      fc.property(line, (said) => {
        expect(complaintOf(`pg_restore: error: COPY failed for table "t": ERROR:  ${said}`)).not.toContain(
          "S3cr3t",
        );
      }),
      { numRuns: runs(300, 5_000) },
    );
  });
});
