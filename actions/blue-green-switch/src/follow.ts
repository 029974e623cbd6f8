import type { Clock } from "../../../shared/runtime/clock.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { type AgentEvent, type End, endOf } from "./event.ts";
import type { Host } from "./host.ts";

/** What a deploy waits for. */
export type Waiting = "go" | "commit";

/** One deploy on one host, as far as it was seen. */
export type HostRun = {
  readonly host: Host;
  readonly deploy: string;
  /** The agent's process there. */
  readonly pid: number;
  readonly events: readonly AgentEvent[];
  /** Lines read so far. */
  readonly seen: number;
  readonly waiting: Waiting | undefined;
  readonly end: End | undefined;
  /** Why nothing more will come, though there is no end. */
  readonly lost: string | undefined;
};

export type Watch = {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Takes each new event. */
  readonly show: (host: Host, event: AgentEvent) => void;
};

/** A deploy of which nothing was seen yet. */
export function unseen(host: Host, deploy: string, pid: number): HostRun {
  return { host, deploy, pid, events: [], seen: 0, waiting: undefined, end: undefined, lost: undefined };
}

/** Whether nothing more will come. */
export function isOver({ end, lost }: HostRun): boolean {
  return end !== undefined || lost !== undefined;
}

const LOOK_EVERY_MS = 250;

/** Reads on until the deploy is over or `enough` says so. Rejects with the signal's reason. */
export async function followUntil(
  run: HostRun,
  enough: (run: HostRun) => boolean,
  watch: Watch,
): Promise<HostRun> {
  let now = run;
  if (isOver(now)) return now;
  for (;;) {
    now = await readOn(now, watch);
    if (isOver(now) || enough(now)) return now;
    await watch.clock.sleep(LOOK_EVERY_MS, watch.signal);
  }
}

async function readOn(run: HostRun, { show }: Watch): Promise<HostRun> {
  const { events, lines, alive } = await run.host.look(run.deploy, run.seen, run.pid);
  for (const event of events) show(run.host, event);
  const all = [...run.events, ...events];
  const end = events.map(endOf).find((found) => found !== undefined);
  const seen = run.seen + lines;
  const lost = alive || end !== undefined ? undefined : await whyLost(run);
  return { ...run, events: all, seen, end, lost, waiting: waitingOf(all) };
}

/** It waits as long as nothing else happened since it said so. */
function waitingOf(events: readonly AgentEvent[]): Waiting | undefined {
  const said = events.at(-1)?.data["waiting"];
  return said === "go" || said === "commit" ? said : undefined;
}

async function whyLost({ host, deploy }: HostRun): Promise<string> {
  const said = remoteLine(await host.shellErrors(deploy));
  return said === "" ? "its process ended without a word" : `its process ended: ${said}`;
}
