import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { installMissing } from "../../scripts/system/install.ts";
import { findExecutable, type Part, type Source } from "../../scripts/system/part.ts";
import { partNames, parts, testParts } from "../../scripts/system/parts.ts";
import { withoutStartingServices } from "../../scripts/system/services.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const scratch = makeTempDir("install");
afterAll(() => scratch.remove());
let counter = 0;

/** A part that is there once its file is, from sources that make the file, fail, or may not be used. */
function part(kinds: readonly string[], made: string[][] = []): Part {
  const file = path.join(scratch.path, `part-${counter++}`);
  const source = (kind: string): Source => ({
    kind,
    item: file,
    command: `get from ${kind}`,
    usable: () => kind !== "forbidden",
    install: async (items) => {
      made.push([kind, ...items]);
      if (kind === "broken") throw new Error("the mirror is away");
      for (const item of items) writeFileSync(item, "");
    },
  });
  const [first = "", ...rest] = kinds;
  return {
    why: "a test",
    find: () => (existsSync(file) ? file : undefined),
    sources: [source(first), ...rest.map(source)],
  };
}

async function install(parts: Record<string, Part>) {
  const said: string[] = [];
  const missing = await installMissing(parts, Object.keys(parts), (line) => said.push(line));
  return { missing, said };
}

describe("installing missing parts", () => {
  it("installs those of one kind together, and is silent and idle when all are there", async () => {
    const made: string[][] = [];
    const two = { one: part(["apt"], made), two: part(["apt"], made) };
    expect(await install(two)).toEqual({ missing: [], said: ["Installing one, two (apt) ..."] });
    expect(made.map((call) => call.length)).toEqual([3]);
    expect(await install(two)).toEqual({ missing: [], said: [] });
    expect(made.length).toBe(1);
  });

  it("turns to the next source where one fails or may not be used", async () => {
    expect((await install({ a: part(["broken", "good"]), b: part(["forbidden", "good"]) })).missing).toEqual(
      [],
    );
  });

  it("returns what it could not install, why, and the command for a person", async () => {
    const { missing } = await install({ a: part(["broken"]), b: part(["forbidden"]), c: part(["good"]) });
    expect(missing).toEqual([
      { name: "a", command: "get from broken", reason: "the mirror is away" },
      { name: "b", command: "get from forbidden", reason: "this user may not install it here" },
    ]);
  });

  it("does not believe a source that did not bring the part", async () => {
    const liar = { ...part(["good"]), find: () => undefined };
    expect((await install({ liar })).missing).toMatchObject([{ name: "liar" }]);
  });
});

describe("the policy against starting services", () => {
  const fresh = () => path.join(scratch.path, `policy-${counter++}`);

  it("forbids starting while the work lasts, and is gone afterwards, also after a failure", async () => {
    const policy = fresh();
    await withoutStartingServices(
      async () => expect(readFileSync(policy, "utf8")).toMatch(/exit 101\n$/),
      policy,
    );
    expect(existsSync(policy)).toBe(false);
    const failing = withoutStartingServices(() => Promise.reject(new Error("no such package")), policy);
    await expect(failing).rejects.toThrow("no such package");
    expect(existsSync(policy)).toBe(false);
  });

  it("leaves the machine's own policy as it is", async () => {
    const policy = fresh();
    writeFileSync(policy, "#!/bin/sh\nexit 104\n");
    await withoutStartingServices(async () => undefined, policy);
    expect(readFileSync(policy, "utf8")).toBe("#!/bin/sh\nexit 104\n");
  });

  it("takes over one that a killed run left behind", async () => {
    const policy = fresh();
    let ours = "";
    await withoutStartingServices(async () => {
      ours = readFileSync(policy, "utf8");
    }, policy);
    writeFileSync(policy, ours);
    await withoutStartingServices(async () => undefined, policy);
    expect(existsSync(policy)).toBe(false);
  });
});

describe("looking for an executable", () => {
  it("finds what may be run, in a given place before PATH", () => {
    const place = path.join(scratch.path, "sh");
    writeFileSync(place, "");
    expect(findExecutable("sh", place)).not.toBe(place);
    chmodSync(place, 0o755);
    expect(findExecutable("sh", place)).toBe(place);
    expect(findExecutable("sh")).toMatch(/^\/.*\/sh$/);
  });

  it("does not take a directory or a missing file for one", () => {
    const folder = path.join(scratch.path, "folder");
    mkdirSync(folder);
    expect(findExecutable("no-such-program", folder)).toBeUndefined();
  });
});

describe("the list of parts", () => {
  it("leaves the demo's own, and what is compiled for minutes, out of what tests need", () => {
    const left = partNames.filter((name) => !testParts.includes(name));
    expect(left.sort()).toEqual(["chromium", "versitygw"]);
  });

  it.each(partNames)("says of %s why it is needed and what a person types to get it", (name) => {
    expect(parts[name].why).not.toBe("");
    expect(parts[name].sources[0].command).toMatch(/^\S+ \S+/);
  });
});
