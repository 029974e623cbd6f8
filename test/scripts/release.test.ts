import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { makeRelease, type ReleaseOptions } from "../../scripts/release/release.ts";
import { runAction } from "../../scripts/runner/run-action.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { gitIn, makeReleasableRepository, type ReleasableRepository } from "./releasable-repository.ts";

const hosted = { name: "acme/deploy", server: "https://git.example" };
let original: ReleasableRepository;

beforeAll(async () => {
  original = await makeReleasableRepository();
});

/** A copy of the repository for one test, with a bare remote. */
function scratch() {
  const root = path.join(makeTempDir("release").path, "clone");
  cpSync(original.root, root, { recursive: true, verbatimSymlinks: true });
  const remote = makeTempDir("remote").path;
  gitIn(remote, "init", "--quiet", "--bare");
  const git = (...args: readonly string[]) => gitIn(root, ...args);
  git("remote", "add", "origin", remote);
  git("push", "--quiet", "origin", "main");
  const release = (version: string, options: Partial<ReleaseOptions> = {}) =>
    makeRelease({ root, version, hosted, remote: "origin", push: false, dryRun: false, ...options });
  return { root, remote, git, release };
}

function checkOut(repository: string, tag: string): string {
  const folder = path.join(makeTempDir("checkout").path, "actions");
  gitIn("/", "clone", "--quiet", "--depth=1", `--branch=${tag}`, `file://${repository}`, folder);
  return folder;
}

describe("a release", () => {
  test("holds the action folders, the reusable workflows and the root files, and nothing else", async () => {
    const { root, release } = scratch();
    const { files, actions } = await release("1.0.0");
    const folder = checkOut(root, "v1.0.0");
    const tree = gitIn(folder, "ls-files").split("\n");
    expect(tree).toEqual([
      ".github/workflows/deploy.yml",
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "SECURITY.md",
      "action-catalog.md",
      "hello/README.md",
      "hello/action.yml",
      "hello/index.js",
      "hello/licenses.txt",
      "hello/report.schema.json",
      "other/README.md",
      "other/action.yml",
      "other/index.js",
      "other/licenses.txt",
    ]);
    expect(files).toEqual(tree);
    expect(actions).toEqual(["hello", "other"]);
  });

  test("is checked out by its tag and runs as the runner runs it", async () => {
    const { root, release } = scratch();
    await release("1.0.0");
    for (const tag of ["v1.0.0", "v1"]) {
      const dir = path.join(checkOut(root, tag), "hello");
      expect(await runAction({ dir, inputs: { who: "there" } }).done).toMatchObject({
        ok: true,
        stdout: "hello there\n",
      });
    }
  });

  test("stands on its source commit, with that commit's people and dates, and is the same wherever it is made", async () => {
    const [one, other] = [scratch(), scratch()];
    const { commit, source } = await one.release("1.0.0");
    expect((await other.release("1.0.0")).commit).toBe(commit);
    expect(one.git("rev-parse", "v1.0.0")).toBe(other.git("rev-parse", "v1.0.0"));
    expect(source).toBe(one.git("rev-parse", "main"));
    expect(
      one.git("show", "--no-patch", "--format=%P|%(trailers:key=Source-Commit,valueonly)", commit).trim(),
    ).toBe(`${source}|${source}`);
    const people = "--format=%an %ae %aI %cn %ce %cI";
    expect(one.git("show", "--no-patch", people, commit)).toBe(one.git("show", "--no-patch", people, source));
  });

  test("leaves branch, index and work tree alone, and pushes nothing", async () => {
    const { git, remote, release } = scratch();
    const before = [git("rev-parse", "HEAD"), git("symbolic-ref", "HEAD"), git("ls-files", "--stage")];
    const { pushes, commit } = await release("1.0.0");
    expect([git("rev-parse", "HEAD"), git("symbolic-ref", "HEAD"), git("ls-files", "--stage")]).toEqual(
      before,
    );
    expect(git("status", "--porcelain")).toBe("");
    expect(gitIn(remote, "tag")).toBe("");
    expect(pushes).toEqual([
      ["push", "origin", "refs/tags/v1.0.0"],
      ["push", "--force-with-lease=refs/tags/v1:", "origin", "refs/tags/v1"],
    ]);
    expect(git("cat-file", "-t", "v1.0.0")).toBe("tag");
    expect(git("tag", "--list", "--format=%(contents)", "v1.0.0")).toBe(
      "v1.0.0\n\n### Added\n\n- what 1.0.0 brings",
    );
    expect(git("rev-parse", "v1")).toBe(commit);
  });

  test("names itself in the reusable workflows, and links what it leaves behind at the source commit", async () => {
    const { root, release } = scratch();
    const { source, pinnedWorkflows } = await release("1.0.0");
    const folder = checkOut(root, "v1.0.0");
    const read = (file: string) => readFileSync(path.join(folder, file), "utf8");
    const before = readFileSync(path.join(root, ".github/workflows/deploy.yml"), "utf8");
    expect(read(".github/workflows/deploy.yml")).toBe(
      before.replace("org/actions/hello@main", "acme/deploy/hello@v1.0.0"),
    );
    expect(pinnedWorkflows).toEqual([".github/workflows/deploy.yml"]);
    expect(read("README.md")).toBe(
      `# Actions\n\n[hello](hello/README.md), [contributing](https://git.example/acme/deploy/blob/${source}/CONTRIBUTING.md#dist)\n`,
    );
    expect(read("hello/README.md")).toBe(
      `# hello\n\n[All actions](../README.md), [its main](https://git.example/acme/deploy/blob/${source}/actions/hello/src/main.ts), [other](../other/README.md)\n`,
    );
  });

  test("moves the major tag forward and never back", { timeout: 120_000 }, async () => {
    const { git, release } = scratch();
    const at = (tag: string) => git("rev-parse", `${tag}^{commit}`);
    const steps = [
      ["1.0.0", "v1", "v1.0.0"],
      ["1.1.0", "v1", "v1.1.0"],
      ["1.0.1", "v1", "v1.1.0"],
      ["2.0.0", "v2", "v2.0.0"],
      ["1.2.0", "v1", "v1.2.0"],
    ] as const;
    for (const [version, major, follows] of steps) {
      const { major: moved } = await release(version);
      expect(moved).toEqual({ tag: major, moves: follows === `v${version}` });
      expect(at(major)).toBe(at(follows));
    }
    expect(at("v2")).toBe(at("v2.0.0"));
  });

  test("goes to the remote when asked to, the major tag with a lease on what is known of it", {
    timeout: 60_000,
  }, async () => {
    const { git, remote, release } = scratch();
    await release("1.0.0", { push: true });
    const on = (tag: string) => gitIn(remote, "rev-parse", `${tag}^{commit}`);
    expect(on("v1.0.0")).toBe(git("rev-parse", "v1.0.0^{commit}"));
    expect(on("v1")).toBe(on("v1.0.0"));

    // A clone that does not have the tags asks the remote for them.
    git("tag", "--delete", "v1", "v1.0.0");
    await expect(release("1.0.0", { push: true })).rejects.toThrow("v1.0.0 exists already");
    const { commit } = await release("1.1.0", { push: true });
    expect(on("v1")).toBe(commit);

    // Somebody else moves v1 between our making a release and pushing it.
    const { pushes } = await release("1.2.0");
    gitIn(remote, "update-ref", "refs/tags/v1", on("v1.0.0"));
    const [version, major] = pushes;
    git(...version!);
    expect(() => git(...major!)).toThrow("stale info");
    expect(on("v1")).toBe(on("v1.0.0"));
  });

  test("tried out with dry-run sets no tag", async () => {
    const { git, release } = scratch();
    expect(await release("1.0.0", { dryRun: true })).toMatchObject({
      tag: "v1.0.0",
      notes: "### Added\n\n- what 1.0.0 brings",
    });
    expect(git("tag")).toBe("");
  });
});

