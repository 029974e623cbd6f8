import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunOutcome } from "../../scripts/test/outcome.ts";

const root = path.resolve(import.meta.dirname, "../..");
let scratch: string;

beforeAll(() => {
  // Within the repository, so that the tests in it find vitest.
  mkdirSync(path.join(root, "build"), { recursive: true });
  scratch = mkdtempSync(path.join(root, "build/test-run-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs vitest over these files as `npm test` does, in a process that finds no Redis, and reads what was recorded. */
async function record(
  files: Record<string, string>,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<RunOutcome> {
  const folder = mkdtempSync(path.join(scratch, "case-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  const run = JSON.stringify(path.join(root, "scripts/test/run.ts"));
  const code = `
    const { runVitest } = await import(${run});
    const outcome = await runVitest(${JSON.stringify(args)}, ${JSON.stringify(folder)});
    process.stdout.write("\\nOUTCOME " + JSON.stringify(outcome) + "\\n", () => process.exit(0));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", "--input-type=module", "--eval", code],
    { env: { PATH: path.dirname(process.execPath), ...env }, cwd: folder },
  );
  return JSON.parse(/^OUTCOME (.*)$/m.exec(stdout)?.[1] ?? "{}");
}

function brief(outcome: RunOutcome) {
  return outcome.tests.map(({ name, state }) => `${name}: ${state}`);
}

const imports = `import { describe, expect, it } from "vitest";
import { needs } from ${JSON.stringify(path.join(root, "test/support/needs.ts"))};
import { runs, some } from ${JSON.stringify(path.join(root, "test/support/effort.ts"))};
`;

describe("a test run", () => {
  it("records what passed, failed and was skipped, and for want of which part", async () => {
    const outcome = await record({
      "a.test.ts": `${imports}
        describe("outer", () => {
          it("passes", () => {});
          it("fails", () => { expect(1).toBe(2); });
          it.skip("is skipped", () => {});
        });
        describe("redis", needs("redis"), () => {
          describe("inner", () => { it("cannot run", () => {}); });
        });
        it("cannot run either", needs("redis"), () => {});`,
    });
    expect(brief(outcome)).toEqual([
      "outer > passes: passed",
      "outer > fails: failed",
      "outer > is skipped: skipped",
      "redis > inner > cannot run: skipped",
      "cannot run either: skipped",
    ]);
    expect(outcome.tests.map((test) => test.needs)).toEqual([[], [], [], ["redis"], ["redis"]]);
    expect(outcome.tests.map((test) => test.file)).toEqual(Array(5).fill("a.test.ts"));
    expect(outcome.otherFailures).toBe(0);
  });

  it("counts failures outside of tests: files that do not load, hooks, unhandled errors", async () => {
    const outcome = await record({
      "broken.test.ts": `${imports} throw new Error("at import");`,
      "hook.test.ts": `${imports} import { afterAll } from "vitest";
        describe("suite", () => { afterAll(() => { throw new Error("in a hook"); }); it("passes", () => {}); });`,
      "late.test.ts": `${imports} it("leaves a rejection behind", async () => {
        Promise.reject(new Error("unhandled")); await new Promise(setImmediate); });`,
    });
    expect(outcome.otherFailures).toBe(3);
  });

  it("passes filters and options on to vitest", async () => {
    const files = {
      "one.test.ts": `${imports} it("first", () => {}); it("second", () => {});`,
      "two.test.ts": `${imports} it("third", () => {});`,
    };
    expect(brief(await record(files, ["one", "-t", "second"]))).toEqual(["first: skipped", "second: passed"]);
  });

  it("records nothing, without breaking down, where a filter matches no file", async () => {
    expect(await record({ "one.test.ts": imports }, ["absent"])).toEqual({ tests: [], otherFailures: 0 });
  });

  it("runs a sample of long matrices, and all of them under SOAK, counting the cases", async () => {
    const files = {
      "long.test.ts": `${imports}
        it("counts", () => { expect(runs(3, 500)).toBe(process.env.SOAK === "1" ? 500 : 3); });
        it("takes some", () => { expect(some(2, ["a", "b", "c", "d"])).toEqual(
          process.env.SOAK === "1" ? ["a", "b", "c", "d"] : ["a", "c"]); });
        it("takes no more than there are", () => { expect(some(5, ["a"])).toEqual(["a"]); });`,
    };
    const sampled = await record(files);
    expect(sampled.tests.map(({ state, cases }) => [state, cases])).toEqual([
      ["passed", 3],
      ["passed", 2],
      ["passed", 1],
    ]);
    const whole = await record(files, [], { SOAK: "1" });
    expect(whole.tests.map(({ state, cases }) => [state, cases])).toEqual([
      ["passed", 500],
      ["passed", 4],
      ["passed", 1],
    ]);
  });
});
