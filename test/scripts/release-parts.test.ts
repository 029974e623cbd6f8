import { describe, expect, test } from "vitest";
import { changelogSection } from "../../scripts/release/changelog.ts";
import { hostedAt, parseRepositoryName } from "../../scripts/release/hosted-repository.ts";
import { type LinkTargets, relinkMarkdown } from "../../scripts/release/links.ts";
import { isReusable, pinOwnActions } from "../../scripts/release/own-workflows.ts";
import { movesMajor, parseVersion, versionTag } from "../../scripts/release/version.ts";

describe("versions", () => {
  test.each(["1.2.3", "0.0.0", "10.20.30"])("%s is one", (text) => {
    expect(versionTag(parseVersion(text))).toBe(`v${text}`);
  });

  test.each([
    "",
    "1",
    "1.2",
    "v1.2.3",
    "1.2.3.4",
    "01.2.3",
    "1.2.3-rc.1",
    "1.2.3+x",
    "1.2.x",
    " 1.2.3",
    "1.2.3\n",
  ])("%j is none", (text) => expect(() => parseVersion(text)).toThrow("is not a version"));

  test.each<[string, string[], boolean]>([
    ["1.0.0", [], true],
    ["1.2.4", ["v1.2.3", "v2.0.0", "v1", "v2"], true],
    ["1.2.4", ["v1.3.0"], false],
    ["1.2.10", ["v1.2.9"], true],
    ["1.2.9", ["v1.2.10"], false],
    ["1.10.0", ["v1.9.9"], true],
    ["1.0.1", ["1.9.0", "v1.9.0-rc.1", "v11.0.0"], true],
  ])("%s beside %j moves its major tag: %s", (version, tags, moves) => {
    expect(movesMajor(parseVersion(version), tags)).toBe(moves);
  });
});

describe("the hosted repository", () => {
  test.each([
    ["https://github.com/org/actions.git", "https://github.com", "org/actions"],
    ["https://x-access-token:t0k@git.example:8443/org/actions", "https://git.example:8443", "org/actions"],
    ["git@github.com:org/my.actions.git", "https://github.com", "org/my.actions"],
    ["ssh://git@git.example:2222/org/actions.git/", "https://git.example", "org/actions"],
  ])("of %s is found", (address, server, name) => {
    expect(hostedAt(address)).toEqual({ server, name });
  });

  test.each([
    "/srv/actions.git",
    "../actions",
    "file:///srv/org/actions",
    "https://git.example/actions",
    "git@x:a/b/c",
    "https://x/../y",
  ])("of %s is not", (address) => expect(hostedAt(address)).toBeUndefined());

  test.each(["actions", "org/actions/smoke-test", "org/", "../x", "o rg/x"])(
    "%j is no owner/name",
    (name) => {
      expect(() => parseRepositoryName(name)).toThrow("is not of the form owner/name");
    },
  );
});

describe("the changelog", () => {
  const changelog =
    "# Changelog\n\n## [Unreleased]\n\n- next\n\n## [1.10.0] - 2026-02-01\n\n### Added\n\n- a\n\n## 1.1.0\n\n- b\n\n[1.10.0]: https://x\n";
  test.each([
    ["1.10.0", "### Added\n\n- a"],
    ["1.1.0", "- b"],
  ])("says about %s what stands in its section", (version, notes) => {
    expect(changelogSection(changelog, version)).toBe(notes);
  });

  test.each(["1.10", "1.1.00", "10.0", "1x1.0"])("has nothing for %s", (version) => {
    expect(() => changelogSection(changelog, version)).toThrow(`has no section for ${version}`);
  });
});

