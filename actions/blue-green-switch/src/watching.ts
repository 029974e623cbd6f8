import type { Runtime } from "../../../shared/runtime/action.ts";
import { Cancelled } from "../../../shared/runtime/cancellation.ts";
import type { Config } from "./config-schema.ts";
import type { AgentEvent } from "./event.ts";
import { deployTo, inTurn } from "./fleet.ts";
import { followUntil, type HostRun, isOver, unseen, type Watch } from "./follow.ts";
import { Following } from "./following.ts";
import type { Host } from "./host.ts";
import type { Inputs } from "./inputs.ts";
import type { Reached } from "./reach.ts";
import type { HostStatus } from "./status.ts";
import type { Work } from "./work.ts";

/** How far each host came; a run that was stopped meanwhile has no end, or one that was seen in its last seconds. */
export type Watched = { readonly runs: readonly HostRun[]; readonly stopped: boolean };

/** Has the hosts carry out the work, and watches them to its end, or until this run is told to stop. */
export async function carryOut(
  reached: readonly Reached[],
  work: Work,
  config: Config,
  inputs: Inputs,
  runtime: Runtime,
): Promise<Watched> {
  const { clock, log, signal } = runtime;
  const members = reached.map(({ host, before }, index) => {
    const under = attachable(before, inputs, work.told.release);
    if (under === undefined)
      return new Following(host, work.deploy, { command: work.command(index, reached.length) });
    log.info(`host=${host.name} attached-to=${under.deploy}`);
    return new Following(host, under.deploy, { process: { pid: under.pid, born: "" } });
  });
  const latest = new Map(members.map((member) => [member.host, unseen(member)]));
  const watch: Watch = {
    signal,
    show: (host, event) => log.info(eventLine(host, event, members.length)),
    saw: (run) => latest.set(run.host, run),
  };
  try {
    const options = { hold: inputs.hold, pauseMs: config.pause, clock };
    const fleet = inputs.operation === "deploy" && !inputs.dryRun;
    const runs = await (fleet ? deployTo(members, options, watch) : inTurn(members, watch));
    return { runs, stopped: false };
  } catch (error) {
    if (!signal.aborted) throw error;
    const runs = [...latest.values()];
    if (!(signal.reason instanceof Cancelled)) return { runs, stopped: true };
    return { runs: await callOff(runs, watch, runtime), stopped: true };
  }
}

/** Of the four seconds that a cancelled run has for its work. */
const CALL_OFF_MS = 2_500;

/**
 * Before the switch a cancelled deploy is undone by the hosts. After it one host goes on to its end; of several, some
 * have switched and some have not: they return, unless all were told that they stay.
 */
async function callOff(
  runs: readonly HostRun[],
  watch: Watch,
  { log }: Runtime,
): Promise<readonly HostRun[]> {
  const several = runs.length > 1;
  log.info(
    several
      ? "Cancelled: the hosts go back to the release that they had, unless all have switched well."
      : "Cancelled: the host undoes what has not switched yet; what has switched goes on there to its end.",
  );
  const soon = AbortSignal.timeout(CALL_OFF_MS);
  return Promise.all(
    runs.map(async (run) => {
      let last = run;
      const saw = (now: HostRun): void => {
        last = now;
      };
      const told = async (): Promise<void> => {
        if (isOver(run)) return;
        await run.host.wish(run.deploy, several ? "return" : "abort");
        await followUntil(run, () => false, { ...watch, saw, signal: soon });
      };
      const over = new Promise<void>((resolve) => soon.addEventListener("abort", () => resolve()));
      // What cannot be told or seen any more is left as it was seen last.
      await Promise.race([told().catch(() => undefined), over]);
      return last;
    }),
  );
}

/** The deploy of the same release that is under way there already: it waits for the word, or its runner has gone. */
function attachable({ holder, pid, phase, ...status }: HostStatus, inputs: Inputs, release: string) {
  if (inputs.operation !== "deploy" || inputs.dryRun || holder === "" || phase === "") return undefined;
  if (status["under-way"] !== release || status["left-by"] !== holder) return undefined;
  return /^[1-9]\d{0,9}$/.test(pid) ? { deploy: holder, pid: Number(pid) } : undefined;
}

const SIGNS = { info: " ", warning: "!", error: "x", output: "|" } as const;

function eventLine({ name }: Host, { phase, level, text, ms }: AgentEvent, hosts: number): string {
  const where = hosts > 1 ? `${name} ` : "";
  return `${where}${(ms / 1_000).toFixed(1).padStart(7)} s ${SIGNS[level]} ${phase.padEnd(12)} ${text}`;
}
