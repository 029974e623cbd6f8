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

/** Reads a line; undefined for one that is no event (the disk was full while it was written). */
export function readEvent(line: string): AgentEvent | undefined {
  try {
    return eventSchema.safeParse(JSON.parse(line)).data;
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
  /** The release is refused from now on, until somebody insists. */
  readonly blamed: boolean;
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
    blamed: data["blamed"] === "1",
  };
}
