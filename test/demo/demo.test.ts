import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { some } from "../support/effort.ts";
import { needs } from "../support/needs.ts";
import { type DemoRun, startDemo } from "./demo-run.ts";
import { tagProblems } from "./well-formed.ts";

const LONG = { timeout: 400_000 };

async function nothingIsLeft(demo: DemoRun): Promise<void> {
  // What guards the servers acts on the end of the demo, and so a moment after it.
  await expect.poll(() => demo.leftovers(), { timeout: 10_000 }).toEqual([]);
}

describe("npm run demo", needs("postgres-18", "postgres-18-programs", "sshd", "nginx"), () => {
  it("shows each verdict as it should be, writes the page, and leaves nothing behind", LONG, async () => {
    const demo = startDemo();
    await demo.says(/Setting up the shop/);
    expect(demo.leftovers()).toContainEqual(expect.stringContaining("/bin/postgres"));
    const { code, stdout, stderr } = await demo.ended;
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout.match(/-> .*, .*(?= \()/g)).toEqual([
      "-> passed, as it should",
      "-> failed, as it should",
      "-> failed, as it should",
      "-> failed, as it should",
      "-> passed, as it should",
      "-> passed, as it should",
      "-> passed, as it should",
      "-> passed, as it should",
      "-> failed, as it should",
      "-> failed, as it should",
      "-> passed, as it should",
      "-> failed, as it should",
      "-> failed, as it should",
      "-> passed, as it should",
      "-> failed, as it should",
      "-> failed, as it should",
      "-> passed, as it should",
      "-> passed, as it should",
      "-> passed, as it should",
      "-> failed, as it should",
      "-> passed, as it should",
      "-> passed, as it should",
      "-> failed, as it should",
      "-> failed, as it should",
      "-> passed, as it should",
      "-> passed, as it should",
      "-> passed, as it should",
      "-> failed, as it should",
      "-> failed, as it should",
      "-> failed, as it should",
      "-> passed, as it should",
      "-> passed, as it should",
      "-> failed, as it should",
      "-> passed, as it should",
      "-> passed, as it should",
      "-> failed, as it should",
      "-> failed, as it should",
      "-> failed, as it should",
      "-> passed, as it should",
      "-> failed, as it should",
      "-> passed, as it should",
      "-> passed, as it should",
      "-> failed, as it should",
      "-> passed, as it should",
      "-> failed, as it should",
      "-> failed, as it should",
      "-> failed, as it should",
    ]);
    expect(stdout).toMatch(/^47 of 47 verdicts/m);
    expect(stdout).toMatch(/^[\n\x20-\x7e]*$/);

    const page = readFileSync(path.join(demo.outDir, "index.html"), "utf8");
    expect(tagProblems(page)).toEqual([]);
    expect(page.match(/<article /g)).toHaveLength(47);
    expect(page).toContain("Smoke test passed");
    expect(page).toMatch(/Check failure on line \d+ in \.github\/smoke\.yml/);
    expect(page).not.toMatch(/<(?:script|link|img|iframe|object)\b|@import|url\(|\sstyle=/i);
    await nothingIsLeft(demo);
  });

  it("fails when a verdict is wrong, says which, and shows no secret", LONG, async () => {
    const demo = startDemo(path.join(import.meta.dirname, "wrong-expectation.ts"));
    const { code, stdout, stderr } = await demo.ended;
    expect(code).toBe(1);
    expect(stdout).toContain("-> passed, WHICH IS WRONG");
    expect(stdout).toContain("expected failure, got success");
    expect(stdout).toContain("43 of 44 verdicts");

    const page = readFileSync(path.join(demo.outDir, "index.html"), "utf8");
    expect(page).toContain("which is wrong");
    const secrets: string[] = JSON.parse(readFileSync(path.join(demo.outDir, "secrets.json"), "utf8"));
    expect(secrets).toHaveLength(2);
    for (const secret of secrets) expect(stdout + stderr + page).not.toContain(secret);
    await nothingIsLeft(demo);
  });

  const points = [
    { signal: "SIGTERM", when: "while PostgreSQL is set up", said: /Starting PostgreSQL/ },
    { signal: "SIGINT", when: "while the shop is set up", said: /Setting up the shop/ },
    { signal: "SIGINT", when: "while an action samples", said: /1\.3 .*Load products/s },
    { signal: "SIGTERM", when: "as an action starts", said: /1\.1 / },
    { signal: "SIGHUP", when: "between two steps", said: /1\.1 .*-> passed/s },
  ] as const;

  it.each(some(2, points))("leaves nothing behind after $signal $when", LONG, async ({ signal, said }) => {
    const demo = startDemo();
    await demo.says(said);
    demo.kill(signal);
    const { code, stdout, stderr } = await demo.ended;
    expect(code).toBe({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }[signal]);
    expect(stderr).toBe(`\nStopping what is under way ...\nStopped by ${signal}. Nothing is left running.\n`);
    expect(stdout).not.toContain("verdicts");
    expect(existsSync(demo.outDir)).toBe(false);
    await nothingIsLeft(demo);
  });
});
