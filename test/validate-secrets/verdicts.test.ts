import { writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Declared, Manifest as Read } from "../../actions/validate-secrets/src/manifest.ts";
import { readManifest } from "../../actions/validate-secrets/src/manifest.ts";
import { outcomeOf, type Results } from "../../actions/validate-secrets/src/outcome.ts";
import { accountOfKey } from "../../actions/validate-secrets/src/probes/aws.ts";
import { ageVerdict } from "../../actions/validate-secrets/src/rules.ts";
import { schemas } from "../../actions/validate-secrets/src/schemas.ts";
import { judgeSecret } from "../../actions/validate-secrets/src/secret-row.ts";
import { FAILING, isBad, VERDICTS, type Verdict } from "../../actions/validate-secrets/src/verdict.ts";
import { buildReport } from "../../shared/runtime/report.ts";
import { runs } from "../support/effort.ts";
import { mistakes } from "../support/in-process.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { check, checkWith, reasons } from "./in-process.ts";
import { draw } from "./values.ts";

const strong = (): string => draw(40);
const noProbe = { inputs: { probe: "false" } };

function declared(rules: string): { readonly secret: Declared; readonly manifest: Read } {
  const manifest = readManifest(
    `environments: [production, staging]\nsecrets:\n  IT: ${rules}\n  OTHER: { kind: token }`,
    "m.yml",
  );
  return { secret: manifest.secrets[0]!, manifest };
}

describe("presence", () => {
  const manifest = {
    environments: ["production", "staging"],
    secrets: {
      ALWAYS: { kind: "token" },
      PROD: { kind: "token", required: ["production"] },
      STAGE: { kind: "token", required: ["staging"] },
      MAYBE: { kind: "token", optional: "backups stay here without it" },
    },
  };

  it("is asked of every secret when no environment is named", async () => {
    const { verdicts, outcome } = await check(manifest, {}, noProbe);
    expect(verdicts).toEqual({ ALWAYS: "missing", PROD: "missing", STAGE: "missing", MAYBE: "skipped" });
    expect(outcome.outputs).toMatchObject({ valid: false, missing: "ALWAYS,PROD,STAGE" });
    expect(outcome.failures).toHaveLength(3);
  });

  it("is asked only of what the environment needs", async () => {
    const { verdicts } = await check(
      manifest,
      { ALWAYS: strong() },
      { inputs: { probe: "false", environment: "staging" } },
    );
    expect(verdicts).toEqual({ ALWAYS: "valid", STAGE: "missing", MAYBE: "skipped" });
  });

  it("takes an empty value for none, as GitHub gives it for a secret that does not exist", async () => {
    expect((await check(manifest, { ALWAYS: "" }, noProbe)).verdicts["ALWAYS"]).toBe("missing");
  });

  it("refuses an environment that the manifest does not have, with the nearest", async () => {
    const [problem] = await mistakes(check(manifest, {}, { inputs: { environment: "prodution" } }));
    expect(`${problem?.message} ${problem?.hint}`).toMatch(
      /prodution is not among .* Did you mean production\?/,
    );
  });

  it("never says valid when it looked at nothing", async () => {
    const secrets = { PROD: { kind: "token", required: ["production"] } };
    const found = await mistakes(
      check({ environments: ["production", "staging"], secrets }, {}, { inputs: { environment: "staging" } }),
    );
    expect(found[0]?.message).toMatch(/nothing was checked/);
  });
});

