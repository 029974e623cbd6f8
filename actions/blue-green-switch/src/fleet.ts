import type { Clock } from "../../../shared/runtime/clock.ts";
import { catchUp, followUntil, giveWord, type HostRun, isOver, unseen, type Watch } from "./follow.ts";
import type { Following } from "./following.ts";

export type FleetOptions = {
  /** Stop when every host is ready to switch. */
  readonly hold: boolean;
  readonly pauseMs: number;
  readonly clock: Clock;
};

/**
 * Carries a deploy out on one host or several, and gives how it went on each. Several: the first one starts, since it
 * migrates; the others follow once its colour starts. All have to be healthy before the first one switches; they
 * switch one after the other, and keep both colours until the last one was good. The first failure sends back those
 * that had switched. Rejects with the signal's reason: what has begun goes on, on the hosts.
 */
export async function deployTo(
  members: readonly Following[],
  options: FleetOptions,
  watch: Watch,
): Promise<readonly HostRun[]> {
  const [leader, ...others] = members;
  if (leader === undefined) return [];
  if (others.length === 0) return [await deployToOne(unseen(leader), options.hold, watch)];
  const first = await followUntil(unseen(leader), (run) => isReady(run) || hasStarted(run), watch);
  if (hasFailed(first)) return [first];
  const ready = await Promise.all(
    [first, ...others.map(unseen)].map((run) => followUntil(run, isReady, watch)),
  );
  if (ready.some(hasFailed)) return takeBack(ready, watch);
  if (options.hold && ready.every((run) => isOver(run) || run.waiting === "go")) return ready;
  return switchAll(ready, options, watch);
}

/** Alone it waits for nobody; but it may be one that another run has told to wait. */
async function deployToOne(begun: HostRun, hold: boolean, watch: Watch): Promise<HostRun> {
  let run = begun;
  for (;;) {
    run = await followUntil(run, ({ waiting }) => waiting !== undefined, watch);
    if (run.waiting === undefined || isOver(run) || (hold && run.waiting === "go")) return run;
    run = await giveWord(run, run.waiting);
  }
}

/** It waits for the word to switch; or it has it already, from a run that has ended since. */
function isReady({ waiting, events }: HostRun): boolean {
  return waiting !== undefined || events.some(({ phase }) => phase === "switching");
}

/** A host on which the release is live already is over, and well. */
function hasFailed(run: HostRun): boolean {
  return isOver(run) && run.end?.code !== 0;
}

function hasStarted({ events }: HostRun): boolean {
  return events.some(({ phase }) => phase === "started");
}

async function switchAll(
  ready: readonly HostRun[],
  { pauseMs, clock }: FleetOptions,
  watch: Watch,
): Promise<readonly HostRun[]> {
  const runs = [...ready];
  for (const [index, run] of ready.entries()) {
    if (isOver(run)) continue;
    if (index > 0) await clock.sleep(pauseMs, watch.signal);
    const going = run.waiting === "go" ? await giveWord(run, "go") : run;
    const good = await followUntil(going, ({ waiting }) => waiting === "commit", watch);
    runs[index] = good;
    // Those before it go on watching, and return by themselves when they turn sick.
    const all = await Promise.all(runs.map((each) => catchUp(each, watch)));
    runs.splice(0, runs.length, ...all);
    if (runs.some(hasFailed)) return takeBack(runs, watch);
  }
  return toTheEnd(runs, "commit", watch);
}

/** Every host that is not over yet leaves its new colour: back where it has switched, undone where it has not. */
function takeBack(runs: readonly HostRun[], watch: Watch): Promise<readonly HostRun[]> {
  return toTheEnd(runs, "return", watch);
}

/** What cannot be told to one host does not keep the others from being told. */
async function toTheEnd(
  runs: readonly HostRun[],
  word: "commit" | "return",
  watch: Watch,
): Promise<readonly HostRun[]> {
  return Promise.all(
    runs.map(async (run) => (isOver(run) ? run : followUntil(await giveWord(run, word), () => false, watch))),
  );
}

/**
 * Carries out, on one host after the other, what needs no word in between (rollback, repair, maintenance). Stops at
 * the first host on which it does not come to a good end.
 */
export async function inTurn(members: readonly Following[], watch: Watch): Promise<readonly HostRun[]> {
  const runs: HostRun[] = [];
  for (const member of members) {
    const run = await followUntil(unseen(member), () => false, watch);
    runs.push(run);
    if (run.end?.code !== 0) break;
  }
  return runs;
}
