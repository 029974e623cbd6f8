import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { schemas } from "../../actions/changed-services/src/schemas.ts";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { runAction } from "../../scripts/runner/run-action.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const folder = makeTempDir("services");
afterAll(() => folder.remove());

type Place = {
  readonly path: string;
  git(...args: string[]): string;
  write(files: Record<string, string>): void;
};

function repository(name: string): Place {
  const place = path.join(folder.path, name);
  mkdirSync(place, { recursive: true });
  const identity = ["-c", "user.name=test", "-c", "user.email=test@example.invalid"];
  const env = { PATH: process.env["PATH"], HOME: folder.path, GIT_CONFIG_NOSYSTEM: "1" };
  const git = (...args: string[]) =>
    execFileSync("git", [...identity, ...args], { cwd: place, env, encoding: "utf8", stdio: "pipe" }).trim();
  return {
    path: place,
    git,
    write: (files) => {
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(place, file)), { recursive: true });
        writeFileSync(path.join(place, file), text);
      }
      git("add", "--all");
    },
  };
}

const NODE = JSON.stringify({ scripts: { lint: "true", test: "node --test" } });
const FILES = {
  "api/setup.py": "",
  "mail/go.mod": "",
  "web/package.json": NODE,
  "web/package-lock.json": "",
};

/** A repository with main, and a branch whose pull request is checked out as GitHub merges it. */
function pullRequest(name: string, changes: Record<string, string>): Place & { readonly base: string } {
  const place = repository(name);
  place.git("init", "--quiet", "--initial-branch=main");
  place.write(FILES);
  place.git("commit", "--quiet", "--message=one");
  const base = place.git("rev-parse", "HEAD");
  place.git("checkout", "--quiet", "-b", "change");
  place.write(changes);
  place.git("commit", "--quiet", "--allow-empty", "--message=change");
  place.git("checkout", "--quiet", "main");
  // Main goes on: what it gets must not count as part of the change.
  place.write({ "mail/later.go": "" });
  place.git("commit", "--quiet", "--message=later");
  place.git("merge", "--quiet", "--no-ff", "--message=merge", "change");
  return { ...place, base };
}

async function start(
  place: Place,
  event: string,
  payload: unknown = {},
  inputs: Readonly<Record<string, string>> = {},
) {
  const file = path.join(makeTempDir("event").path, "event.json");
  writeFileSync(file, JSON.stringify(payload));
  return runAction({
    dir: path.join(REPOSITORY, "build/dist/changed-services"),
    cwd: place.path,
    inputs,
    env: { GITHUB_EVENT_NAME: event, GITHUB_EVENT_PATH: file },
  }).done;
}

const runsOf = ({ outputs }: Awaited<ReturnType<typeof start>>): string[] =>
  (JSON.parse(outputs["services"] ?? "[]") as { path: string }[]).map(({ path: where }) => where);
const payloadOf = (base: string) => ({ pull_request: { base: { sha: base } } });

