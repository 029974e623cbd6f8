import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reasonIn } from "../../actions/migration-check/src/declared.ts";
import { parseChanges, parseNames } from "../../actions/migration-check/src/git.ts";
import { headsOf, inOrder, type Revision } from "../../actions/migration-check/src/revision.ts";
import { parseViolations } from "../../actions/migration-check/src/squawk.ts";
import { parseHistory } from "../../actions/migration-check/src/tools/alembic.ts";
import { parseRevisions } from "../../actions/migration-check/src/tools/commands.ts";
import { parseGraph } from "../../actions/migration-check/src/tools/django.ts";
import { urlVariables } from "../../actions/migration-check/src/url-variables.ts";
import { orderSqlFiles } from "../../shared/migrations/sql-folder.ts";
import { UserError } from "../../shared/runtime/user-error.ts";

/** Texts out of what the parsers look for, and what they do not expect there. */
const pieces = fc
  .array(
    fc.constantFrom(
      "Rev: ",
      "Parent: ",
      "<base>",
      "Path: ",
      "\n",
      "\0",
      "{",
      "}",
      "[]",
      '"',
      ",",
      "a1",
      "\ud800",
      " ",
    ),
  )
  .map((words) => words.join(""));

/** Any text is read, or refused with a reason. */
function neverBreaks(parse: (text: string) => unknown): void {
  fc.assert(
    fc.property(fc.oneof(fc.string(), pieces), (text) => {
      try {
        parse(text);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    }),
  );
}

/** A graph: each revision comes after some of those before it. */
const graph = fc
  .array(fc.array(fc.nat({ max: 20 }), { maxLength: 2 }), { minLength: 1, maxLength: 20 })
  .map((all) =>
    all.map((parents, index): Revision => {
      const ids = [...new Set(parents.filter((parent) => parent < index))].map((parent) => `r${parent}`);
      return { id: `r${index}`, parents: ids, file: undefined };
    }),
  );

describe("the history of Alembic", () => {
  it("is read as it was written, in whatever graph, and its heads with it", () => {
    fc.assert(
      fc.property(graph, (revisions) => {
        const text = revisions
          .toReversed()
          .map(({ id, parents }) => {
            const said =
              parents.length > 1 ? `Merges: ${parents.join(", ")}` : `Parent: ${parents[0] ?? "<base>"}`;
            return `Rev: ${id}${parents.length > 1 ? " (mergepoint)" : ""}\n${said}\nPath: /w/${id}.py\n\n    Rev: is what the message says\n`;
          })
          .join("\n");
        const history = parseHistory(text);
        const heads = headsOf(revisions);
        expect(history.revisions.map(({ id, parents }) => [id, [...parents]])).toEqual(
          revisions.map(({ id, parents }) => [id, [...parents]]),
        );
        expect(history.forks).toEqual(heads.length > 1 ? [{ of: "", ids: heads }] : []);
      }),
    );
  });

  it("comes in an order in which nothing stands before what it needs", () => {
    fc.assert(
      fc.property(
        graph.chain((all) => fc.shuffledSubarray(all, { minLength: all.length })),
        (shuffled) => {
          const ordered = inOrder(shuffled).map(({ id }) => id);
          expect(ordered.toSorted()).toEqual(shuffled.map(({ id }) => id).toSorted());
          for (const { id, parents } of shuffled)
            for (const parent of parents) expect(ordered.indexOf(parent)).toBeLessThan(ordered.indexOf(id));
        },
      ),
    );
  });

  it("is refused where there is none", () => {
    expect(() => parseHistory("INFO  [alembic] nothing\n")).toThrow("Alembic knows no revision");
    neverBreaks(parseHistory);
  });
});

describe("what git says", () => {
  it("is read name by name, whatever the names are", () => {
    const name = fc.string({ minLength: 1 }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(fc.array(fc.record({ status: fc.constantFrom("A", "M", "D", "T"), name })), (changes) => {
        expect(parseChanges(changes.map((each) => `${each.status}\0${each.name}\0`).join(""))).toEqual(
          changes,
        );
        const names = changes.map((each) => each.name);
        expect(parseNames(names.map((each) => `${each}\0`).join(""))).toEqual(names);
      }),
    );
    neverBreaks(parseChanges);
  });
});

describe("the names of SQL files", () => {
  it.each([
    { names: ["10_b.sql", "9_a.sql"], told: ["9_a", "10_b"] },
    {
      names: ["0001_a.up.sql", "0001_a.down.sql", "0002_b.up.sql"],
      told: ["0001_a <0001_a.down.sql", "0002_b"],
    },
    {
      names: ["R__v.sql", "V10__b.sql", "V2.1__a.sql", "U10__b.sql"],
      told: ["V2.1__a", "V10__b <U10__b.sql", "R__v"],
    },
  ])("$names come as $told", ({ names, told }) => {
    expect(
      orderSqlFiles(names).map(({ version, down }) => version + (down === undefined ? "" : ` <${down}`)),
    ).toEqual(told);
  });

  it.each([
    { names: ["seed.sql"], because: "has no number" },
    { names: ["1_a.down.sql"], because: "has no way up" },
    { names: ["1_a.sql", "01_b.sql"], because: "has the number of" },
  ])("$names are refused: it $because", ({ names, because }) => {
    expect(() => orderSqlFiles(names)).toThrow(because);
  });

  it("are put in order or refused, whatever they are, and always alike", () => {
    const name = fc.stringMatching(/^[VUR]?[0-9._]{0,4}_{0,2}[a-c]?(\.up|\.down)?\.sql$/);
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 8 }), (names) => {
        const read = (list: readonly string[]): unknown => {
          try {
            return orderSqlFiles(list);
          } catch (error) {
            if (!(error instanceof UserError)) throw error;
            return "refused";
          }
        };
        expect(read(names)).toEqual(read(names.toReversed()));
      }),
    );
  });
});

describe("small texts", () => {
  it.each([
    ["-- migration-check: irreversible, the rows are gone", "the rows are gone"],
    ["# migration-check:irreversible", ""],
    ["/* migration-check: irreversible: no way */", "no way"],
    ["-- irreversible", undefined],
    ["-- migration-check: irreversibly", undefined],
  ])("%j declares %j", (text, reason) => {
    expect(reasonIn(text)).toBe(reason);
  });

  it("revisions are the first words of lines, each once", () => {
    expect(parseRevisions("a1 first\n\n  b2\n")).toEqual(["a1", "b2"]);
    expect(() => parseRevisions("a\na")).toThrow('printed "a" twice');
    expect(() => parseRevisions("\n")).toThrow("printed nothing");
  });

  it("names of variables are names, never addresses", () => {
    expect(urlVariables(["A", "B=postgresql+psycopg"])).toEqual([
      { name: "A", scheme: "postgresql" },
      { name: "B", scheme: "postgresql+psycopg" },
    ]);
    expect(() => urlVariables(["A=postgres://user:secret@host/db"])).toThrow("is no name of a variable");
  });

  it("what Django and squawk print is read or refused, and never taken for nothing", () => {
    neverBreaks(parseGraph);
    neverBreaks((text) => parseGraph(`migration-check:${text}`));
    neverBreaks((text) => parseViolations(text, "", 1));
    expect(() => parseViolations("", "killed", null)).toThrow("no result that can be read");
    expect(parseViolations("", "", 0)).toEqual([]);
  });
});
