import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../actions/ghcr-cleanup/src/decide.ts";
import type { Manifest, Unreadable } from "../../actions/ghcr-cleanup/src/manifest.ts";
import type { Plan } from "../../actions/ghcr-cleanup/src/plan.ts";
import type { Rules } from "../../actions/ghcr-cleanup/src/rules.ts";
import type { Version } from "../../actions/ghcr-cleanup/src/version.ts";
import { wanted } from "../../actions/ghcr-cleanup/src/wanted.ts";
import { runs } from "../support/effort.ts";
import { goes, needed } from "./oracle.ts";
import { NOW, type RandomPackage, randomPackage, randomRules } from "./random-package.ts";

const property = (
  check: (one: RandomPackage, rules: Rules) => void,
  options?: { readonly unreadable: boolean },
) => fc.assert(fc.property(randomPackage(options), randomRules, check), { numRuns: runs(1_500, 40_000) });

const ids = (some: Iterable<Version>) => [...some].map(({ id }) => id).toSorted((a, b) => a - b);
const gone = (plan: Plan) => plan.delete.map(({ version }) => version);
const kept = (plan: Plan) => plan.keep.map(({ version }) => version);

/** The package as it is after the plan. */
function carriedOut({ versions, manifests }: RandomPackage, plan: Plan): RandomPackage {
  const deleted = new Set(gone(plan).map(({ id }) => id));
  const taken = new Map(plan.untag.map(({ version, tags }) => [version.id, tags]));
  return {
    manifests,
    versions: versions
      .filter(({ id }) => !deleted.has(id))
      .map((version) => ({
        ...version,
        tags: version.tags.filter((tag) => taken.get(version.id)?.includes(tag) !== true),
      })),
  };
}

function childrenIn({ manifests }: RandomPackage, { digest }: Version): string[] {
  const manifest = manifests.get(digest);
  return manifest !== undefined && "children" in manifest
    ? manifest.children.map((child) => child.digest)
    : [];
}

/** What was added because GitHub leaves a last version. */
const lastVersions = (plan: Plan) => plan.keep.filter(({ reason }) => reason.why === "last-version");