describe("values", () => {
  const manifest = { secrets: { A: { kind: "token" }, B: { kind: "token" } } };

  it("come from the input secrets, and from the environment where both have one", async () => {
    const [mine, theirs] = [strong(), strong()];
    const secrets = JSON.stringify({ a: theirs, B: theirs, github_token: strong() });
    const { verdicts, masked } = await check(manifest, { A: mine }, { inputs: { probe: "false", secrets } });
    expect(verdicts).toEqual({ A: "valid", B: "valid" });
    expect(masked).toEqual([mine, theirs]);
  });

  it.each([
    ["no JSON", "{ nonsense-hunter2"],
    ["a list", '["hunter2"]'],
    ["a value that is no text", '{"A":{"b":"hunter2"}}'],
  ])("are refused as %s, without repeating them", async (_what, secrets) => {
    const [problem] = await mistakes(check(manifest, {}, { inputs: { secrets } }));
    expect(problem?.message).toMatch(/^input secrets: /);
    expect(JSON.stringify([problem?.message, problem?.hint, String(problem?.cause)])).not.toContain(
      "hunter2",
    );
  });

  it("are masked when they are credentials, before anything is logged", async () => {
    const [token, user] = [strong(), draw(9)];
    const secrets = { A: { kind: "token" }, U: { kind: "user" } };
    const { masked, log, outcome } = await check({ secrets }, { A: token, U: user }, noProbe);
    expect(masked).toEqual([token]);
    expect(log + JSON.stringify(outcome)).not.toMatch(new RegExp(`${token}|${user}`));
  });

  it("that are the same under two names are malformed, unless they may be or are no credentials", async () => {
    const value = strong();
    const twice = await check(manifest, { A: value, B: value }, noProbe);
    expect(twice.verdicts).toEqual({ A: "malformed", B: "malformed" });
    expect(reasons(twice, "A")).toBe("it has the same value as B");
    const meant = { secrets: { A: { kind: "token", "may-equal": "B" }, B: { kind: "token" } } };
    expect((await check(meant, { A: value, B: value }, noProbe)).verdicts).toEqual({
      A: "valid",
      B: "valid",
    });
    const hosts = { secrets: { A: { kind: "host" }, B: { kind: "host" } } };
    expect((await check(hosts, { A: "h.example", B: "h.example" }, noProbe)).outcome.result).toBe("valid");
  });

  it("that must differ are compared across environments, and where they cannot be, that is said", async () => {
    const rules = {
      environments: ["production", "staging"],
      secrets: {
        P: { kind: "jwt-secret", required: ["production"], "differs-from": "S" },
        S: { kind: "jwt-secret", required: ["staging"] },
      },
    };
    const value = strong();
    const inputs = { probe: "false", environment: "production" };
    const same = await check(rules, { P: value, S: value }, { inputs });
    expect(same.verdicts).toEqual({ P: "malformed" });
    expect(reasons(same, "P")).toBe("it is the same as S");
    const alone = await check(rules, { P: value }, { inputs });
    expect(alone.verdicts).toEqual({ P: "valid" });
    expect(reasons(alone, "P")).toBe("not compared with S, which has no value here");
  });
});

describe("the rules of the manifest", () => {
  it.each([
    ["{ kind: text, min-length: 5 }", "four", "malformed", /shorter than 5/],
    ["{ kind: text, min-length: 4 }", "👍👍👍👍", "valid", /^$/],
    ["{ kind: text, pattern: '[a-z]+' }", "abc1", "malformed", /does not match the pattern/],
    ["{ kind: text, pattern: '[a-z]+|[0-9]+' }", "123", "valid", /^$/],
    ["{ kind: password, min-bits: 200 }", "x7Gh2Kq9Lm4Np5Rs", "malformed", /easy to guess/],
    ["{ kind: password, min-bits: 4 }", "hh12", "valid", /^$/],
    ["{ kind: jwt-secret }", "abcdefghijklmnopqrstuvwxyz0123456789", "malformed", /easy to guess/],
  ])("%s hold for a value", (rules, value, verdict, expected) => {
    const { secret, manifest } = declared(rules);
    const row = judgeSecret(secret, {
      manifest,
      environment: undefined,
      values: new Map([["IT", value]]),
      now: 0,
    });
    expect(row.verdict).toBe(verdict);
    expect(row.remarks.map(({ why }) => why).join("; ")).toMatch(expected);
  });

  it.each([
    ["{ expires: 2026-03-10 }", "2026-02-20T00:00:00Z", undefined],
    ["{ expires: 2026-03-10 }", "2026-02-25T00:00:00Z", "expiring: expires in 14 days (by the manifest)"],
    ["{ expires: 2026-03-10 }", "2026-03-10T23:59:59Z", "expiring: expires in 1 day (by the manifest)"],
    ["{ expires: 2026-03-10 }", "2026-03-11T00:00:00Z", "expired: expired on 2026-03-10 (by the manifest)"],
    ["{ rotated: 2026-01-01, max-age-days: 90 }", "2026-03-01T00:00:00Z", undefined],
    [
      "{ rotated: 2026-01-01, max-age-days: 90 }",
      "2026-03-31T12:00:00Z",
      "expiring: expires in 2 days (90 days after it was set)",
    ],
    [
      "{ rotated: 2026-01-01, max-age-days: 90 }",
      "2026-04-02T00:00:00Z",
      "expired: expired on 2026-04-01 (90 days after it was set)",
    ],
  ])("%s hold for the date %s", (rules, now, expected) => {
    const verdict = ageVerdict(declared(rules).secret, Date.parse(now), 14);
    expect(verdict === undefined ? undefined : `${verdict.verdict}: ${verdict.why}`).toBe(expected);
  });

  it("lead to the line that sets the secret, for the environment where GitHub keeps it there", async () => {
    const secrets = { A: { kind: "token" }, J: { kind: "jwt-secret" }, K: { kind: "ssh-key" } };
    const plain = await check({ secrets }, {}, noProbe);
    expect(plain.secrets.map(({ command }) => command)).toEqual([
      "gh secret set A",
      "openssl rand -base64 32 | gh secret set J",
      "gh secret set K < path/to/file",
    ]);
    const scoped = {
      environments: ["production"],
      "github-environments": true,
      secrets: { A: { kind: "token" } },
    };
    const { secrets: rows } = await check(
      scoped,
      {},
      { inputs: { probe: "false", environment: "production" } },
    );
    expect(rows[0]?.command).toBe("gh secret set A --env production");
  });
});

