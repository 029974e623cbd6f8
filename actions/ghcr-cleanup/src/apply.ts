import { LimitReached } from "../../../shared/github/paced-client.ts";
import type { Clock } from "../../../shared/runtime/clock.ts";
import type { Logger } from "../../../shared/runtime/logger.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { type Gone, remove } from "./delete-version.ts";
import { gather } from "./gather.ts";
import { Pending } from "./pending.ts";
import type { Deletion } from "./plan.ts";
import { readWanted } from "./read-manifests.ts";
import type { Sources } from "./sources.ts";
import { untag } from "./untag.ts";
import type { Done, Fate, UntagFate, Work } from "./work.ts";

export type Applying = Sources & {
  readonly clock: Clock;
  readonly log: Logger;
  /** The time that ages are counted to, as in the plan. */
  readonly now: number;
  /** No new call after this; monotonic milliseconds. */
  readonly stopAt: number;
  /** Aborts a little after `signal`: a call that changes something is waited for, so that its end is known. */
  readonly grace: AbortSignal;
  /** Takes one from what the run may delete; false when there is nothing left of it. */
  readonly mayDelete: () => boolean;
  readonly onDone: () => void;
};

// A push takes longer; what is listed after it is looked at before anything else goes.
const LOOK_AGAIN_MS = 30_000;
// So many in a row, and the next would fare no better.
const MOST_FAILURES = 3;

/**
 * Carries out the plan of one package. Before the first step everything is read again, before each deletion the version
 * itself, and twice a minute what is new: what the plan does not stand on any more is saved. Never throws.
 */
export async function apply(work: Work, to: Applying): Promise<Done> {
  const fates = new Map<Deletion, Fate>();
  const untags: Done["untags"][number][] = [];
  let failure: unknown;
  let stopped: string | undefined;
  try {
    const facts = await gather(work.name, to, work.facts);
    const pending = new Pending(facts, work.rules, to.now);
    if (pending.plan.tooMany === undefined) {
      stopped = await untagAll(work, pending, to, untags);
      stopped ??= await deleteAll(work, pending, to, fates);
    } else
      failure = tooMany(work.name, pending.plan.delete.length, facts.versions.length, work.rules.maxPercent);
  } catch (error) {
    if (to.signal.aborted) stopped = "the run was stopped";
    else if (error instanceof LimitReached) stopped = limitText(error);
    else failure = error;
  }
  return {
    deletions: work.plan.delete.map((deletion) => ({
      deletion,
      fate: fates.get(deletion) ?? { state: "left" },
    })),
    untags: [...untags, ...leftUntags(work, untags)],
    failure,
    stopped,
  };
}

/** The error for a plan that deletes more than the rules allow. */
export function tooMany(name: string, going: number, all: number, maxPercent: number): UserError {
  const percent = Math.floor((going / all) * 1_000) / 10;
  return new UserError(
    `package ${name}: ${going} of ${all} versions would be deleted (${percent} %), more than max-percent allows (${maxPercent} %).`,
    {
      hint: "Nothing of it was deleted. Look at the list in the report; when it is right, set max-percent higher for one run.",
      where: { input: "max-percent" },
    },
  );
}

export function limitText({ resetAt }: LimitReached): string {
  const time = new Date(resetAt).toISOString().replace(/\.\d+Z$/, "Z");
  return `GitHub's rate limit is reached; it ends at ${time}, beyond the timeout`;
}

function leftUntags({ plan }: Work, done: Done["untags"]): Done["untags"] {
  const known = new Set(done.map(({ untag: { version }, tag }) => `${version.id} ${tag}`));
  return plan.untag.flatMap((each) =>
    each.tags
      .filter((tag) => !known.has(`${each.version.id} ${tag}`))
      .map((tag) => ({ untag: each, tag, fate: { state: "left" as const } })),
  );
}

