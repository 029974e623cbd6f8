import type { Severity } from "./severity.ts";

/** Every kind of finding: how grave it is, and what to do about it. The codes are stable: `ignore` names them. */
export const CODES = {
  "MC-HEADS": {
    severity: "critical",
    hint: "Rebase the newer migration onto the other one, or merge them with the tool (alembic merge, makemigrations --merge).",
  },
  "MC-UP-FAILS": { severity: "critical", hint: "Every new environment and every test run would stop here." },
  "MC-UP-FAILS-ON-DATA": {
    severity: "critical",
    hint: "It works on empty tables alone. Fill or convert what is there before the constraint, in the same migration or in one before it.",
  },
  "MC-NOT-APPLIED": {
    severity: "critical",
    hint: "The command said that it was done. Look where it connects to: it must take its address from the environment.",
  },
  "MC-EDITED": {
    severity: "critical",
    hint: "Databases that have run it will never run it again. Bring the file back as it was, and write a new migration.",
  },
  "MC-DELETED": {
    severity: "critical",
    hint: "Databases that have run it know a revision that no longer exists. Bring the file back.",
  },
  "MC-OUT-OF-ORDER": {
    severity: "major",
    hint: "A database that is up to date may skip it, and a new one runs it earlier. Give it a newer number.",
  },
  "MC-DOWN-FAILS": {
    severity: "major",
    hint: "A rollback would stop here. Mend it, or declare the migration irreversible.",
  },
  "MC-DOWN-FAILS-ON-DATA": {
    severity: "major",
    hint: "A rollback works on empty tables alone. Let it say what becomes of the rows, or declare the migration irreversible.",
  },
  "MC-DOWN-LEAVES": {
    severity: "major",
    hint: "Drop it in the downgrade too: the next upgrade may stumble over it, and production is no longer what the migrations say.",
  },
  "MC-DOWN-LACKS": {
    severity: "major",
    hint: "The downgrade takes away more than the upgrade brought. What the older code needs is gone.",
  },
  "MC-DOWN-CHANGES": {
    severity: "major",
    hint: "The downgrade has to bring it back as it was.",
  },
  "MC-NO-DOWN": {
    severity: "major",
    hint: "Other migrations here have a downgrade. Write one, or declare this one irreversible.",
  },
  "MC-UP-AGAIN-FAILS": {
    severity: "major",
    hint: "After a rollback, the next deployment would stop here. See what the downgrade leaves behind.",
  },
  "MC-UP-DIFFERS": {
    severity: "major",
    hint: "After a rollback, the same migration makes another schema than before.",
  },
  "MC-SECOND-RUN-FAILS": {
    severity: "major",
    hint: "A deployment that is repeated runs it again. Nothing should be left to do.",
  },
  "MC-SECOND-RUN-CHANGES": {
    severity: "major",
    hint: "A deployment that is repeated would change the schema again. Nothing should be left to do.",
  },
  "MC-LOCK": { severity: "major", hint: "" },
} as const satisfies Record<string, { readonly severity: Severity; readonly hint: string }>;

export type Code = keyof typeof CODES;

export const CODE_NAMES = Object.keys(CODES) as Code[];

/** A property of an object that is not what it should be. */
export type PropertyDifference = {
  readonly property: string;
  readonly expected: string;
  readonly actual: string;
};

export type Finding = {
  readonly code: Code;
  readonly severity: Severity;
  /** Empty for what is wrong with the history as a whole. */
  readonly revision: string;
  /** As the workspace has it. */
  readonly file: string | undefined;
  readonly line: number | undefined;
  /** `empty` or `seeded`: the database on which it shows; `files` for what the files alone say. */
  readonly on: "empty" | "seeded" | "files";
  /** `enum public.mood`; empty where it is about no object. */
  readonly object: string;
  /** One sentence. */
  readonly what: string;
  readonly differences: readonly PropertyDifference[];
  /** What went or came with the object. */
  readonly along: readonly string[];
  /** The end of what a command said; empty where none did. */
  readonly said: string;
  readonly hint: string;
};

type Given = Pick<Finding, "revision" | "on" | "what"> & Partial<Omit<Finding, "code">>;

/** A finding of this code, with whatever is not given left empty. */
export function findingOf(code: Code, given: Given): Finding {
  const { severity, hint } = CODES[code];
  const empty = { file: undefined, line: undefined, object: "", differences: [], along: [], said: "" };
  return { code, severity, hint, ...empty, ...given };
}
