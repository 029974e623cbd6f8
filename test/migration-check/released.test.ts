import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ScratchServer, startScratchServer } from "../schema-drift/scratch-server.ts";
import { needs } from "../support/needs.ts";
import { check, project, write } from "./check.ts";

const file = (number: string): Record<string, string> => ({
  [`app/migrations/${number}_t.up.sql`]: `create table t${number} ();`,
  [`app/migrations/${number}_t.down.sql`]: `drop table t${number};`,
});

describe("what was released", needs("postgres-18"), () => {
  let server: ScratchServer;
  beforeAll(async () => {
    server = await startScratchServer();
  });
  afterAll(() => server?.stop());

  /** A repository with the migrations 10 and 20 at main, and a branch that is checked out. */
  const repository = (): { readonly folder: string; readonly git: (...args: string[]) => void } => {
    const folder = project({ ...file("10"), ...file("20"), "app/README.md": "" });
    const who = [
      "-c",
      "user.name=Somebody",
      "-c",
      "user.email=somebody@example.com",
      "-c",
      "commit.gpgsign=false",
    ];
    const git = (...args: string[]): void =>
      void execFileSync("git", [...who, ...args], { cwd: folder, stdio: "pipe" });
    git("init", "--quiet", "--initial-branch=main");
    git("add", "--all");
    git("commit", "--quiet", "--message=one");
    git("checkout", "--quiet", "-b", "feature");
    return { folder, git };
  };
  const tried = (folder: string, inputs: Readonly<Record<string, string>> = {}) =>
    check({
      preset: "sql",
      "working-directory": path.join(folder, "app"),
      "scratch-url": server.url,
      "base-ref": "main",
      check: "changed",
      ...inputs,
    });

  it("is not touched by a new migration, and only that is tried", async () => {
    const { folder } = repository();
    write(folder, { ...file("30"), "app/README.md": "new words" });
    expect(await tried(folder)).toMatchObject({ told: [], checked: [{ id: "30_t" }], base: { ref: "main" } });
  });

  it("shows when it was edited, deleted or overtaken, also where that is committed", async () => {
    const { folder, git } = repository();
    write(folder, { ...file("15"), "app/migrations/10_t.up.sql": "create table t10 (id int);" });
    rmSync(path.join(folder, "app/migrations/20_t.down.sql"));
    const told = ["MC-DELETED 20_t.down.sql", "MC-EDITED 10_t", "MC-NO-DOWN 20_t", "MC-OUT-OF-ORDER 15_t"];
    const before = await tried(folder, { check: "all" });
    expect(before.told).toEqual(told);
    git("add", "--all");
    git("commit", "--quiet", "--message=two");
    expect((await tried(folder, { check: "all" })).told).toEqual(told);
    expect((await tried(folder)).checked.map(({ id }) => id)).toEqual(["10_t", "15_t"]);
  });

  it("is what the branch left from: what main got since is nobody's edit", async () => {
    const { folder, git } = repository();
    git("checkout", "--quiet", "main");
    write(folder, { ...file("30"), "app/migrations/10_t.up.sql": "create table t10 (later int);" });
    git("add", "--all");
    git("commit", "--quiet", "--message=later");
    git("checkout", "--quiet", "feature");
    const { told, notChecked } = await tried(folder);
    expect(told).toEqual([]);
    expect(notChecked).toContain("any migration: none was added or changed");
  });

  it("cannot be told without the ref, the history or a repository, and that is an error", async () => {
    const { folder, git } = repository();
    await expect(tried(folder, { "base-ref": "nowhere" })).rejects.toThrow(
      "there is no nowhere in this checkout",
    );
    git("checkout", "--quiet", "--orphan", "other");
    git("commit", "--quiet", "--message=other");
    await expect(tried(folder)).rejects.toThrow("no common history with main");
    await expect(tried(project(file("10")))).rejects.toThrow(/not a git repository|git rev-parse failed/);
    await expect(tried(folder, { "base-ref": "none" })).rejects.toThrow(
      "`changed` needs something to compare with",
    );
  });
});
