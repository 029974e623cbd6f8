import { followUntil, type HostRun, isOver, unseen, type Watch } from "./follow.ts";
import type { Command, Host } from "./host.ts";

/** A host with what it is to carry out. */
export type Member = {
  readonly host: Host;
  readonly deploy: string;
  readonly command: Command;
  /** The process of a deploy that is under way there already and waits for its word. */
  readonly attachTo?: number;
};

export type FleetOptions = {
  /** Stop when every host is ready to switch. */
  readonly hold: boolean;
  readonly pauseMs: number;
};

/**
 * Carries a deploy out on one host or several, and gives how it went on each. Several: the first one starts, since it
 * migrates; the others follow once its colour starts. All have to be healthy before the first one switches; they
 * switch one after the other, and keep both colours until the last one was good. The first failure sends back those
 * that had switched. Rejects with the signal's reason: what has begun goes on, on the hosts.
 */
export async function deployTo(
  members: readonly Member[],
  { hold, pauseMs }: FleetOptions,
  watch: Watch,
): Promise<readonly HostRun[]> {
  const [leader, ...others] = members;
  if (leader === undefined) return [];
  const begun = await begin(leader);
  if (others.length === 0) {
    const ready = await followUntil(begun, isReady, watch);
    if (isOver(ready) || (hold && ready.waiting === "go")) return [ready];
    await ready.host.wish(ready.deploy, "go");
    return [await followUntil(ready, () => false, watch)];
  }
  const first = await followUntil(begun, (run) => isReady(run) || hasStarted(run), watch);
  if (hasFailed(first)) return [first];
  const rest = await Promise.all(others.map(begin));
  const ready = await Promise.all([first, ...rest].map((run) => followUntil(run, isReady, watch)));
  if (ready.some(hasFailed)) return takeBack(ready, watch);
  if (hold && ready.every((run) => isOver(run) || run.waiting === "go")) return ready;
  return switchAll(ready, pauseMs, watch);
}

async function begin({ host, deploy, command, attachTo }: Member): Promise<HostRun> {
  return unseen(host, deploy, attachTo ?? (await host.start(deploy, command)));
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
  pauseMs: number,
  watch: Watch,
): Promise<readonly HostRun[]> {
  const runs = [...ready];
  for (const [index, run] of ready.entries()) {
    if (isOver(run)) continue;
    if (index > 0) await watch.clock.sleep(pauseMs, watch.signal);
    await run.host.wish(run.deploy, "go");
    const good = await followUntil(run, ({ waiting }) => waiting === "commit", watch);
    runs[index] = good;
    if (hasFailed(good)) return takeBack(runs, watch);
  }
  return Promise.all(
    runs.map(async (run) => {
      if (isOver(run)) return run;
      await run.host.wish(run.deploy, "commit");
      return followUntil(run, () => false, watch);
    }),
  );
}

/** Every host that is not over yet leaves its new colour: back where it has switched, undone where it has not. */
async function takeBack(runs: readonly HostRun[], watch: Watch): Promise<readonly HostRun[]> {
  return Promise.all(
    runs.map(async (run) => {
      if (isOver(run)) return run;
      await run.host.wish(run.deploy, "return");
      return followUntil(run, () => false, watch);
    }),
  );
}

/**
 * Carries out, on one host after the other, what needs no word in between (rollback, repair, maintenance). Stops at
 * the first host on which it does not come to a good end.
 */
export async function inTurn(members: readonly Member[], watch: Watch): Promise<readonly HostRun[]> {
  const runs: HostRun[] = [];
  for (const member of members) {
    const run = await followUntil(await begin(member), () => false, watch);
    runs.push(run);
    if (run.end?.code !== 0) break;
  }
  return runs;
}