async function untagAll(
  work: Work,
  pending: Pending,
  to: Applying,
  untags: Done["untags"][number][],
): Promise<string | undefined> {
  const still = new Map(pending.plan.untag.map(({ version, tags }) => [version.id, new Set(tags)]));
  let denied: UntagFate | undefined;
  for (const each of work.plan.untag) {
    let { tags } = each.version;
    for (const tag of each.tags) {
      const stop = whyStop(to);
      if (stop !== undefined) return stop;
      const holds = still.get(each.version.id)?.has(tag) === true;
      const fate =
        denied ??
        (holds
          ? await untag(work.name, { ...each.version, tags }, tag, to)
          : { state: "saved" as const, why: MOVED });
      untags.push({ untag: each, tag, fate });
      if (fate.state === "done") tags = tags.filter((other) => other !== tag);
      to.log.info(
        `${work.name}: tag ${tag} ${fate.state === "done" ? "taken from" : `${fate.state} at`} ${each.version.digest}`,
      );
      // Without the right to push, the next would fare no better; deleting is another right.
      if (fate.state === "failed" && fate.denied === true) denied = fate;
    }
  }
  return undefined;
}

const MOVED = "something about the package has changed since the plan";

async function deleteAll(
  { name, plan }: Work,
  pending: Pending,
  to: Applying,
  fates: Map<Deletion, Fate>,
): Promise<string | undefined> {
  const { clock, log } = to;
  let looked = clock.monotonic();
  let failures = 0;
  for (const deletion of plan.delete) {
    const { version } = deletion;
    if (!pending.goes(deletion)) {
      fates.set(deletion, { state: "saved", why: MOVED });
      continue;
    }
    const stop = whyStop(to);
    if (stop !== undefined) return stop;
    let allowed = false;
    const changed = async (): Promise<Fate | undefined> => {
      if (clock.monotonic() - looked >= LOOK_AGAIN_MS) {
        await lookAgain(name, pending, to);
        looked = clock.monotonic();
      }
      const now = pending.goes(deletion) ? await to.api.version(name, version.id) : version;
      if (now === undefined) return { state: "gone" };
      if (!pending.knows(now)) await learn(name, pending, [now], to);
      if (!pending.goes(deletion)) return { state: "saved", why: MOVED };
      allowed ||= to.mayDelete();
      return allowed ? undefined : { state: "left" };
    };
    const gone: Gone = await remove(name, version, to, changed);
    if (gone.fate.state === "left") return "max-deletes is reached";
    fates.set(deletion, gone.fate);
    if (gone.fate.state === "saved") {
      log.info(`${name}: ${version.digest} stays, something about the package has changed`);
      continue;
    }
    if (gone.fate.state === "deleted" || gone.fate.state === "gone") {
      failures = 0;
      to.onDone();
      log.debug(`${name}: ${version.digest} ${gone.fate.state}`);
      continue;
    }
    // What it needs must stay with it.
    pending.keep(version);
    log.info(
      `${name}: ${version.digest} ${gone.fate.state}${"why" in gone.fate ? `: ${gone.fate.why}` : ""}`,
    );
    if (gone.denied !== undefined) throw gone.denied;
    if (gone.fate.state === "failed" && ++failures === MOST_FAILURES) {
      throw new UserError(`package ${name}: ${MOST_FAILURES} deletions in a row failed.`, {
        hint: "See the report for what GitHub said to each. The rest is left to the next run.",
      });
    }
  }
  return undefined;
}

function whyStop({ signal, clock, stopAt }: Applying): string | undefined {
  if (signal.aborted) return "the run was stopped";
  return clock.monotonic() >= stopAt ? "the timeout is near" : undefined;
}

/** What was pushed or tagged since: it may need what is to be deleted. */
async function lookAgain(name: string, pending: Pending, to: Applying): Promise<void> {
  const newest = await to.api.newest(name, (version) => pending.knows(version));
  const news = newest.filter((version) => !pending.knows(version));
  if (news.length > 0) await learn(name, pending, news, to);
}

async function learn(
  name: string,
  pending: Pending,
  news: Parameters<Pending["learn"]>[0],
  to: Applying,
): Promise<void> {
  const versions = new Map(pending.versions.map((version) => [version.id, version]));
  for (const version of news) versions.set(version.id, version);
  const manifests = new Map(pending.manifests);
  await readWanted(name, [...versions.values()], manifests, to);
  pending.learn(news, manifests);
}
