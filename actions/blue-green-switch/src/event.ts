import * as z from "zod";

/** A line that the agent wrote; everything in it is remote text. */
export const eventSchema = z.object({
  n: z.int().positive(),
  time: z.string(),
  ms: z.int(),
  phase: z.string(),
  level: z.enum(["info", "warning", "error", "output"]),
  text: z.string(),
  data: z.record(z.string(), z.string()),
});

export type AgentEvent = z.output<typeof eventSchema>;

/**
 * Reads complete lines of events; a last line without its end is left for the next time. A line that is no event (a
 * disk that was full while it was written) is skipped and counted.
 */
export function readEvents(text: string): { readonly events: readonly AgentEvent[]; readonly lines: number } {
  const lines = text.split("\n").slice(0, -1);
  const events = lines.flatMap((line) => {
    const parsed = eventSchema.safeParse(parseJson(line));
    return parsed.success ? [parsed.data] : [];
  });
  return { events, lines: lines.length };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** What the last event of a run says. */
export type End = {
  readonly code: number;
  readonly result: string;
  readonly text: string;
  readonly active: string;
  readonly release: string;
  readonly digest: string;
  readonly previous: string;
  readonly previousRelease: string;
  readonly downtimeMs: number;
};

/** The end that an event tells, if it is the last one of its run. */
export function endOf({ phase, text, data }: AgentEvent): End | undefined {
  if (phase !== "end" || !/^\d{1,3}$/.test(data["code"] ?? "")) return undefined;
  return {
    code: Number(data["code"]),
    result: data["result"] ?? "error",
    text,
    active: data["active"] ?? "",
    release: data["release"] ?? "",
    digest: data["digest"] ?? "",
    previous: data["previous"] ?? "",
    previousRelease: data["previous-release"] ?? "",
    downtimeMs: Number(data["downtime-ms"] ?? 0) || 0,
  };
}
