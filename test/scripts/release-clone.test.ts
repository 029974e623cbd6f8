import { appendFileSync, cpSync, existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { runChild } from "../../scripts/bundle/child.ts";
import { actionNames, REPOSITORY } from "../../scripts/bundle/repository.ts";
import { runAction } from "../../scripts/runner/run-action.ts";
import { runs } from "../support/effort.ts";
import { startHttpServer } from "../support/http-server.ts";
import { linkedCopy } from "../support/linked-copy.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { gitIn } from "./releasable-repository.ts";

/** This repository as it would be committed now, with a current dist/ and a changelog for the version. */
async function copyOfThisRepository(version: string): Promise<string> {
  const root = path.join(makeTempDir("release-clone").path, "clone");
  const listed = gitIn(REPOSITORY, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split(
    "\0",
  );
  for (const file of listed.filter((name) => name !== "" && existsSync(path.join(REPOSITORY, name)))) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    cpSync(path.join(REPOSITORY, file), path.join(root, file));
  }
  // Not a link to the folder: bundles name modules by where they really are.
  linkedCopy(path.join(REPOSITORY, "node_modules"), path.join(root, "node_modules"));
  // As the test run has built it; the release builds once more, and refuses other bytes. That takes minutes: here it
  // may compile only, and bundle what has changed.
  cpSync(path.join(REPOSITORY, "build/dist"), path.join(root, "dist"), { recursive: true });
  const bundles = path.join(REPOSITORY, ".cache/bundles");
  if (runs(0, 1) === 0) cpSync(bundles, path.join(root, ".cache/bundles"), { recursive: true });
  appendFileSync(path.join(root, "CHANGELOG.md"), `\n## [${version}] - 2026-01-01\n\n- all of it\n`);
  gitIn(root, "init", "--quiet", "--initial-branch=main");
  gitIn(root, "config", "user.name", "Somebody");
  gitIn(root, "config", "user.email", "somebody@example.com");
  appendFileSync(path.join(root, ".git/info/exclude"), "node_modules\n");
  gitIn(root, "add", "--all");
  gitIn(root, "commit", "--quiet", "--message", "Everything");
  return root;
}

test("a release of this repository holds every action, and smoke-test runs from it", {
  timeout: 300_000,
}, async () => {
  const root = await copyOfThisRepository("0.9.0");
  const script = ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", path.join(root, "scripts/release.ts")];
  const released = await runChild(process.execPath, [...script, "0.9.0", "--repository", "org/actions"], {
    cwd: root,
  });
  expect(released).toMatchObject({ code: 0, stderr: "" });
  expect(released.stdout).toContain(
    "Nothing was pushed. To publish, in this order:\n  git push origin refs/tags/v0.9.0\n",
  );

  const folder = path.join(makeTempDir("checkout").path, "actions");
  gitIn("/", "clone", "--quiet", "--depth=1", "--branch=v0.9.0", `file://${root}`, folder);
  const files = gitIn(folder, "ls-files").split("\n");
  const names = await actionNames(REPOSITORY);
  for (const name of names)
    expect(files).toEqual(expect.arrayContaining([`${name}/action.yml`, `${name}/index.js`]));
  const beside = files.filter((file) => !names.includes(file.split("/")[0] ?? ""));
  expect(beside.filter((file) => !file.startsWith(".github/workflows/"))).toEqual([
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "action-catalog.md",
  ]);
  expect(beside).not.toContain(".github/workflows/own-ci.yml");

  const server = await startHttpServer();
  const inputs = { url: server.origin, retries: "0" };
  const result = await runAction({ dir: path.join(folder, "smoke-test"), inputs }).done;
  await server.stop();
  expect(result).toMatchObject({ ok: true, outputs: { result: "passed", failed: "0" }, orphans: [] });
  expect(server.requests).toHaveLength(1);
});
