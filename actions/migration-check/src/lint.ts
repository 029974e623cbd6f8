import type { ScratchServer } from "../../../shared/postgres/scratch/scratch.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Finding } from "./finding.ts";
import type { Inputs } from "./inputs.ts";
import { placeAt } from "./place.ts";
import type { Revision } from "./revision.ts";
import { findSquawk, judgeLint } from "./squawk.ts";
import type { RevisionSql, Tool } from "./tool.ts";

type Linting = {
  readonly inputs: Pick<Inputs, "squawk">;
  readonly tool: Tool;
  readonly server: ScratchServer;
  readonly revisions: readonly Revision[];
  readonly checked: readonly Revision[];
  readonly folder: string;
  /** Takes what could not be looked at. */
  readonly notes: string[];
  readonly runtime: Runtime;
};

/** Has squawk look at the SQL of each revision by itself: in a dump of all of them, every table looks new and harmless. */
export async function lintAll({
  inputs,
  tool,
  server,
  checked,
  folder,
  notes,
  runtime,
}: Linting): Promise<Finding[]> {
  if (inputs.squawk === "off") {
    notes.push("locks: squawk is off");
    return [];
  }
  const squawk = await findSquawk(inputs.squawk, { folder, major: server.version.major }, runtime);
  if (squawk === undefined) {
    notes.push("locks: squawk is not installed (npm install squawk-cli, or pip install squawk-cli)");
    return [];
  }
  runtime.log.info(squawk.version);
  const place = placeAt(await server.newDatabase(), runtime);
  const findings: Finding[] = [];
  let others = 0;
  for (const revision of checked) {
    const sql = await sqlOf(tool, place, revision);
    if (typeof sql === "string") {
      if (inputs.squawk === "required") throw unsaid(tool, revision, sql);
      notes.push(`locks of ${revision.id}: ${sql}`);
      continue;
    }
    const judged = judgeLint(revision, await squawk.lint(sql.text, sql.inTransaction), (line) =>
      sql.line === undefined ? undefined : sql.line + line,
    );
    findings.push(...judged.findings);
    others += judged.others;
    if (judged.unread) notes.push(`locks of ${revision.id}: squawk does not understand all of its SQL`);
  }
  await place.database.drop();
  if (others > 0)
    notes.push(`${others} remarks of squawk that are not about locks: run squawk by itself to see them`);
  return findings;
}

async function sqlOf(
  tool: Tool,
  place: ReturnType<typeof placeAt>,
  revision: Revision,
): Promise<RevisionSql | string> {
  try {
    return (await tool.sql(place, revision)) ?? `${tool.name} cannot say its SQL`;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `${tool.name} cannot say its SQL: ${error.hint.slice(-200)}`;
  }
}

function unsaid({ name }: Tool, { id }: Revision, why: string): UserError {
  return new UserError(`squawk is required, and there is no SQL of ${id} for it: ${why}.`, {
    hint: `Set squawk: when-present for ${name}.`,
    where: { input: "squawk" },
  });
}
