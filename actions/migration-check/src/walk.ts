import type { Catalog } from "../../../shared/postgres/catalog/model.ts";
import { readCatalog } from "../../../shared/postgres/catalog/read.ts";
import type { ScratchServer } from "../../../shared/postgres/scratch/scratch.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { placeAt } from "./place.ts";
import type { Revision } from "./revision.ts";
import type { Place, Tool } from "./tool.ts";
import { type Ended, ONE_WAY, ROUND_TRIP, type Step, type Trial } from "./trial.ts";

export type Walk = {
  readonly tool: Tool;
  readonly server: ScratchServer;
  /** All revisions, in order. */
  readonly revisions: readonly Revision[];
  /** Those that are tried. */
  readonly checked: ReadonlySet<string>;
  readonly on: Trial["on"];
  /** Puts rows in, once the database has this many revisions. */
  readonly seed?: { readonly at: number; readonly run: (place: Place) => Promise<void> };
  /** Why a revision is not taken down; empty where it is. */
  readonly oneWay: (revision: Revision) => string;
  readonly runtime: Runtime;
  /** Looks at a trial, and says whether it went well, so that its database may be used for the next one. */
  readonly judge: (trial: Trial) => boolean;
};

/** Why a walk ended before its last revision. */
export type Stopped = {
  readonly before: Revision;
  /** The revisions that were tried last or moved to. */
  readonly ended: Extract<Ended, { ok: false }>;
};

const LIMITS = { statementTimeoutMs: 60_000, lockTimeoutMs: 10_000 };

/**
 * Goes up through all revisions on one database, and tries those that are checked. A revision that goes wrong does not
 * spoil the next one: a copy from before it takes the place of its database. Returns why it could not go on, if so.
 */
export async function walk(way: Walk): Promise<Stopped | undefined> {
  const { tool, server, revisions, checked, seed, runtime, judge } = way;
  const last = revisions.findLastIndex(({ id }) => checked.has(id));
  let place = placeAt(await server.newDatabase(), runtime);
  let has = 0;
  let known: Catalog | undefined;
  const moveTo = async (index: number): Promise<Ended> => {
    if (index === has) return { ok: true };
    const ended = await tool.to(place, revisions.slice(0, index), has);
    has = index;
    known = undefined;
    return ended;
  };
  for (const [index, revision] of revisions.entries()) {
    if (seed !== undefined && index === seed.at) {
      const ended = await moveTo(index);
      if (!ended.ok) return { before: revision, ended };
      await seed.run(place);
    }
    if (!checked.has(revision.id) || (seed !== undefined && index < seed.at)) continue;
    const moved = await moveTo(index);
    if (!moved.ok) return { before: revision, ended: moved };
    const copy = index === last ? undefined : await server.copyOf(place.database);
    const trial = await tryRevision(way, place, revision, known);
    const well = judge(trial);
    has = index + 1;
    known = well ? trial.steps.at(-1)?.catalog : undefined;
    if (copy === undefined) continue;
    if (well) {
      await copy.drop();
      continue;
    }
    await place.database.drop();
    place = placeAt(copy, runtime);
    const ended = await tool.up(place, revision);
    const next = revisions[index + 1];
    if (!ended.ok && next !== undefined) return { before: next, ended };
  }
  await place.database.drop();
  return undefined;
}

async function tryRevision(
  { tool, on, oneWay, runtime }: Walk,
  place: Place,
  revision: Revision,
  known: Catalog | undefined,
): Promise<Trial> {
  const read = (): Promise<Catalog> => place.use((client) => readCatalog(client, LIMITS));
  const reason = oneWay(revision);
  return runtime.log.group(`${revision.id} on the ${on} database`, async () => {
    const before = known ?? (await read());
    const steps: Step[] = [];
    for (const name of reason === "" ? ROUND_TRIP : ONE_WAY) {
      if (name === "second run" && !tool.runsAgain(revision)) continue;
      runtime.signal.throwIfAborted();
      const started = runtime.clock.monotonic();
      const ended = await DO[name](tool, place, revision);
      const took = Math.round(runtime.clock.monotonic() - started);
      runtime.log.info(`${name}: ${ended.ok ? "done" : `failed: ${ended.said}`} (${took} ms)`);
      const recorded = ended.ok ? await tool.recorded(place, revision) : undefined;
      steps.push({ name, ended, recorded, catalog: ended.ok ? await read() : undefined });
      if (!ended.ok || recorded === (name === "down")) break;
    }
    return { revision, on, oneWay: reason, before, steps };
  });
}

const DO: Readonly<Record<Step["name"], (tool: Tool, place: Place, revision: Revision) => Promise<Ended>>> = {
  up: (tool, place, revision) => tool.up(place, revision),
  down: (tool, place, revision) => tool.down(place, revision),
  "up again": (tool, place, revision) => tool.up(place, revision),
  "second run": (tool, place, revision) => tool.again(place, revision),
};
