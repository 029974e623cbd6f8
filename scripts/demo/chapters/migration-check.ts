import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { Chapter, Step } from "../chapter.ts";
import type { Stage } from "../stage.ts";

/** Migrations that go up, and what comes back when they go down. */
export const migrationCheck: Chapter = {
  name: "migration-check",
  title: "Try migrations before they are merged",
  about:
    "Up, down, up and up again, on a scratch database of its own and on one with rows, and the schema compared after each " +
    "step. Nothing is read from production, and nothing is written there.",
  steps,
};

const FOLDER = "coupons";
const run = promisify(execFile);

async function* steps(stage: Stage): AsyncGenerator<Step> {
  const put = async (name: string, text: string): Promise<void> => {
    const file = path.join(stage.workspace, FOLDER, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  };
  await put("migrations/001_coupons.up.sql", "create table coupons (code text primary key);\n");
  await put("migrations/001_coupons.down.sql", "drop table coupons;\n");
  await put(
    "migrations/002_discount.up.sql",
    "alter table coupons add column discount int not null default 0;\n",
  );
  await put("migrations/002_discount.down.sql", "alter table coupons drop column discount;\n");
  await put("seed.sql", "insert into coupons values ('WELCOME');\n");
  await commit(path.join(stage.workspace, FOLDER));
  yield {
    title: "A migration that can go back",
    why: "The newest migration is tried on an empty database and on one with a coupon in it.",
    ...stepFor(),
    expected: { conclusion: "success", outputs: { result: "passed", checked: "1" } },
  };
  await put(
    "migrations/003_kind.up.sql",
    "create type kind as enum ('gift', 'refund');\nalter table coupons add column kind kind;\n",
  );
  await put("migrations/003_kind.down.sql", "alter table coupons drop column kind;\n");
  yield {
    title: "A type stays behind",
    why: "Every command ends well, and the column is gone. But its type is still there, and the next upgrade fails on it.",
    ...stepFor({ check: "changed", "base-ref": "HEAD" }),
    expected: {
      conclusion: "failure",
      because: [/enum public\.kind is left behind/, /type "kind" already exists/],
    },
  };
  await put("migrations/003_kind.down.sql", "alter table coupons drop column kind;\ndrop type kind;\n");
  await put("migrations/001_coupons.up.sql", "create table coupons (code text primary key, note text);\n");
  yield {
    title: "Edited after its release",
    why: "The type is dropped now. But somebody has mended the first migration, which production will never run again.",
    ...stepFor({ "base-ref": "HEAD" }),
    expected: { conclusion: "failure", because: [/^001_coupons: It was edited after it was released/] },
  };
}

async function commit(folder: string): Promise<void> {
  const git = (...args: string[]) => run("git", args, { cwd: folder });
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", "--all");
  const who = ["-c", "user.name=Shop", "-c", "user.email=shop@example.com", "-c", "commit.gpgsign=false"];
  await git(...who, "commit", "--quiet", "--message=Coupons");
}

function stepFor(
  inputs: Readonly<Record<string, string>> = {},
): Pick<Step, "action" | "with" | "env" | "secrets"> {
  return {
    action: "migration-check",
    with: { preset: "sql", "working-directory": FOLDER, seed: "seed.sql", squawk: "off", ...inputs },
    env: {},
    secrets: {},
  };
}
