import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeTrial } from "../../actions/migration-check/src/judge.ts";
import { schemaChanges } from "../../actions/migration-check/src/schema-changes.ts";
import type { Ended, Step, Trial } from "../../actions/migration-check/src/trial.ts";
import type { Catalog } from "../../shared/postgres/catalog/model.ts";

const REVISION = { id: "r", parents: [], file: undefined };

/** A schema of enums, by their names. */
const schemaOf = (names: readonly string[]): Catalog => ({
  server: { major: 18, full: "18.0" },
  objects: new Map([["enum", new Map(names.map((name) => [`public.${name}`, "owner postgres\nlabel a"]))]]),
  unreadable: new Set(),
});

const OK: Ended = { ok: true };
const step = (name: Step["name"], names: readonly string[], ended: Ended = OK): Step => ({
  name,
  ended,
  recorded: undefined,
  catalog: ended.ok ? schemaOf(names) : undefined,
});
const trialOf = (before: readonly string[], steps: readonly Step[], on: Trial["on"] = "empty"): Trial => ({
  ...{ revision: REVISION, on, oneWay: "", before: schemaOf(before), steps },
});
const codes = (trial: Trial): string[] =>
  judgeTrial(trial, []).map(({ code, object }) => `${code} ${object}`.trim());

const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { maxLength: 4 });

describe("what a trial says", () => {
  it("is nothing exactly when down comes back to where up began, and every up to the same schema", () => {
    fc.assert(
      fc.property(names, names, names, names, names, (before, up, down, again, second) => {
        const trial = trialOf(before, [
          step("up", up),
          step("down", down),
          step("up again", again),
          step("second run", second),
        ]);
        const same = (one: readonly string[], other: readonly string[]): boolean =>
          one.toSorted().join() === other.toSorted().join();
        const well = same(before, down) && same(up, again) && same(again, second);
        expect(judgeTrial(trial, []).length === 0).toBe(well);
      }),
    );
  });

  it("names each object that is left or lacking once, and no other", () => {
    fc.assert(
      fc.property(names, names, (before, down) => {
        const found = codes(trialOf(before, [step("up", before), step("down", down)]));
        const left = down
          .filter((name) => !before.includes(name))
          .map((name) => `MC-DOWN-LEAVES enum public.${name}`);
        const lacking = before
          .filter((name) => !down.includes(name))
          .map((name) => `MC-DOWN-LACKS enum public.${name}`);
        expect(found.toSorted()).toEqual([...left, ...lacking].toSorted());
      }),
    );
  });

  it("is about rows only where the empty database did not show the same", () => {
    const failing: Ended = { ok: false, said: "no" };
    const empty = judgeTrial(trialOf([], [step("up", [], failing)]), []);
    const seeded = trialOf([], [step("up", [], failing)], "seeded");
    expect(empty.map(({ code }) => code)).toEqual(["MC-UP-FAILS"]);
    expect(judgeTrial(seeded, [], empty)).toEqual([]);
    expect(judgeTrial(seeded, [], []).map(({ code }) => code)).toEqual(["MC-UP-FAILS-ON-DATA"]);
  });

  it("takes the tool's word that there is no way back, and no other failure for it", () => {
    const thrown: Ended = { ok: false, said: "IrreversibleError", irreversible: "it cannot" };
    expect(codes(trialOf([], [step("up", ["a"]), step("down", [], thrown)]))).toEqual([]);
    expect(codes(trialOf([], [step("up", ["a"]), step("down", [], { ok: false, said: "x" })]))).toEqual([
      "MC-DOWN-FAILS",
    ]);
  });

  it("does not believe a command that the database does not confirm", () => {
    const unrecorded = { ...step("up", []), recorded: false };
    expect(codes(trialOf([], [unrecorded]))).toEqual(["MC-NOT-APPLIED"]);
  });
});

describe("what changed between two schemas", () => {
  it("leaves out the books of the tool, with all that belongs to them, and nothing that is named like them", () => {
    const catalog = (
      objects: readonly (readonly [kind: "table" | "column" | "primary key", name: string])[],
    ): Catalog => {
      const kinds = new Map<"table" | "column" | "primary key", Map<string, string>>();
      for (const [kind, name] of objects)
        kinds.set(kind, (kinds.get(kind) ?? new Map()).set(name, "owner postgres"));
      return { ...schemaOf([]), objects: kinds };
    };
    const after = catalog([
      ["table", "public.alembic_version"],
      ["column", "public.alembic_version.version_num"],
      ["primary key", "public.alembic_version.alembic_version_pkc"],
      ["table", "public.alembic_version_old"],
    ]);
    expect(schemaChanges(catalog([]), after, ["alembic_version"]).map(({ object }) => object)).toEqual([
      "table public.alembic_version_old",
    ]);
  });
});
