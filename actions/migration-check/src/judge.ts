import type { Catalog } from "../../../shared/postgres/catalog/model.ts";
import { type Code, type Finding, findingOf } from "./finding.ts";
import { type SchemaChange, schemaChanges } from "./schema-changes.ts";
import type { Step, Trial } from "./trial.ts";

/**
 * What a trial says about its revision. `own` are the tables of the tool. What the same revision showed on the empty
 * database is not told again. Pure.
 */
export function judgeTrial(
  trial: Trial,
  own: readonly string[],
  onEmpty: readonly Finding[] = [],
): Finding[] {
  const { revision, on, before } = trial;
  const findings: Finding[] = [];
  const add = (code: Code, given: Partial<Finding> & { readonly what: string }): void => {
    findings.push(findingOf(code, { revision: revision.id, on, file: revision.file, ...given }));
  };
  const failed = (code: Code & `${string}-FAILS`, what: string, step: Step): void => {
    if (step.ended.ok) return;
    const { said, line } = step.ended;
    const onData = on === "seeded" && (code === "MC-UP-FAILS" || code === "MC-DOWN-FAILS");
    const full = onData && !onEmpty.some((each) => each.code === code) ? (`${code}-ON-DATA` as Code) : code;
    add(full, { what: `${what}${on === "seeded" ? " where there are rows" : ""}`, said, line });
  };
  const [up, down, again, second] = (["up", "down", "up again", "second run"] as const).map((name) =>
    trial.steps.find((each) => each.name === name),
  );
  if (up !== undefined) {
    failed("MC-UP-FAILS", "The upgrade fails", up);
    if (up.ended.ok && up.recorded === false)
      add("MC-NOT-APPLIED", { what: "The upgrade ended well, and the database does not have it" });
  }
  if (down !== undefined && !(down.ended.ok === false && down.ended.irreversible !== undefined)) {
    failed("MC-DOWN-FAILS", "The downgrade fails", down);
    if (down.ended.ok && down.recorded === true)
      add("MC-NOT-APPLIED", { what: "The downgrade ended well, and the database still has it" });
    for (const change of changesOf(before, down.catalog, own)) {
      const [code, what] = DOWN[change.way];
      add(code, { ...told(change), what: `${change.object} ${what}` });
    }
  }
  if (again !== undefined) {
    failed("MC-UP-AGAIN-FAILS", "After the downgrade, the upgrade fails", again);
    for (const change of changesOf(up?.catalog, again.catalog, own)) {
      add("MC-UP-DIFFERS", {
        ...told(change),
        what: `${change.object} ${AGAIN[change.way]} after downgrade and upgrade`,
      });
    }
  }
  if (second !== undefined) {
    failed("MC-SECOND-RUN-FAILS", "A second run fails", second);
    for (const change of changesOf((again ?? up)?.catalog, second.catalog, own)) {
      add("MC-SECOND-RUN-CHANGES", {
        ...told(change),
        what: `${change.object} is ${change.way} by a second run`,
      });
    }
  }
  const known = new Set(onEmpty.map(sameness));
  return findings.filter((each) => !known.has(sameness(each)));
}

const DOWN = {
  added: ["MC-DOWN-LEAVES", "is left behind by the downgrade"],
  removed: ["MC-DOWN-LACKS", "was there before the upgrade, and is gone after the downgrade"],
  changed: ["MC-DOWN-CHANGES", "is not brought back by the downgrade as it was"],
} as const;

const AGAIN = { added: "is there only", removed: "is missing", changed: "is another" } as const;

function changesOf(
  before: Catalog | undefined,
  after: Catalog | undefined,
  own: readonly string[],
): SchemaChange[] {
  return before === undefined || after === undefined ? [] : schemaChanges(before, after, own);
}

function told({
  object,
  differences,
  along,
}: SchemaChange): Pick<Finding, "object" | "differences" | "along"> {
  return { object, differences, along };
}

function sameness({ code, object }: Finding): string {
  return `${code} ${object}`;
}