describe("links", () => {
  const sources = [
    "README.md",
    "docs/a b.md",
    "docs/shot.png",
    "actions/x/README.md",
    "actions/x/action.yml",
    "actions/x/src/main.ts",
  ];
  const released = ["README.md", "x/README.md", "x/action.yml"];
  const targets: LinkTargets = {
    sourceKind: (file) =>
      sources.includes(file) ? "blob" : [".", "docs", "actions/x/src"].includes(file) ? "tree" : undefined,
    released: (file) =>
      [file.replace(/^actions\//, "")].find((place) => place === "." || released.includes(place)),
    repositoryUrl: "https://h/o/r",
    sourceCommit: "c0ffee",
  };

  test.each([
    ["README.md", "[x](actions/x/README.md#inputs)", "[x](x/README.md#inputs)"],
    ["README.md", '[x](docs/a%20b.md "title")', '[x](https://h/o/r/blob/c0ffee/docs/a%20b.md "title")'],
    [
      "README.md",
      "[`x`](actions/x/README.md), [a `x`](docs/)",
      "[`x`](x/README.md), [a `x`](https://h/o/r/tree/c0ffee/docs)",
    ],
    ["README.md", "a[^1]\n\n[^1]: a note", "a[^1]\n\n[^1]: a note"],
    ["README.md", "[x](docs/)", "[x](https://h/o/r/tree/c0ffee/docs)"],
    ["README.md", "![s](docs/shot.png)", "![s](https://h/o/r/raw/c0ffee/docs/shot.png)"],
    [
      "README.md",
      "[![s](docs/shot.png)](docs/)",
      "[![s](https://h/o/r/raw/c0ffee/docs/shot.png)](https://h/o/r/tree/c0ffee/docs)",
    ],
    ["README.md", "[a][1]\n\n[1]: actions/x/README.md", "[a][1]\n\n[1]: x/README.md"],
    [
      "README.md",
      '<a href="docs/"><img alt="" src="docs/shot.png"></a>',
      '<a href="https://h/o/r/tree/c0ffee/docs"><img alt="" src="https://h/o/r/raw/c0ffee/docs/shot.png"></a>',
    ],
    [
      "README.md",
      "[a](#b) [c](https://d/e) [f](mailto:g@h) [i](//j/k)",
      "[a](#b) [c](https://d/e) [f](mailto:g@h) [i](//j/k)",
    ],
    [
      "README.md",
      "`[x](gone.md)`\n\n```md\n[x](gone.md)\n```\n",
      "`[x](gone.md)`\n\n```md\n[x](gone.md)\n```\n",
    ],
    [
      "actions/x/README.md",
      "[all](../../README.md), [up](../..), [me](action.yml)",
      "[all](../README.md), [up](..), [me](action.yml)",
    ],
    [
      "actions/x/README.md",
      "[src](/actions/x/src/) [root](/README.md)",
      "[src](https://h/o/r/tree/c0ffee/actions/x/src) [root](../README.md)",
    ],
  ])("of %s: %s", (file, before, after) => {
    expect(relinkMarkdown(file, before, targets)).toBe(after);
  });

  test.each(["gone.md", "../outside.md", "actions/y/README.md"])("to %s are refused", (link) => {
    expect(() => relinkMarkdown("README.md", `[x](${link})`, targets)).toThrow(`README.md: links to ${link}`);
  });
});

describe("reusable workflows", () => {
  test.each([
    ["on: workflow_call", true],
    ["on: [push, workflow_call]", true],
    ["on:\n  workflow_call:\n", true],
    ["on: push", false],
    ["on:\n  push:\n", false],
    ["name: workflow_call", false],
  ])("%j: %s", (text, reusable) => expect(isReusable(text)).toBe(reusable));

  const release = {
    repository: "acme/deploy",
    tag: "v1.2.3",
    has: (file: string) => ["hello/action.yml", ".github/workflows/b.yml"].includes(file),
  };

  test.each([
    ["      - uses: org/actions/hello@v1", "      - uses: acme/deploy/hello@v1.2.3"],
    ['    uses: "Acme/Deploy/hello@main" # ours', '    uses: "acme/deploy/hello@v1.2.3" # ours'],
    [
      "    uses: org/actions/.github/workflows/b.yml@v1",
      "    uses: acme/deploy/.github/workflows/b.yml@v1.2.3",
    ],
    ["      - uses: actions/checkout@v7", "      - uses: actions/checkout@v7"],
    ["      - uses: org/actions-other/hello@v1", "      - uses: org/actions-other/hello@v1"],
    ["      - uses: docker://alpine@sha256:00", "      - uses: docker://alpine@sha256:00"],
    ["      # uses: org/actions/gone@v1", "      # uses: org/actions/gone@v1"],
  ])("%j", (before, after) => expect(pinOwnActions("a.yml", before, release)).toBe(after));

  test.each([
    "org/actions/gone@v1",
    "org/actions/.github/workflows/ci.yml@v1",
    "./actions/hello",
    "$/hello",
    "./.github/workflows/b.yml",
  ])("%s is refused", (uses) =>
    expect(() => pinOwnActions("a.yml", `  - uses: ${uses}`, release)).toThrow(`a.yml: uses ${uses}, `),
  );
});