describe("the plan for any package and any rules", () => {
  it("has every version once, kept or deleted", () => {
    property((one, rules) => {
      const plan = decide(one, rules, NOW);
      expect(ids([...kept(plan), ...gone(plan)])).toEqual(ids(one.versions));
    });
  });

  it("deletes nothing that something kept needs, by any road", () => {
    property((one, rules) => {
      const plan = decide(one, rules, NOW);
      const stays = new Set(kept(plan));
      expect(ids(needed(one, stays))).toEqual(ids(stays));
    });
  });

  it("deletes exactly what the rules say", () => {
    property((one, rules) => {
      const plan = decide(one, rules, NOW);
      const expected = goes(one, rules, NOW);
      const last = lastVersions(plan);
      if (last.length === 0) {
        expect(ids(gone(plan))).toEqual(ids(expected));
        return;
      }
      expect(last).toHaveLength(1);
      const saved = needed(one, new Set(last.map(({ version }) => version)));
      expect(ids(gone(plan))).toEqual(ids([...expected].filter((version) => !saved.has(version))));
    });
  });

  it("leaves a tagged version where there was one, and keeps one for that alone only where it must", () => {
    property((one, rules) => {
      const plan = decide(one, rules, NOW);
      const left = carriedOut(one, plan).versions;
      if (one.versions.length > 0) expect(left.length).toBeGreaterThan(0);
      if (one.versions.some(({ tags }) => tags.length > 0))
        expect(left.some(({ tags }) => tags.length > 0)).toBe(true);
      const [last] = lastVersions(plan);
      if (last === undefined) return;
      const others = left.filter(({ id }) => id !== last.version.id);
      const supported = new Set(ids(needed(one, new Set([last.version]))));
      expect(others.filter(({ id, tags }) => !supported.has(id) && tags.length > 0)).toEqual([]);
    });
  });

  it("is the same for any order of the versions and manifests", () => {
    property((one, rules) => {
      const reversed = {
        versions: one.versions.toReversed(),
        manifests: new Map([...one.manifests].toReversed()),
      };
      const shape = (plan: Plan) => ({
        gone: gone(plan).map(({ id }) => id),
        kept: plan.keep.map(({ version, reason }) => [version.id, reason.why]),
        untag: plan.untag.map(({ version, tags }) => [version.id, tags]),
      });
      expect(shape(decide(reversed, rules, NOW))).toEqual(shape(decide(one, rules, NOW)));
    });
  });

  it("has nothing left to do once it is carried out", () => {
    property((one, rules) => {
      const first = decide(one, rules, NOW);
      const second = decide(carriedOut(one, first), rules, NOW);
      // What has lost its parent or its tag is counted now as what stands alone, and may take the place of another.
      const parts = new Set(gone(first).flatMap((version) => childrenIn(one, version)));
      if (kept(first).some(({ digest }) => parts.has(digest)) || rules.keepUntagged > 0) return;
      // One that hangs on another now shows that the package holds more than documents about others.
      if (first.keep.some(({ reason }) => reason.why === "subject-elsewhere")) return;
      expect(ids(gone(second))).toEqual([]);
      expect(second.untag).toEqual([]);
    });
  });

  it("is the same when only what decides something was read", () => {
    property((one, rules) => {
      const honest = withSimpleCompanions(one);
      const read = new Map<string, Manifest | Unreadable>();
      for (
        let digests = wanted(honest.versions, read);
        digests.length > 0;
        digests = wanted(honest.versions, read)
      ) {
        const [digest = ""] = digests;
        const manifest = honest.manifests.get(digest);
        read.set(digest, manifest ?? { unreadable: "it is not there" });
      }
      const lazy = decide({ versions: honest.versions, manifests: read }, rules, NOW);
      expect(gone(lazy).map(({ id }) => id)).toEqual(gone(decide(honest, rules, NOW)).map(({ id }) => id));
    });
  });

  it("deletes nothing while a manifest that decides something cannot be read", () => {
    property(
      (one, rules) => {
        const blind = one.versions.filter(({ digest }) => "unreadable" in (one.manifests.get(digest) ?? {}));
        const plan = decide(one, rules, NOW);
        // An unread child of an index, and what cosign's tags say everything about, decide nothing.
        const plain = new Set(
          [...one.manifests.values()].flatMap((manifest) =>
            "children" in manifest
              ? manifest.children.filter(({ leaf }) => leaf).map(({ digest }) => digest)
              : [],
          ),
        );
        const deciding = blind.filter(({ tags, digest }) =>
          tags.length === 0 ? !plain.has(digest) : tags.some((tag) => !/\.(sig|att|sbom)$/.test(tag)),
        );
        if (deciding.length === 0) return;
        expect(gone(plan)).toEqual([]);
        expect(plan.untag).toEqual([]);
      },
      { unreadable: true },
    );
  });

  it("goes in an order that can be stopped anywhere: nothing that is still there has lost a part", () => {
    property((one, rules) => {
      const plan = decide(one, rules, NOW);
      const all = new Set(one.versions.map(({ digest }) => digest));
      const left = new Set(all);
      for (const { version } of plan.delete) {
        left.delete(version.digest);
        for (const digest of left) {
          const manifest = one.manifests.get(digest);
          if (manifest === undefined || !("children" in manifest)) continue;
          const missing = manifest.children.filter(
            (child) => all.has(child.digest) && !left.has(child.digest),
          );
          expect(missing).toEqual([]);
        }
      }
    });
  });

  it("takes only tags that are to go, from versions that stay and keep another reason to", () => {
    property((one, rules) => {
      const plan = decide(one, rules, NOW);
      const stays = new Set(ids(kept(plan)));
      for (const { version, tags } of plan.untag) {
        expect(stays.has(version.id)).toBe(true);
        expect(tags.length).toBeGreaterThan(0);
        for (const tag of tags) {
          expect(version.tags).toContain(tag);
          expect(rules.deleteTags.some((pattern) => pattern.matches(tag))).toBe(true);
          expect(rules.keepTags.some((pattern) => pattern.matches(tag))).toBe(false);
          expect(rules.protectDigests.has(version.digest)).toBe(false);
        }
      }
    });
  });

  it("is stopped above the share that may go, and only there", () => {
    property((one, rules) => {
      const plan = decide(one, { ...rules, maxPercent: 40 }, NOW);
      const share = one.versions.length === 0 ? 0 : (plan.delete.length / one.versions.length) * 100;
      expect(plan.tooMany !== undefined).toBe(share > 40);
    });
  });
});

/** Signatures as cosign makes them: one manifest with nothing below it, about nothing but what its tag says. */
function withSimpleCompanions({ versions, manifests }: RandomPackage): RandomPackage {
  const simple = new Set(
    versions
      .filter(({ tags }) => tags.length > 0 && tags.every((tag) => /^sha256-.*\.(sig|att|sbom)$/.test(tag)))
      .map(({ digest }) => digest),
  );
  return {
    versions,
    manifests: new Map(
      [...manifests].map(([digest, manifest]) => [
        digest,
        simple.has(digest) && "children" in manifest
          ? { ...manifest, children: [], subject: undefined }
          : manifest,
      ]),
    ),
  };
}
