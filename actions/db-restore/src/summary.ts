import {
  code,
  codeBlock,
  details,
  heading,
  paragraph,
  plain,
  table,
} from "../../../shared/runtime/summary.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";
import type { Results } from "./outcome.ts";
import { extentOf } from "./verify.ts";

/** The job summary: what is where now, of when it is, how long it took, and the way back. Pure. */
export function summaryOf(results: Results): string[] {
  const { source, plan, done, phases, totalMs, remarks, now, server } = results;
  const { manifest, location } = source;
  const age = formatDuration(Math.max(0, now - Date.parse(manifest.snapshotAt)));
  const title =
    done === undefined
      ? `📝 ${plan.database} would be restored`
      : `✅ ${plan.database} restored in ${formatDuration(totalMs)}`;
  const facts: [string, string][] = [
    ["Backup", code(location)],
    ["State of", plain(`${manifest.snapshotAt}, ${age} ago`)],
    ["Database", `${code(plan.database)} at ${plain(server)}, mode ${plain(plan.mode)}`],
    ["Proven", plain(proofText(results))],
  ];
  if (done?.previous !== undefined) facts.push(["Before", `kept as ${code(done.previous)}`]);
  if (done?.blockedMs !== undefined)
    facts.push([
      "Nobody could connect",
      plain(`for ${formatDuration(done.blockedMs)}, while the names changed`),
    ]);
  const sections = [
    heading(3, title),
    table({
      columns: [{ title: "" }, { title: "" }],
      rows: facts.map(([name, value]) => [plain(name), value]),
    }),
  ];
  if (remarks.length > 0)
    sections.push(remarks.map((remark) => paragraph(`⚠️ ${plain(remark)}`)).join("\n\n"));
  sections.push(
    details(
      "Timeline",
      table({
        columns: [{ title: "Phase" }, { title: "Took", align: "right" }],
        rows: phases.map(({ name, durationMs }) => [plain(name), plain(formatDuration(durationMs))]),
      }),
    ),
  );
  if (done !== undefined && done.wayBack.length > 0) {
    const how = paragraph(plain(WAY_BACK));
    sections.push(details("The way back", `${how}\n\n${codeBlock(done.wayBack.join("\n"), "sql")}`));
  }
  return sections;
}

const WAY_BACK =
  "In psql -X, connected to another database of the server, as a superuser or the owner. Where it says ROLLBACK instead of COMMIT, nothing was renamed and the database takes connections again: end what the error names, such as a prepared transaction or a session of a superuser, and run all of it once more. After a lost connection, run the statements that follow COMMIT.";

function proofText({ done, source }: Results): string {
  const { verification } = source.manifest;
  const backup = `the backup was proven with verify: ${verification.level}`;
  if (done === undefined) return `nothing was fetched; ${backup}`;
  if (done.verified === undefined || extentOf(done.verified) === "none")
    return `SHA-256 of the archive; rows were not compared; ${backup}`;
  const { tables, rows, uncounted } = done.verified;
  const open = uncounted === 0 ? "" : `, ${uncounted} of which could not be compared`;
  return `SHA-256 of the archive; ${rows.toLocaleString("en")} rows in ${tables.toLocaleString("en")} tables${open}, as in the backup; ${backup}`;
}