describe("the account in an AWS key ID", () => {
  it.each([
    // The example of the article that published the way to read it.
    ["ASIAY34FZKBOKMUTVV7A", "609629065308"],
    ["AKIAIOSFODNN7EXAMPLE", undefined],
    ["not a key", undefined],
  ])("%s is %s", (id, account) => {
    expect(accountOfKey(id)).toBe(account);
  });
});

describe("the outcome", () => {
  const row = (verdict: Verdict): Results["secrets"][number] => ({
    ...{
      name: "A",
      kind: "token",
      environments: [],
      verdict,
      provenBy: [],
      length: "8 to 11",
      command: "gh secret set A",
    },
    ...{ note: undefined, link: undefined, usable: true, where: { file: "m.yml", line: 1 } },
    remarks:
      verdict === "valid"
        ? []
        : [{ verdict, why: "because", mend: "Mend it.", ...(verdict === "unknown" ? { probe: "p" } : {}) }],
  });
  const probe = (verdict: Verdict): Results["probes"][number] => ({
    ...{
      name: "p",
      kind: "http",
      environments: [],
      verdict,
      seen: "seen",
      secrets: ["A"],
      details: {},
      durationMs: 1,
      where: {},
    },
    findings:
      verdict === "valid" || verdict === "skipped"
        ? []
        : [{ verdict, why: "because", mend: "Mend it.", secrets: ["A"] }],
  });
  const verdicts = fc.constantFrom(...VERDICTS);
  const results = fc.record({
    secrets: fc.array(verdicts, { maxLength: 5 }),
    probes: fc.array(verdicts, { maxLength: 3 }),
  });
  const made = ({ secrets, probes }: { secrets: Verdict[]; probes: Verdict[] }): Results => ({
    ...{
      secrets: secrets.map(row),
      probes: probes.map(probe),
      scan: undefined,
      environment: undefined,
      probed: true,
      durationMs: 1,
    },
  });

  it("fails exactly for what fail-on and fail-on-unknown name, and is valid only when nothing speaks against it", () => {
    fc.assert(
      fc.property(results, fc.subarray([...FAILING]), fc.boolean(), (found, failOn, failOnUnknown) => {
        const outcome = outcomeOf(made(found), { failOn, failOnUnknown });
        // What is unknown of a secret comes from a probe, and is told there.
        const all = [...found.secrets.filter((each) => each !== "unknown"), ...found.probes];
        const failing = all.filter((each) =>
          each === "unknown" ? failOnUnknown : failOn.some((word) => word === each),
        );
        expect(outcome.failures).toHaveLength(failing.length);
        expect(outcome.outputs["valid"]).toBe(!all.some((each) => isBad(each) || each === "unknown"));
        expect(outcome.result === "valid").toBe(outcome.outputs["valid"]);
      }),
      { numRuns: runs(500, 20_000) },
    );
  });

  it("fits the schema of the report", () => {
    fc.assert(
      fc.property(results, (found) => {
        const outcome = outcomeOf(made(found), { failOn: ["missing"], failOnUnknown: false });
        const facts = { action: "validate-secrets", ref: "", startedAt: 0, finishedAt: 5, left: [] };
        const report: unknown = JSON.parse(JSON.stringify(buildReport(facts, outcome)));
        expect(schemas["report.schema.json"].safeParse(report).error).toBeUndefined();
      }),
      { numRuns: runs(100, 2_000) },
    );
  });

  it.each([
    ["fail-on", "missing, nonsense", /must be none, or a list of/],
    ["fail-on", "unknown", /fail-on-unknown/],
    ["fail-on", "none, missing", /must be none alone/],
    ["fail-on", "mising", /did you mean missing\?/],
  ])("is not reached with the input %s %s", async (name, value, expected) => {
    expect((await mistakes(checkWith({ config: "m.yml", [name]: value })))[0]?.message).toMatch(expected);
  });

  it("is a success with fail-on none, and says invalid all the same", async () => {
    const inputs = { probe: "false", "fail-on": "none" };
    const { outcome } = await check({ secrets: { A: {} } }, {}, { inputs });
    expect(outcome.failures).toEqual([]);
    expect(outcome.result).toBe("invalid");
    expect(outcome.outputs["valid"]).toBe(false);
    expect(outcome.summary.join("\n")).toContain("because fail-on says so");
  });
});

