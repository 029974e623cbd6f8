import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { buildActions } from "../../scripts/build.ts";
import { runChild } from "../../scripts/bundle/child.ts";
import { differingFiles } from "../../scripts/bundle/place.ts";
import { filesUnder } from "../../scripts/bundle/repository.ts";
import { makeScratchRepository, type ScratchRepository } from "./scratch-repository.ts";

const ACTION = "name: probe\ndescription: Says hello.\nruns:\n  using: node24\n  main: index.js\n";

const scratches: ScratchRepository[] = [];
afterEach(() => {
  for (const scratch of scratches.splice(0)) scratch.remove();
});

function scratchWith(
  main: string,
  options?: { readonly modules: "copied"; readonly below: string },
): ScratchRepository {
  const scratch = makeScratchRepository(options);
  scratches.push(scratch);
  scratch.write({
    "actions/probe/action.yml": ACTION,
    "actions/probe/README.md": "# probe\n",
    "actions/probe/src/main.ts": main,
  });
  return scratch;
}

describe("building", () => {
  it("gives the same bytes in another folder, and bundles that start", { timeout: 180_000 }, async () => {
    const main = [
      'import * as core from "@actions/core";',
      'import { Client } from "pg";',
      'import { Client as Ssh } from "ssh2";',
      'import { UserError } from "../../../shared/runtime/user-error.ts";',
      'core.info(["loaded", Client.name, Ssh.name, UserError.name].join(" "));',
    ].join("\n");
    const one = scratchWith(main, { modules: "copied", below: "one" });
    const other = scratchWith(main, { modules: "copied", below: "elsewhere/and/deeper" });
    await buildActions({ root: one.root, outDir: "dist" });
    await buildActions({ root: other.root, outDir: "dist" });

    const dist = path.join(one.root, "dist");
    expect(await differingFiles(dist, path.join(other.root, "dist"))).toEqual([]);
    // Nothing of one platform (ssh2 brings an .exe), no module marker, no source map.
    const files = ["README.md", "action.yml", "index.js", "licenses.txt"];
    expect(await filesUnder(dist)).toEqual(files.map((file) => `probe/${file}`));

    const run = await runChild(process.execPath, ["index.js"], { cwd: path.join(dist, "probe") });
    expect(run).toEqual({ code: 0, stdout: "loaded Client Client UserError\n", stderr: "" });

    const licences = readFileSync(path.join(dist, "probe/licenses.txt"), "utf8");
    for (const name of ["@actions/core", "pg", "ssh2"]) expect(licences.split("\n")).toContain(name);
  });

  it("carries the published schemas of the action and nothing of its sources", async () => {
    const scratch = scratchWith('console.log("hello");');
    scratch.write({ "actions/probe/config.schema.json": "{}\n", "actions/probe/notes.txt": "for us\n" });
    await buildActions({ root: scratch.root, outDir: "dist" });
    const files = ["README.md", "action.yml", "config.schema.json", "index.js", "licenses.txt"];
    expect(await filesUnder(path.join(scratch.root, "dist/probe"))).toEqual(files);
  });

  it("stops at a type error with the compiler's text and leaves the last build alone", async () => {
    const scratch = scratchWith('console.log("hello");');
    await buildActions({ root: scratch.root, outDir: "dist" });
    const built = scratch.read("dist/probe/index.js");
    scratch.write({ "actions/probe/src/main.ts": 'export const port: number = "80";' });
    await expect(buildActions({ root: scratch.root, outDir: "dist" })).rejects.toThrow(
      /actions\/probe\/src\/main\.ts.*TS2322/s,
    );
    expect(scratch.read("dist/probe/index.js")).toBe(built);
    expect(await filesUnder(path.join(scratch.root, "build"))).toEqual([]);
  });

  it("replaces a folder as a whole, removes those of removed actions, and leaves foreign folders", async () => {
    const scratch = scratchWith('console.log("one");');
    scratch.write({
      "dist/probe/stale.js": "",
      "dist/gone/index.js": "",
      "dist/gone/action.yml": ACTION,
      "dist/foreign/notes.txt": "",
    });
    await buildActions({ root: scratch.root, outDir: "dist" });
    expect(await filesUnder(path.join(scratch.root, "dist"))).toEqual([
      "foreign/notes.txt",
      "probe/README.md",
      "probe/action.yml",
      "probe/index.js",
      "probe/licenses.txt",
    ]);
  });

  it.each<{ readonly change: string; readonly files: Readonly<Record<string, string>> }>([
    { change: "its sources", files: { "actions/probe/src/main.ts": 'import "./said.ts";\nconsole.log(1);' } },
    { change: "a module behind them", files: { "actions/probe/src/said.ts": 'console.log("changed");' } },
    { change: "the dependencies", files: { "package-lock.json": "{}" } },
  ])("bundles again when $change changed, and else takes what it has", async ({ files }) => {
    const scratch = scratchWith('import "./said.ts";');
    scratch.write({ "actions/probe/src/said.ts": 'console.log("said");', "shared/other.ts": "export {};" });
    await buildActions({ root: scratch.root, outDir: "dist" });
    const [kept] = await filesUnder(path.join(scratch.root, ".cache/bundles"));
    expect(kept).toMatch(/^probe\/[0-9a-f]{64}\/index\.js$/);
    scratch.write({
      [`.cache/bundles/${kept}`]: "// kept\n",
      "actions/probe/README.md": "# not in the bundle\n",
      "shared/other.ts": "export const unused = 1;",
    });
    await buildActions({ root: scratch.root, outDir: "dist" });
    expect(scratch.read("dist/probe/index.js")).toBe("// kept\n");
    expect(scratch.read("dist/probe/README.md")).toBe("# not in the bundle\n");
    scratch.write(files);
    await buildActions({ root: scratch.root, outDir: "dist" });
    expect(scratch.read("dist/probe/index.js")).not.toBe("// kept\n");
    const left = await filesUnder(path.join(scratch.root, ".cache/bundles"));
    expect(left.filter((file) => file.endsWith("index.js"))).toHaveLength(1);
    expect(left).not.toContain(kept);
  });

  it("does not touch a folder that is current already", async () => {
    const scratch = scratchWith('console.log("one");');
    const inode = () => statSync(path.join(scratch.root, "dist/probe/index.js")).ino;
    await buildActions({ root: scratch.root, outDir: "dist" });
    const before = inode();
    await buildActions({ root: scratch.root, outDir: "dist" });
    expect(inode()).toBe(before);
  });

  it("builds the named actions alone and keeps the others", async () => {
    const scratch = scratchWith('console.log("one");');
    scratch.write({
      "actions/other/action.yml": ACTION,
      "actions/other/README.md": "# other\n",
      "actions/other/src/main.ts": 'export const wrong: number = "a type error of somebody else";',
      "dist/other/index.js": "// as it was\n",
      "dist/other/action.yml": ACTION,
    });
    const lines: string[] = [];
    await buildActions({
      root: scratch.root,
      outDir: "dist",
      names: ["probe"],
      log: (line) => lines.push(line),
    });
    expect(lines).toEqual([expect.stringMatching(/^probe +\d+ kB +gzip +\d+ kB +[\d.]+ s$/)]);
    expect(existsSync(path.join(scratch.root, "dist/probe/index.js"))).toBe(true);
    expect(scratch.read("dist/other/index.js")).toBe("// as it was\n");
  });

  it("refuses a name that is no action, and names those that are", async () => {
    const scratch = scratchWith('console.log("one");');
    await expect(buildActions({ root: scratch.root, outDir: "dist", names: ["prob"] })).rejects.toMatchObject(
      { message: expect.stringContaining("prob"), hint: "The actions are: probe." },
    );
  });

  it("refuses a bundle that holds a path of the machine", async () => {
    const scratch = scratchWith("");
    scratch.write({ "actions/probe/src/main.ts": `console.log("${scratch.root}/data.txt");` });
    await expect(buildActions({ root: scratch.root, outDir: "dist" })).rejects.toThrow(
      "probe: the bundle holds a path of this machine",
    );
    expect(existsSync(path.join(scratch.root, "dist/probe"))).toBe(false);
  });

  it("refuses a bundle that would look for a module at run time", async () => {
    const scratch = scratchWith('import { x } from "not-installed";\nconsole.log(x);');
    scratch.write({
      "actions/probe/src/types.d.ts": 'declare module "not-installed" { export const x: 1; }',
    });
    await expect(buildActions({ root: scratch.root, outDir: "dist" })).rejects.toThrow(
      "what is not installed: not-installed",
    );
  });

  it("refuses an action.yml whose entry the build does not make", async () => {
    const scratch = scratchWith('console.log("one");');
    scratch.replace("actions/probe/action.yml", "main: index.js", "main: dist/index.js");
    await expect(buildActions({ root: scratch.root, outDir: "dist" })).rejects.toThrow(
      'actions/probe/action.yml: runs.main is "dist/index.js"',
    );
  });

  it.each([
    { moment: "before it begins", begun: /^/ },
    { moment: "while it compiles", begun: /^staging-\w+\/tsconfig\.json$/m },
    { moment: "while it bundles", begun: /^staging-\w+\/dist\/probe$/m },
  ])("ends when it is told to $moment, and leaves nothing half-made", async ({ begun }) => {
    const scratch = scratchWith('console.log("one");');
    const folder = path.join(scratch.root, "build");
    mkdirSync(folder, { recursive: true });
    const stop = new AbortController();
    const building = buildActions({ root: scratch.root, outDir: "dist", signal: stop.signal });
    building.catch(() => undefined);
    await vi.waitUntil(() => begun.test(readdirSync(folder, { recursive: true }).join("\n")), {
      ...{ interval: 1, timeout: 30_000 },
    });
    stop.abort(new Error("told to stop"));
    await expect(building).rejects.toThrow("told to stop");
    expect(readdirSync(folder)).toEqual([]);
    expect(existsSync(path.join(scratch.root, "dist/probe"))).toBe(false);
  });

  it("leaves out folders without an action.yml", async () => {
    const scratch = scratchWith('console.log("one");');
    mkdirSync(path.join(scratch.root, "actions/begun/src"), { recursive: true });
    await buildActions({ root: scratch.root, outDir: "dist" });
    expect(existsSync(path.join(scratch.root, "dist/begun"))).toBe(false);
  });
});
