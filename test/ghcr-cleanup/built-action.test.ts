import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { broken } from "../support/github-packages/judge.ts";
import { needs } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { type Finished, start } from "./built-action.ts";
import { changes, PATH, type Setting, setUp } from "./setting.ts";
import { digests, release, remaining } from "./stock.ts";

/** The setting without its clock: a process of its own knows only the real time. */
const realTime = () => setUp({ now: Date.now });

async function stocked() {
  const setting = await realTime();
  const kept = await release(setting.images, ["v1.0.0"], "90d");
  const gone = [
    await setting.images.manifest({ tags: ["pr-1"], age: "90d" }),
    await setting.images.manifest({ tags: ["pr-2"], age: "91d" }),
    await setting.images.manifest({ age: "92d" }),
  ];
  return { ...setting, kept, gone };
}

/** Carries out what a report or summary says has to be called to undo a run. */
async function restore({ server }: Setting, text: string): Promise<number[]> {
  const paths = [...text.matchAll(/\/((?:orgs|users)\/[\w/%.-]+\/versions\/\d+\/restore)/g)].map(
    ([, found]) => found,
  );
  const answers: number[] = [];
  for (const one of new Set(paths)) {
    const response = await fetch(`${server.apiUrl}/${one}`, {
      method: "POST",
      headers: { authorization: `Bearer ${server.tokens.issue()}` },
    });
    answers.push(response.status);
  }
  return answers;
}

describe("the built action", needs("docker-registry", "skopeo"), () => {
  it("cleans up, and says what it did, what it kept and how to get it back", async () => {
    const setting = await stocked();
    const { server, kept, gone } = setting;
    const before = remaining(server, PATH);
    const result = await start(server, {}).done;
    expect(result.exitCode, result.log).toBe(0);
    expect(remaining(server, PATH)).toEqual(digests(kept.all));
    expect(result.outputs).toMatchObject({
      deleted: "3",
      kept: String(kept.all.length),
      failed: "0",
      remaining: "0",
    });
    expect(Number(result.outputs["bytes-freed"])).toBeGreaterThanOrEqual(3 * 64);
    for (const { digest } of gone) expect(JSON.stringify(result.report)).toContain(digest);
    expect(result.summary).toContain("pr-1");
    expect(result.summary).toContain("v1.0.0");
    expect(result.orphans).toEqual([]);
    // What it says about getting things back is true.
    expect(await restore(setting, JSON.stringify(result.report))).toEqual([204, 204, 204]);
    expect(remaining(server, PATH)).toEqual(before);
    expect(await broken(server, PATH)).toEqual({});
  });

  it("cancelled in the middle, it stops within the grace, says what it did, and the next run does the rest", async () => {
    const setting = await stocked();
    const { server, kept } = setting;
    // The pause behind the first deletion is longer than a signal takes.
    const running = start(server, { pace: "20s" });
    server.intervene({ method: "DELETE" }, async (pass) => {
      running.cancel();
      return pass();
    });
    const result = await running.done;
    expect(result.conclusion).toBe("cancelled");
    expect(result.signal).toBeNull();
    expect(result.report.result).toBe("cancelled");
    const deleted = setting.gone.filter(({ version }) => version.deletedAt !== undefined);
    expect(deleted).toHaveLength(1);
    for (const { digest } of deleted) expect(JSON.stringify(result.report)).toContain(digest);
    expect(result.outputs["deleted"]).toBe("1");
    expect(await broken(server, PATH)).toEqual({});
    const next = await start(server, {}).done;
    expect(next.exitCode, next.log).toBe(0);
    expect(remaining(server, PATH)).toEqual(digests(kept.all));
  });

  it("cancelled while it waits for a limit, it does not wait on", async () => {
    const setting = await stocked();
    const { server } = setting;
    const running = start(server, {});
    server.intervene({ method: "DELETE" }, async () => {
      setImmediate(() => running.cancel());
      return server.limits.block(3_600).answer();
    });
    const result = await running.done;
    expect(result.conclusion).toBe("cancelled");
    expect(result.signal).toBeNull();
  });

  it("reads with manifest-cache only what is new, and does not trust a cache that lies", async () => {
    const setting = await stocked();
    const { server, images } = setting;
    const folder = makeTempDir("cache");
    const cache = path.join(folder.path, "manifests.json");
    const inputs = { "manifest-cache": cache, "dry-run": "true" };
    const reads = async (): Promise<[Finished, number]> => {
      const from = server.journal.length;
      const result = await start(server, inputs).done;
      return [result, server.journal.slice(from).filter(({ call }) => call === "GET manifests").length];
    };
    const [cold, first] = await reads();
    const [warm, second] = await reads();
    expect(first).toBeGreaterThan(3);
    expect(second).toBe(0);
    expect(warm.outputs["deleted"]).toBe(cold.outputs["deleted"]);
    await images.manifest({ tags: ["new"] });
    expect((await reads())[1]).toBe(1);
    for (const text of ["", '{"version":99}']) {
      writeFileSync(cache, text);
      const [result, again] = await reads();
      expect(result.exitCode, result.log).toBe(0);
      expect(again).toBeGreaterThan(3);
    }
    folder.remove();
  });

  it("takes a packages' own rules from a config file", async () => {
    const setting = await stocked();
    const { server, gone } = setting;
    const config = "packages:\n  shop:\n    keep-tags: [pr-2]\n    older-than: 60d\n";
    const result = await start(server, { config: "cleanup.yml" }, { files: { "cleanup.yml": config } }).done;
    expect(result.exitCode, result.log).toBe(0);
    expect(remaining(server, PATH)).toContain(gone[1]?.digest);
    const wrong = await start(
      server,
      { config: "cleanup.yml" },
      { files: { "cleanup.yml": "packages:\n  shop:\n    keep-tag: x\n" } },
    ).done;
    expect(wrong.exitCode).toBe(1);
    expect(wrong.annotations[0]).toMatchObject({ level: "error" });
    expect(wrong.log).toContain("keep-tags");
  });

  it("lets the token out nowhere, and sends it to nobody else", async () => {
    const setting = await stocked();
    const { server } = setting;
    const token = server.tokens.issue();
    server.intervene({ method: "DELETE" }, () => ({
      status: 500,
      body: `trouble with ${token} and ${btoa(token)}`,
    }));
    server.intervene({ side: "registry", url: /manifests/ }, (_, { headers }) => ({
      status: 500,
      body: `trouble with ${headers.authorization} ${token}`,
    }));
    const result = await start(server, { "github-token": token }, { env: { RUNNER_DEBUG: "1" } }).done;
    expect(result.exitCode, result.log).toBe(0);
    const pieces = Array.from({ length: token.length - 9 }, (_, from) => token.slice(from, from + 10));
    expect(pieces.filter((piece) => result.left.includes(piece))).toEqual([]);
    for (const encoded of [Buffer.from(token).toString("base64"), Buffer.from(token).toString("hex")])
      expect(result.left).not.toContain(encoded.slice(6, -6));
    // Sessions of the registry are secrets too.
    for (const session of result.left.matchAll(/Bearer (\S{20,})/g)) expect(session[1]).toBe("");
    expect(changes(setting).length).toBeGreaterThan(0);
  });
});