describe("a run without secrets", () => {
  const event = (head: string | null) => {
    const folder = makeTempDir("event");
    onTestFinished(() => folder.remove());
    const file = path.join(folder.path, "event.json");
    const repo = head === null ? null : { full_name: head };
    writeFileSync(
      file,
      JSON.stringify({ pull_request: { head: { repo }, base: { repo: { full_name: "org/shop" } } } }),
    );
    return file;
  };
  const manifest = { secrets: { A: { kind: "token" } } };
  const result = async (env: Record<string, string>, values: Record<string, string> = {}): Promise<string> =>
    (await check(manifest, values, { ...noProbe, env })).outcome.result;

  it("is skipped with a notice on the pull request of a fork, and is not valid", async () => {
    const env = { GITHUB_EVENT_NAME: "pull_request", GITHUB_EVENT_PATH: event("stranger/shop") };
    const { outcome } = await check(manifest, {}, { env });
    expect([outcome.result, outcome.failures, outcome.outputs["valid"]]).toEqual(["skipped", [], false]);
    expect(outcome.annotations?.map(({ level }) => level)).toEqual(["notice"]);
    expect(await result({ ...env, GITHUB_EVENT_PATH: event(null) })).toBe("skipped");
  });

  it("is skipped for Dependabot", async () => {
    expect(await result({ GITHUB_EVENT_NAME: "push", GITHUB_ACTOR: "dependabot[bot]" })).toBe("skipped");
  });

  it("fails everywhere else: on a branch of the repository, on pull_request_target, on a push", async () => {
    expect(await result({ GITHUB_EVENT_NAME: "pull_request", GITHUB_EVENT_PATH: event("org/shop") })).toBe(
      "invalid",
    );
    expect(
      await result({ GITHUB_EVENT_NAME: "pull_request_target", GITHUB_EVENT_PATH: event("stranger/shop") }),
    ).toBe("invalid");
    expect(await result({ GITHUB_EVENT_NAME: "push" })).toBe("invalid");
  });

  it("is checked when the fork was given secrets after all", async () => {
    const env = { GITHUB_EVENT_NAME: "pull_request", GITHUB_EVENT_PATH: event("stranger/shop") };
    expect(await result(env, { A: strong() })).toBe("valid");
  });
});

describe("workflows", () => {
  const folderWith = (files: Record<string, string>): string => {
    const folder = makeTempDir("workflows");
    onTestFinished(() => folder.remove());
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder.path, name), text);
    return folder.path;
  };
  const workflow = "jobs:\n  a:\n    env:\n      X: ${{ secrets.A }}\n      Y: ${{ secrets.STRAY }}\n";

  it("are compared with the manifest, both ways, and warn without failing", async () => {
    const workflows = folderWith({ "a.yml": workflow, "broken.yaml": "a: {", "notes.txt": "secrets.NOT" });
    const manifest = { secrets: { A: { kind: "token" }, IDLE: { kind: "token", optional: "later" } } };
    const { outcome } = await check(manifest, { A: strong() }, { inputs: { probe: "false", workflows } });
    expect(outcome.failures).toEqual([]);
    expect(outcome.details["workflows"]).toMatchObject({
      unlisted: [{ name: "STRAY", line: 5 }],
      unused: ["IDLE"],
    });
    expect(outcome.annotations?.map(({ title }) => title)).toEqual([
      "STRAY: not in the manifest",
      "workflow not read",
    ]);
  });

  it("that are not there are a mistake", async () => {
    const [problem] = await mistakes(
      check({ secrets: { A: {} } }, {}, { inputs: { workflows: "/nowhere" } }),
    );
    expect(problem?.message).toMatch(/input workflows: the folder/);
  });

  it("make the first manifest, which is never written over another", async () => {
    const workflows = folderWith({ "a.yml": workflow });
    const config = path.join(workflows, "deep/secrets.yml");
    const { outcome } = await checkWith({ config, workflows, init: "true" });
    expect([outcome.result, outcome.outputs["valid"]]).toEqual(["written", false]);
    expect(
      (await checkWith({ config, probe: "false" }, { A: strong(), STRAY: "something" })).outcome.result,
    ).toBe("valid");
    const [problem] = await mistakes(checkWith({ config, workflows, init: "true" }));
    expect(problem?.message).toMatch(/is there already, and was not touched/);
  });
});
