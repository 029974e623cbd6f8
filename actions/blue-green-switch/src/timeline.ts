import type { AgentEvent } from "./event.ts";

/** A phase with its length, in milliseconds, and what was said last in it. */
export type Phase = { readonly phase: string; readonly ms: number; readonly text: string };

/** The phases of a deploy in their order; what commands printed is left out. Pure. */
export function timelineOf(events: readonly AgentEvent[]): readonly Phase[] {
  const told = events.filter(({ level }) => level !== "output");
  const phases: { phase: string; from: number; text: string }[] = [];
  for (const { phase, ms, text } of told) {
    const last = phases.at(-1);
    if (last?.phase === phase) last.text = text;
    else phases.push({ phase, from: ms, text });
  }
  const over = told.at(-1)?.ms ?? 0;
  return phases.map(({ phase, from, text }, index) => ({
    phase,
    text,
    ms: Math.max(0, (phases[index + 1]?.from ?? over) - from),
  }));
}
