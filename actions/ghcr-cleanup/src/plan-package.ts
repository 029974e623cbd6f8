import { LimitReached } from "../../../shared/github/paced-client.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { tooMany } from "./apply.ts";
import { freedBytes } from "./bytes.ts";
import { decide } from "./decide.ts";
import { gather } from "./gather.ts";
import type { Inputs } from "./inputs.ts";
import { asUserError } from "./outcome.ts";
import type { PackageRules } from "./package-rules.ts";
import { readForBytes } from "./read-manifests.ts";
import type { PackageResult } from "./result.ts";
import type { Sources } from "./sources.ts";
import type { Work } from "./work.ts";

// What `auto` reads more than it has to, for counting bytes.
const FEW = 500;

type Planning = {
  readonly sources: Sources;
  readonly rules: PackageRules;
  readonly inputs: Inputs;
  readonly now: number;
  readonly runtime: Runtime;
};

/** Reads one package and decides. What keeps it from being read is in the result; throws when the run is stopped. */
export async function planPackage(
  name: string,
  { sources, rules, inputs, now, runtime }: Planning,
): Promise<PackageResult> {
  const { log, signal } = runtime;
  const path = sources.api.path(name);
  try {
    const facts = await gather(name, sources);
    const own = rules.for(name);
    const first = decide(facts, own, now);
    const most = { never: -1, auto: FEW, always: Number.POSITIVE_INFINITY }[inputs.measureBytes];
    const manifests =
      first.delete.length > 0 && most >= 0 ? await readForBytes(name, facts, most, sources) : facts.manifests;
    // What was read for the bytes counts as well: carrying it out stands on all that is known.
    const decided =
      manifests === facts.manifests ? first : decide({ versions: facts.versions, manifests }, own, now);
    const bytes = most >= 0 ? freedBytes(decided, manifests) : undefined;
    const work: Work = { name, rules: own, facts: { ...facts, manifests }, plan: decided, bytes };
    const { length: going } = decided.delete;
    log.info(
      `versions=${facts.versions.length} delete=${going} keep=${decided.keep.length} untag=${decided.untag.length}`,
    );
    return { name, work, done: undefined, failure: failureOf(work), path };
  } catch (error) {
    if (signal.aborted) throw error;
    if (!(error instanceof LimitReached) && !(asUserError(error, name) instanceof UserError)) throw error;
    return { name, work: undefined, done: undefined, failure: error, path };
  }
}

/** What forbids to carry a plan out, in a dry run too. */
function failureOf({ name, plan: decided, facts, rules }: Work): UserError | undefined {
  const unread = decided.keep.find(({ reason }) => reason.why === "unreadable")?.reason;
  if (unread?.why === "unreadable") {
    return new UserError(`package ${name}: the manifest ${unread.digest} cannot be read.`, {
      hint: "What it needs is not known, so everything of the package stays. When the registry has lost it for good, delete this version by hand.",
    });
  }
  if (decided.tooMany === undefined) return undefined;
  return tooMany(name, decided.delete.length, facts.versions.length, rules.maxPercent);
}
