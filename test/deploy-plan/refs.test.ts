import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Event } from "../../actions/deploy-plan/src/event.ts";
import { intentOf } from "../../actions/deploy-plan/src/intent.ts";
import { parseRefMap, ruleFor } from "../../actions/deploy-plan/src/ref-map.ts";
import { failuresOf } from "../../shared/runtime/outcome.ts";

const sha = "a".repeat(40);
const branches = parseRefMap("main = production\ndevelop = staging\nfeature/* = development");
const tags = parseRefMap("v*.*.* = production");
const wanted = {
  operation: "auto",
  branches,
  tags,
  environment: undefined,
  version: undefined,
  digest: undefined,
  fromEnvironment: undefined,
} as const;

function event(name: string, kind?: "branch" | "tag", ref = ""): Event {
  const at = kind === undefined ? undefined : { kind, name: ref };
  return { name, ref: at, sha, actors: ["anna"], repository: "acme/shop", runId: "1", attempt: "1" };
}

function problems(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return failuresOf("deploy-plan", error)
      .map(({ message }) => message)
      .join("\n");
  }
  return "";
}

describe("a map of branches", () => {
  it.each([
    { line: "main = production", name: "main", fits: true },
    { line: "main = production", name: "main2", fits: false },
    { line: "main = production", name: "Main", fits: false },
    { line: "feature/* = dev", name: "feature/a", fits: true },
    { line: "feature/* = dev", name: "feature/a/b", fits: false },
    { line: "feature/** = dev", name: "feature/a/b", fits: true },
    { line: "feature/* = dev", name: "my-feature/a", fits: false },
    { line: "v1.2 = dev", name: "v1x2", fits: false },
    { line: "** = dev", name: "a\nb", fits: true },
  ])("$line fits $name: $fits", ({ line, name, fits }) => {
    expect(ruleFor(parseRefMap(line), name) !== undefined).toBe(fits);
  });

  it("takes the first line that fits", () => {
    const map = parseRefMap("feature/live = staging, feature/* = development");
    expect(ruleFor(map, "feature/live")?.environment).toBe("staging");
    expect(ruleFor(map, "feature/other")?.environment).toBe("development");
  });

  it.each(["main", "= production", "main =", "ma in = x", "main = a;b", "[a-z] = x", "main == x=y"])(
    "refuses %j",
    (text) => {
      expect(() => parseRefMap(text)).toThrow(/^must /);
    },
  );

  it("never fits a name by more than its wildcards", () => {
    const plain = fc.stringMatching(/^[\w.-]{1,8}$/);
    fc.assert(
      fc.property(plain, plain, (pattern, name) => {
        expect(ruleFor(parseRefMap(`${pattern} = x`), name) !== undefined).toBe(pattern === name);
      }),
    );
  });
});

describe("what a run is for", () => {
  it.each([
    { ref: ["branch", "main"], kind: "deploy", environment: "production", version: sha, oneLine: true },
    {
      ref: ["branch", "feature/a"],
      kind: "deploy",
      environment: "development",
      version: sha,
      oneLine: false,
    },
    { ref: ["tag", "v1.2.3"], kind: "deploy", environment: "production", version: "v1.2.3", oneLine: true },
    { ref: ["tag", "v1.2.3-rc.1"], kind: "deploy", environment: "production", version: "v1.2.3-rc.1" },
    { ref: ["branch", "v1.2.3"], kind: "skip", environment: "" },
    { ref: ["tag", "main"], kind: "skip", environment: "" },
    { ref: ["branch", "other"], kind: "skip", environment: "" },
  ] as const)("$ref is a $kind to '$environment'", ({ ref: [kind, name], ...expected }) => {
    expect(intentOf(wanted, event("push", kind, name))).toMatchObject(expected);
  });

  it.each(["push", "workflow_dispatch", "repository_dispatch", "schedule", "release"])(
    "deploys on %s",
    (name) => {
      expect(intentOf(wanted, event(name, "branch", "main")).kind).toBe("deploy");
    },
  );

  it.each(["pull_request", "pull_request_target", "workflow_run", "issue_comment", "fork", "merge_group"])(
    "skips %s, which others can cause, though its ref is main; and refuses it when a deploy is asked for",
    (name) => {
      expect(intentOf(wanted, event(name, "branch", "main")).kind).toBe("skip");
      for (const operation of ["deploy", "promote", "rollback"] as const) {
        const asked = { ...wanted, operation, environment: "production", fromEnvironment: "staging" };
        expect(problems(() => intentOf(asked, event(name, "branch", "main")))).toContain(name);
      }
    },
  );

  it.each(["v1.2", "v1.2.x", "v1.2.3.4", "v1.2.3+4", "v01.2.3 "])("refuses the tag %j", (tag) => {
    const every = { ...wanted, tags: parseRefMap("** = production") };
    expect(problems(() => intentOf(every, event("push", "tag", tag)))).toContain("is not of the form v1.2.3");
  });

  it("fails instead of skipping when a deploy is asked for by name", () => {
    const asked = { ...wanted, operation: "deploy" } as const;
    expect(problems(() => intentOf(asked, event("push", "branch", "other")))).toContain("goes nowhere");
    expect(problems(() => intentOf(asked, event("push")))).toContain("neither a branch nor a tag");
  });

  it("never sends a branch elsewhere than the map says", () => {
    const asked = { ...wanted, environment: "production" };
    expect(intentOf(asked, event("push", "branch", "feature/a"))).toMatchObject({ kind: "skip" });
    expect(
      problems(() => intentOf({ ...asked, operation: "deploy" }, event("push", "branch", "feature/a"))),
    ).toContain("goes to development, not to production");
  });

  it("says everything that is wrong with a promotion or a rollback at once", () => {
    const push = event("workflow_dispatch", "branch", "main");
    const digest = `sha256:${"0".repeat(64)}`;
    expect(
      problems(() => intentOf({ ...wanted, operation: "promote", digest }, push)).split("\n"),
    ).toHaveLength(3);
    const same = { ...wanted, operation: "promote", environment: "a", fromEnvironment: "a" } as const;
    expect(problems(() => intentOf(same, push))).toContain("the same as 'environment'");
    const from = { ...wanted, operation: "rollback", environment: "a", fromEnvironment: "b" } as const;
    expect(problems(() => intentOf(from, push))).toContain("is for a promotion");
  });
});