describe("the built action", () => {
  it("runs what a pull request touches, and not what came to main meanwhile", async () => {
    const place = pullRequest("touched", { "web/a.js": "" });
    const result = await start(place, "pull_request", payloadOf(place.base), { coverage: "80" });
    expect(result.ok, result.log).toBe(true);
    expect(runsOf(result)).toEqual(["web"]);
    expect(result.outputs).toMatchObject({ result: "some", android: "[]", ios: "[]", idle: "android\nios" });
    expect(JSON.parse(result.outputs["services"] ?? "")).toMatchObject([
      {
        kind: "node",
        version: "24",
        install: "npm ci",
        rules: expect.stringContaining("coverage.lines >= 80"),
      },
    ]);
    const report = JSON.parse(readFileSync(result.outputs["report"] ?? "", "utf8"));
    expect(schemas["report.schema.json"].parse(report)).toMatchObject({
      range: { kind: "since" },
      result: "some",
    });
    expect(result.summary).toContain("1 of 3 services run");
  });

  it("counts both names of what was moved, what was deleted, and names that git would quote", async () => {
    const place = pullRequest("moved", { 'api/Grüße\t"x".py': "" });
    place.git("mv", "mail/later.go", "web/later.go");
    place.git("rm", "--quiet", "mail/go.mod");
    place.write({ "mail/main.go": "", "api/go.mod": "" });
    place.git("commit", "--quiet", "--message=move");
    const group = { merge_group: { base_sha: place.git("rev-parse", "HEAD^") } };
    const moved = await start(place, "merge_group", group);
    expect(runsOf(moved), moved.log).toEqual(["api", "api", "web"]);
    place.git("checkout", "--quiet", "HEAD^");
    expect(runsOf(await start(place, "pull_request", payloadOf(place.base)))).toEqual(["api"]);
  });

  it("runs nothing for what no service is made of, and says which jobs are idle", async () => {
    const place = pullRequest("docs", { "docs/x.md": "" });
    const result = await start(place, "pull_request", payloadOf(place.base));
    expect(result.outputs).toMatchObject({ result: "none", services: "[]", idle: "services\nandroid\nios" });
  });

  it("runs all for any other event, when asked, and when it cannot know", async () => {
    const place = pullRequest("all", { "web/a.js": "" });
    const payload = payloadOf(place.base);
    for (const [event, given, inputs] of [
      ["push", { before: place.base }, {}],
      ["schedule", {}, {}],
      ["pull_request_target", payload, {}],
      ["pull_request", {}, {}],
      ["pull_request", payload, { all: "true" }],
      ["merge_group", { merge_group: { base_sha: "1".repeat(40) } }, {}],
    ] as const) {
      const result = await start(place, event, given, inputs);
      expect(result.outputs["result"], `${event}: ${result.log}`).toBe("all");
    }
    const shallow = repository("shallow");
    shallow.git("clone", "--quiet", "--depth=1", `file://${place.path}`, ".");
    const result = await start(shallow, "pull_request", payload);
    expect(result.outputs["result"], result.log).toBe("all");
    expect(result.summary).toContain("not in the checkout");
  });

  it("knows what a checkout of depth 2 has changed", async () => {
    const place = pullRequest("deep", { "web/a.js": "" });
    const clone = repository("two");
    clone.git("clone", "--quiet", "--depth=2", `file://${place.path}`, ".");
    expect(runsOf(await start(clone, "pull_request", payloadOf(place.base)))).toEqual(["web"]);
  });

  it("does not take a head into which somebody has merged main for GitHub's own merge", async () => {
    const place = pullRequest("merged", { "web/a.js": "" });
    const main = place.git("rev-parse", "HEAD^1");
    place.git("checkout", "--quiet", "change");
    place.git("merge", "--quiet", "--no-ff", "--message=main into change", main);
    const pull = { base: { sha: main }, head: { sha: place.git("rev-parse", "HEAD") } };
    expect(runsOf(await start(place, "pull_request", { pull_request: pull }))).toEqual(["web"]);
  });

  it("tells each thing that is missing at once, at its line, and follows no link", async () => {
    const place = pullRequest("lacking", {
      ".github/services.yml": "services:\n  - path: api\n    types: none\n  - path: gone\n",
      "other/package.json": "{}",
    });
    writeFileSync(path.join(folder.path, "outside.json"), NODE);
    rmSync(path.join(place.path, "other/package.json"));
    symlinkSync(path.join(folder.path, "outside.json"), path.join(place.path, "other/package.json"));
    const result = await start(place, "push");
    expect(result.conclusion).toBe("failure");
    expect(result.outputs).toMatchObject({ result: "error" });
    const told = result.annotations.map(({ message }) => message).join("\n");
    expect(told).toMatch(/gone is no folder.*other \(node\) has no command to install.*to lint.*to test/s);
    expect(result.annotations[0]).toMatchObject({ file: ".github/services.yml", line: 4 });
  });

  it("does nothing outside of a repository", async () => {
    const result = await start({ ...repository("none") }, "push");
    expect(result.annotations[0]?.message).toContain("Run actions/checkout first");
  });
});
