import { decide } from "./decide.ts";
import { sameVersion } from "./gather.ts";
import type { Manifest, Manifests, Unreadable } from "./manifest.ts";
import type { Deletion, Plan } from "./plan.ts";
import type { Rules } from "./rules.ts";
import type { Facts } from "./sources.ts";
import type { Version } from "./version.ts";

/**
 * What a plan still stands on while it is carried out. Whatever turns out to be different is put into the facts, and all
 * is decided again: what the new plan does not delete is saved, and nothing is added.
 */
export class Pending {
  readonly #rules: Rules;
  readonly #now: number;
  readonly #versions: Map<number, Version>;
  readonly #manifests: Map<string, Manifest | Unreadable>;
  /** Digests that stay because GitHub does not delete them, or because somebody has given them a tag. */
  readonly #stay: Set<string>;
  #going: ReadonlySet<number>;
  #plan: Plan;

  constructor(facts: Facts, rules: Rules, now: number) {
    this.#rules = rules;
    this.#now = now;
    this.#versions = new Map(facts.versions.map((version) => [version.id, version]));
    this.#manifests = new Map(facts.manifests);
    this.#stay = new Set(rules.protectDigests);
    this.#plan = decide(facts, rules, now);
    this.#going = new Set(this.#plan.delete.map(({ version }) => version.id));
  }

  get plan(): Plan {
    return this.#plan;
  }

  get manifests(): Manifests {
    return this.#manifests;
  }

  get versions(): readonly Version[] {
    return [...this.#versions.values()];
  }

  /** Whether a version is to be deleted still. */
  goes({ version }: Deletion): boolean {
    return this.#going.has(version.id);
  }

  /** Whether a version is the same as in the facts: then it says nothing new. */
  knows(version: Version): boolean {
    const known = this.#versions.get(version.id);
    return known !== undefined && sameVersion(known, version);
  }

  /** Takes in versions as they are now, with the manifests that became known by them. */
  learn(versions: readonly Version[], manifests: Manifests): void {
    for (const version of versions) this.#versions.set(version.id, version);
    for (const [digest, manifest] of manifests) this.#manifests.set(digest, manifest);
    this.#again();
  }

  /** A version stays, whatever the rules say, with all that it needs. */
  keep({ digest }: Version): void {
    this.#stay.add(digest);
    this.#again();
  }

  #again(): void {
    const facts = { versions: this.versions, manifests: this.#manifests };
    this.#plan = decide(facts, { ...this.#rules, protectDigests: this.#stay }, this.#now);
    const going = new Set(this.#plan.delete.map(({ version }) => version.id));
    this.#going = new Set([...this.#going].filter((id) => going.has(id)));
  }
}