type Scratch = ReturnType<typeof scratch>;

const write = (file: string, text: string) => (folder: Scratch) =>
  writeFileSync(path.join(folder.root, file), text);

/** Commits a file with another text. */
const commit = (file: string, text: string) => (folder: Scratch) => {
  write(file, text)(folder);
  folder.git("commit", "--quiet", "--all", "--message", "Change");
};

const workflow = ".github/workflows/deploy.yml";
const steps = (uses: string) => `on: [workflow_call]\njobs:\n  a:\n    steps:\n      - uses: ${uses}\n`;

describe("a release is refused", () => {
  test.each<[what: string, prepare: (folder: Scratch) => void, version: string, message: string]>([
    ["for what is no version", () => {}, "v1.0.0", '"v1.0.0" is not a version'],
    ["for a version with a leading zero", () => {}, "1.02.0", "is not a version"],
    ["when a file is changed", write("README.md", "x"), "1.0.0", "not clean (1 change, first: README.md)"],
    ["when a file is not committed", write("new.txt", "x"), "1.0.0", "not clean (1 change, first: new.txt)"],
    ["when the tag exists", ({ git }) => git("tag", "v1.0.0"), "1.0.0", "v1.0.0 exists already"],
    ["when the changelog lacks it", () => {}, "3.0.0", "CHANGELOG.md: has no section for 3.0.0"],
    [
      "when the changelog says nothing about it",
      commit("CHANGELOG.md", "## [1.0.0]\n\n## [0.9.0]\n\n- x\n\n[1.0.0]: https://x\n"),
      "1.0.0",
      "CHANGELOG.md: says nothing for 1.0.0",
    ],
    [
      "when dist/ is not what the sources build",
      commit("dist/hello/index.js", "// old\n"),
      "1.0.0",
      "dist/ is not what the sources build: hello/index.js differ",
    ],
    [
      "when the catalog is missing",
      ({ git }) => {
        git("rm", "--quiet", "action-catalog.md");
        git("commit", "--quiet", "--message", "Change");
      },
      "1.0.0",
      "action-catalog.md: missing in the commit",
    ],
    [
      "when a link goes nowhere",
      commit("README.md", "[x](docs/none.md)\n"),
      "1.0.0",
      "README.md: links to docs/none.md",
    ],
    [
      "when a reusable workflow uses an action that is not released",
      commit(workflow, steps("org/actions/hullo@v1")),
      "1.0.0",
      "but the release has no hullo/action.yml",
    ],
    [
      "when a reusable workflow uses a path",
      commit(workflow, steps("./actions/hello")),
      "1.0.0",
      "uses ./actions/hello",
    ],
  ])("%s", async (_what, prepare, version, message) => {
    const folder = scratch();
    prepare(folder);
    const before = folder.git("tag");
    await expect(folder.release(version)).rejects.toThrow(message);
    expect(folder.git("tag")).toBe(before);
  });
});
