import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Images } from "../support/github-packages/images.ts";
import { broken } from "../support/github-packages/judge.ts";
import { type GitHubPackages, startGitHubPackages } from "../support/github-packages/server.ts";
import { needs } from "../support/needs.ts";
import { type VirtualClock, virtualClock } from "../support/virtual-clock.ts";
import { type Inputs, runHere } from "./run-here.ts";
import { digests, missingParts, oddities, release, remaining } from "./stock.ts";

const PATH = "acme/shop";

let clock: VirtualClock;
let server: GitHubPackages;
let images: Images;
beforeEach(async () => {
  clock = virtualClock();
  server = await startGitHubPackages({ now: clock.now });
  images = new Images(server, PATH);
});
afterEach(async () => {
  await server.stop();
  expect(server.misuses).toEqual([]);
});

/** Cleans up; everything that is still tagged can be pulled whole, but for what skopeo never could. */
async function clean(inputs: Inputs, unpullable: readonly string[] = []) {
  const outcome = await runHere(server, { "max-percent": "100", ...inputs }, { clock });
  expect(missingParts(server, PATH)).toEqual([]);
  expect(Object.keys(await broken(server, PATH))).toEqual(unpullable);
  return outcome;
}

describe("what something needs stays", needs("docker-registry", "skopeo"), () => {
  it("keeps a release with every part of it, and deletes another whole", async () => {
    const kept = await release(images, ["v1.0.0", "latest"], "90d");
    const gone = await release(images, ["pr-17"], "90d");
    const outcome = await clean({ "keep-last": "0" });
    expect(outcome.failures).toEqual([]);
    expect(remaining(server, PATH)).toEqual(digests(kept.all));
    expect(outcome.outputs).toMatchObject({ deleted: gone.all.length, kept: kept.all.length, failed: 0 });
  });

  it("keeps a child that another index has too, as long as one of them stays", async () => {
    const shared = await images.manifest({ age: "90d" });
    const own = await images.manifest({ age: "90d" });
    const kept = await images.index([shared.descriptor], { tags: ["v1"], age: "90d" });
    await images.index([shared.descriptor, own.descriptor], { tags: ["pr-1"], age: "90d" });
    await clean({ "keep-last": "0" });
    expect(remaining(server, PATH)).toEqual(digests([shared, kept]));
  });

  it("keeps an attestation that is about a child that stays, though only an index that goes lists it", async () => {
    const [shared] = await images.platforms({ age: "90d" });
    // As BuildKit has it with oci-artifact=true: the entry of the index does not tell of the subject.
    const { descriptor, ...made } = await images.referrer(shared!, { age: "90d" });
    const attestation = {
      ...descriptor,
      platform: { os: "unknown", architecture: "unknown" },
      annotations: {
        "vnd.docker.reference.digest": shared!.digest,
        "vnd.docker.reference.type": "attestation-manifest",
      },
    };
    const kept = await images.index([shared!.descriptor], { tags: ["v1"], age: "90d" });
    await images.index([shared!.descriptor, attestation], { tags: ["pr-1"], age: "90d" });
    await clean({ "keep-last": "0", "measure-bytes": "never" });
    expect(remaining(server, PATH)).toEqual(digests([shared!, { descriptor, ...made }, kept]));
  });

  it("keeps nested indexes to their end", async () => {
    const leaf = await images.manifest({ age: "90d" });
    let all = [leaf];
    for (let depth = 0; depth < 4; depth += 1) {
      const inner = all.at(-1);
      if (inner === undefined) break;
      all = [
        ...all,
        await images.index([inner.descriptor], { age: "90d", ...(depth === 3 ? { tags: ["v1"] } : {}) }),
      ];
    }
    await images.manifest({ tags: ["pr-1"], age: "90d" });
    // skopeo knows no index within an index.
    await clean({ "keep-last": "0" }, ["v1"]);
    expect(remaining(server, PATH)).toEqual(digests(all));
  });

  it("keeps a child that has a tag of its own to keep, though its index goes", async () => {
    const { children } = await images.multiArch({ tags: ["pr-1"], age: "90d" });
    const [child] = children;
    await images.push(child!.descriptor.mediaType, { tags: ["v1-amd64"], age: "90d" }, child!.version.bytes);
    await clean({ "keep-last": "0" });
    expect(remaining(server, PATH)).toEqual([child?.digest]);
  });

  it("does not take charts, artifacts, caches, Docker's own types and silent manifests for ghosts", async () => {
    const { all } = await oddities(images, "90d");
    await images.manifest({ age: "90d" });
    const rules = { "keep-last": "0", "keep-tags": "chart-*, artifact, buildcache, docker, silent" };
    // A cache of BuildKit's lists layers in the place of images.
    const outcome = await clean(rules, ["buildcache"]);
    expect(outcome.failures).toEqual([]);
    expect(remaining(server, PATH)).toEqual(digests(all));
  });

  it("deletes charts, artifacts, caches and all that is below them, when they are old", async () => {
    await oddities(images, "90d");
    const stays = await images.manifest({ tags: ["v1"], age: "90d" });
    const outcome = await clean({ "keep-last": "0" });
    expect(outcome.failures).toEqual([]);
    expect(remaining(server, PATH)).toEqual([stays.digest]);
  });

  it("counts images for keep-last as a person does: a release with its signatures and platforms is one", async () => {
    const releases = [];
    for (let number = 1; number <= 4; number += 1)
      releases.push(await release(images, [`r${number}`], `${100 - number}d`));
    await clean({ "keep-last": "2" });
    expect(remaining(server, PATH)).toEqual(digests(releases.slice(2).flatMap(({ all }) => all)));
  });

  it("keeps what is deployed, with its whole graph, whatever its age and tags", async () => {
    const deployed = await release(images, ["build-7"], "300d");
    await release(images, ["build-8"], "200d");
    const [child] = deployed.children;
    const keeper = await images.manifest({ tags: ["v1"], age: "90d" });
    await clean({ "keep-last": "0", "protect-digests": deployed.index.digest });
    expect(remaining(server, PATH)).toEqual(digests([...deployed.all, keeper]));
    expect(child).toBeDefined();
  });

  it("leaves alone what is young, and untagged versions of a push in flight", async () => {
    const young = await images.manifest({ tags: ["pr-2"], age: "2d" });
    const inFlight = await images.manifest({ age: "2h" });
    const leftover = await images.manifest({ age: "3d" });
    await clean({ "keep-last": "0" });
    expect(remaining(server, PATH)).toEqual(digests([young, inFlight]));
    expect(leftover.version.deletedAt).toBeDefined();
  });

  it("shows in a dry run what a real run does, and changes nothing", async () => {
    await release(images, ["v1"], "90d");
    await release(images, ["pr-1", "pr-2"], "90d");
    const { index } = await release(images, ["pr-3", "v2"], "90d");
    const before = remaining(server, PATH);
    const dry = await clean({ "keep-last": "0", "dry-run": "true", "delete-tags": "pr-*" });
    expect(remaining(server, PATH)).toEqual(before);
    expect(server.journal.filter(({ method }) => !["GET", "HEAD"].includes(method))).toEqual([]);
    const live = await clean({ "keep-last": "0", "delete-tags": "pr-*" });
    expect(live.outputs["deleted"]).toBe(dry.outputs["deleted"]);
    expect([...index.version.tags]).toEqual(["v2"]);
    const again = await clean({ "keep-last": "0", "delete-tags": "pr-*" });
    expect(again.outputs).toMatchObject({ deleted: 0, failed: 0 });
  });
});
