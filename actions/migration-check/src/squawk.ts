import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import * as z from "zod";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { runChild } from "../../../shared/runtime/child-process.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { type Finding, findingOf } from "./finding.ts";
import type { Revision } from "./revision.ts";

/** When squawk looks at the SQL. */
export const SQUAWK = ["when-present", "required", "off"] as const;

const violations = z.array(
  z.object({
    line: z.int(),
    level: z.string(),
    message: z.string(),
    help: z.string().nullish(),
    rule_name: z.string(),
  }),
);

/** A squawk that can be run. */
export type Squawk = {
  readonly version: string;
  readonly lint: (sql: string, inTransaction: boolean) => Promise<readonly Violation[]>;
};
export type Violation = z.infer<typeof violations>[number];

/** Finds squawk: in the project's node_modules, else on PATH. Throws a UserError where it is required and is not there. */
export async function findSquawk(
  when: (typeof SQUAWK)[number],
  { folder, major }: { readonly folder: string; readonly major: number },
  runtime: Runtime,
): Promise<Squawk | undefined> {
  if (when === "off") return undefined;
  const { env, signal } = runtime;
  const local = path.join(folder, "node_modules/.bin");
  const child = { PATH: `${local}:${env["PATH"] ?? ""}`, HOME: env["HOME"] ?? "/", LC_ALL: "C.UTF-8" };
  const run = async (args: readonly string[]) => {
    let out = "";
    let said = "";
    const end = await runChild("squawk", args, {
      ...{ env: child, cwd: folder, signal },
      onStdout: (chunk) => {
        out += chunk.toString();
      },
      onStderr: (chunk) => {
        said = (said + chunk.toString()).slice(-1_000);
      },
    });
    return { out, said, code: end.code };
  };
  const found = await run(["--version"]).catch((error: NodeJS.ErrnoException) => {
    signal.throwIfAborted();
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found === undefined || found.code !== 0) {
    if (when === "when-present") return undefined;
    throw new UserError("squawk: it is required, and it is not there.", {
      hint: "Install it in a step before (npm install squawk-cli, or pip install squawk-cli), or set squawk: when-present.",
      where: { input: "squawk" },
    });
  }
  return {
    version: found.out.trim(),
    lint: async (sql, inTransaction) => {
      const directory = await mkdtemp(path.join(env["RUNNER_TEMP"] || tmpdir(), "squawk-"));
      try {
        const file = path.join(directory, "migration.sql");
        await writeFile(file, sql);
        const { out, said, code } = await run([
          ...["--reporter", "json", "--pg-version", `${major}.0`],
          ...(inTransaction ? ["--assume-in-transaction"] : []),
          file,
        ]);
        return parseViolations(out, said, code);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
  };
}

/** Reads squawk's JSON. Throws a UserError for anything else: what was not read was not checked. */
export function parseViolations(out: string, said: string, code: number | null): readonly Violation[] {
  try {
    const parsed = violations.safeParse(JSON.parse(out.trim() === "" && code === 0 ? "[]" : out));
    if (parsed.success) return parsed.data;
  } catch {
    // Told below.
  }
  throw new UserError(
    `squawk gave no result that can be read (exit code ${code}): ${remoteLine(said || out)}`,
    {
      hint: "Try another version of squawk, or set squawk: off.",
      where: { input: "squawk" },
    },
  );
}

/** What squawk says of a revision: what it holds up while it runs, and how much else there is. Pure. */
export function judgeLint(
  revision: Revision,
  found: readonly Violation[],
  lineOf: (line: number) => number | undefined,
): { readonly findings: readonly Finding[]; readonly others: number; readonly unread: boolean } {
  const locking = found.filter((each) => LOCKING.has(each.rule_name));
  const findings = locking.map(({ line, message, help, rule_name: rule }) =>
    findingOf("MC-LOCK", {
      ...{ revision: revision.id, file: revision.file, line: lineOf(line), on: "files" },
      ...{ object: rule, what: `squawk ${rule}: ${remoteLine(message)}`, hint: remoteLine(help ?? "") },
    }),
  );
  const unread = found.some((each) => each.rule_name === "syntax-error");
  return { findings, others: found.length - locking.length, unread };
}

/** The rules of squawk about statements that keep readers or writers out while they run; the rest is taste or review. */
const LOCKING: ReadonlySet<string> = new Set([
  ...["adding-exclusion-constraint", "adding-field-with-default", "adding-foreign-key-constraint"],
  ...["adding-not-nullable-field", "adding-primary-key-constraint", "adding-serial-primary-key-field"],
  ...["ban-concurrent-index-creation-in-transaction", "changing-column-type", "constraint-missing-not-valid"],
  ...[
    "disallowed-unique-constraint",
    "require-concurrent-index-creation",
    "require-concurrent-index-deletion",
  ],
  ...[
    "require-concurrent-partition-detach",
    "require-concurrent-reindex",
    "require-concurrent-refresh-materialized-view",
  ],
]);
