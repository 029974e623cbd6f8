import type { Where } from "./user-error.ts";

/** What GitHub shows beside the code and on the run's page. `message` may have several lines. */
export type Annotation = {
  readonly level: "error" | "warning" | "notice";
  readonly title: string;
  readonly message: string;
  readonly where?: Where;
};

// The runner shows ten annotations of a type per step and cuts their message (actions/runner ExecutionContext.cs).
const perTypeLimit = 10;
const messageLimit = 4096;
const titleLimit = 255;

const levels = ["error", "warning", "notice"] as const;

/**
 * The annotations a step can show, errors first, each level in its given order. Where a level has more than `perType`,
 * its last place says how many more there are. Titles and messages are cut to what GitHub keeps, with a note.
 */
export function selectAnnotations(list: readonly Annotation[], perType: number = perTypeLimit): Annotation[] {
  return levels.flatMap((level) => {
    const all = list.filter((annotation) => annotation.level === level).map(cut);
    if (all.length <= perType) return all;
    const left = all.length - perType + 1;
    const title = `${left} more ${level}${left === 1 ? "" : "s"}`;
    const more = { level, title, message: `${title}: see the job summary.` };
    return [...all.slice(0, perType - 1), more];
  });
}

/** The line on stdout that makes the runner show this annotation; without its newline. */
export function toWorkflowCommand(annotation: Annotation): string {
  const { level, title, message, where } = annotation;
  const properties: [string, string | number | undefined][] = [
    ["file", where?.file],
    ["line", where?.line],
    ["col", where?.column],
    ["title", title],
  ];
  const given = properties.filter(([, value]) => value !== undefined && value !== "");
  const written = given.map(([name, value]) => `${name}=${escapeProperty(String(value))}`).join(",");
  return `::${level}${written === "" ? "" : ` ${written}`}::${escapeData(message)}`;
}

function cut(annotation: Annotation): Annotation {
  const { title, message } = annotation;
  return { ...annotation, title: cutText(title, titleLimit, "…"), message: cutMessage(message) };
}

function cutMessage(message: string): string {
  const note = `\n… cut: ${message.length.toLocaleString("en")} characters in all, see the job summary.`;
  return cutText(message, messageLimit, note);
}

/** At most `limit` UTF-16 units, the note included, never half a surrogate pair. */
function cutText(text: string, limit: number, note: string): string {
  if (text.length <= limit) return text;
  const kept = text.slice(0, limit - note.length);
  return (kept.isWellFormed() ? kept : kept.slice(0, -1)) + note;
}

// The escapes that ActionCommand.cs undoes, `%` first so that it undoes them exactly.
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
