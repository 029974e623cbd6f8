import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { blocksOf } from "../docs/page.ts";
import { evaluated, jobStarts, runJob, type Scenario, stepInputs } from "../support/workflow-job.ts";

const DATABASE = ".github/workflows/database.yml";
const HOUSEKEEPING = ".github/workflows/housekeeping.yml";
const NOTIFY = ".github/workflows/notify.yml";
const TEMPLATE = "templates/scheduled.yml";

type Job = {
  readonly uses?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
};
type Workflow = {
  readonly on: {
    readonly schedule?: readonly { readonly cron: string }[];
    readonly workflow_dispatch?: unknown;
  };
  readonly jobs: Readonly<Record<string, Job>>;
};

const workflow = (text: string): Workflow => parse(text) as Workflow;
const read = (file: string): Workflow => workflow(readFileSync(path.join(REPOSITORY, file), "utf8"));
const STATES = ["success", "failure", "cancelled"] as const;

describe("the jobs of a night", () => {
  it.each([
    { file: DATABASE, jobs: ["backup", "drift", "drill"] },
    { file: HOUSEKEEPING, jobs: ["secrets", "schedules"] },
  ])("in $file start by their inputs alone, whatever becomes of the others", async ({ file, jobs }) => {
    for (const job of jobs)
      for (const wanted of [true, false])
        expect(await jobStarts(file, job, { inputs: { [job]: wanted } }, "success")).toBe(wanted);
    const needs = read(file).jobs;
    for (const job of jobs) expect(needs[job]).not.toHaveProperty("needs");
  });

  it("clean the registry only where packages are named", async () => {
    for (const packages of ["shop", ""])
      expect(
        await jobStarts(HOUSEKEEPING, "registry", { inputs: { registry: true, packages } }, "success"),
      ).toBe(packages !== "");
  });

  it.each([DATABASE, HOUSEKEEPING])(
    "in %s are told of, also when they failed or were cancelled",
    async (file) => {
      for (const state of STATES) expect(await jobStarts(file, "notify", { inputs: {} }, state)).toBe(true);
      const jobs = Object.keys(read(file).jobs);
      expect(read(file).jobs["notify"]).toMatchObject({ needs: jobs.filter((job) => job !== "notify") });
    },
  );
});

describe("the steps of a night", () => {
  it.each([
    { outcome: "success", report: "/report.json", kept: true },
    { outcome: "failure", report: "/report.json", kept: true },
    { outcome: "cancelled", report: "/report.json", kept: true },
    { outcome: "failure", report: "", kept: false },
  ] as const)(
    "keep the report of a drill: $outcome with '$report': $kept",
    async ({ outcome, report, kept }) => {
      const acts = { restore: { outcome, outputs: { report } } };
      const { steps } = await runJob(DATABASE, "drill", { acts, inputs: { "postgres-major": "" } });
      expect(Object.values(steps).at(-1)?.outcome).toBe(kept ? "success" : "skipped");
    },
  );

  it("keep backups for as long as they are told to", async () => {
    const inputs = { "retention-days": "90", "keep-last": "", "keep-weekly": "8", "keep-monthly": "12" };
    expect(await stepInputs(DATABASE, "backup", "backup", { inputs })).toMatchObject(inputs);
  });

  it.each([
    { live: { outcome: "failure" }, host: {} },
    { live: {}, host: { outcome: "failure" } },
    { live: { outcome: "cancelled" }, host: {} },
  ] as const)("delete nothing when it is not known what runs: $live $host", async ({ live, host }) => {
    const acts = { live: { outcome: "success", ...live }, host: { outcome: "success", ...host } } as const;
    const inputs = { environments: "production", "ssh-host": "shop.example", "registry-config": "" };
    const { steps } = await runJob(HOUSEKEEPING, "registry", { acts, inputs });
    expect(steps["clean"]?.outcome).toBe("skipped");
  });

  it.each([
    { environments: "", host: "", asked: [], cleans: false },
    { environments: "none", host: "", asked: [], cleans: true },
    { environments: "production", host: "", asked: ["live"], cleans: true },
    { environments: "", host: "shop.example", asked: ["host"], cleans: true },
    { environments: "none", host: "shop.example", asked: ["host"], cleans: true },
    { environments: "production", host: "shop.example", asked: ["live", "host"], cleans: true },
  ])(
    "with environments '$environments' and host '$host' ask $asked, and clean: $cleans",
    async ({ environments, host, asked, cleans }) => {
      // The step that refuses fails whenever it runs at all.
      const acts = { known: { outcome: "failure" } } as const;
      const inputs = { environments, "ssh-host": host, "registry-config": "" };
      const { steps, status } = await runJob(HOUSEKEEPING, "registry", { acts, inputs });
      const ran = Object.keys(steps).filter((id) => steps[id]?.outcome === "success");
      expect(ran).toEqual([
        ...(host === "" ? [] : ["__actions_checkout"]),
        ...asked,
        ...(cleans ? ["clean"] : []),
      ]);
      expect(status).toBe(cleans ? "success" : "failure");
    },
  );

  it.each([
    {
      live: { versions: "v2,v1", digests: "sha256:a" },
      host: {},
      tags: "latest,v2,v1,,",
      digests: "sha256:a",
    },
    { live: { versions: "v2", digests: "" }, host: {}, tags: "latest,v2,,", digests: "none" },
    {
      live: {},
      host: { digests: "sha256:b", release: "v9", previous: "v8" },
      tags: "latest,,v9,v8",
      digests: "sha256:b",
    },
    {
      ...{ live: { versions: "v2", digests: "sha256:a" }, host: { digests: "sha256:b" } },
      ...{ tags: "latest,v2,,", digests: "sha256:a,sha256:b" },
    },
    { live: {}, host: {}, tags: "latest,,,", digests: "none" },
  ])("protect what $live and $host run", async ({ live, host, tags, digests }) => {
    const steps = { live: { outputs: live }, host: { outputs: host } };
    const given = await stepInputs(HOUSEKEEPING, "registry", "clean", {
      steps,
      inputs: { "keep-tags": "latest" },
    });
    expect(given).toMatchObject({ "keep-tags": tags, "protect-digests": digests });
  });

  it.each([
    { outputs: { missing: "A", expiring: "B" }, severity: "critical" },
    { outputs: { invalid: "A" }, severity: "critical" },
    { outputs: { expiring: "B" }, severity: "minor" },
    { outputs: {}, severity: "" },
  ])("take $outputs of secrets for '$severity'", ({ outputs, severity }) => {
    const all = { missing: "", invalid: "", expiring: "", ...outputs };
    const text = read(HOUSEKEEPING).jobs["secrets"]?.outputs?.["severity"] ?? "";
    expect(evaluated(text, { steps: { secrets: { outputs: all } } })).toBe(severity);
  });

  it("send a message only where there is a chat to be told, and fail when it cannot be sent", async () => {
    for (const chats of ["-1", ""]) {
      const { steps } = await runJob(NOTIFY, "tell", {
        acts: { plan: { outcome: "success", outputs: { chats } } },
      });
      expect(Object.values(steps).at(-1)?.outcome).toBe(chats === "" ? "skipped" : "success");
    }
  });
});

describe("the template with all schedules", () => {
  const template = read(TEMPLATE);
  const crons = (template.on.schedule ?? []).map(({ cron }) => cron);
  const due = async (scenario: Scenario) => {
    const jobs = Object.keys(template.jobs).filter((job) => job !== "notify");
    const starts = await Promise.all(jobs.map((job) => jobStarts(TEMPLATE, job, scenario, "success")));
    return jobs.filter((_job, index) => starts[index]).sort();
  };

  it.each([
    { cron: "17 2 * * *", jobs: ["database"] },
    { cron: "23 3 * * *", jobs: ["security", "tests"] },
    { cron: "47 4 * * 6", jobs: ["load"] },
    { cron: "41 7 * * 1", jobs: ["housekeeping"] },
    { cron: "11 5 1 * *", jobs: ["drill"] },
  ])("at $cron: $jobs", async ({ cron, jobs }) => {
    expect(crons).toContain(cron);
    expect(await due({ github: { event: { schedule: cron } }, inputs: {} })).toEqual(jobs);
  });

  it("has no schedule that starts nothing, none on the hour, and starts each by hand", async () => {
    expect(crons).toHaveLength(5);
    for (const cron of crons) expect(Number(cron.split(" ")[0]) % 30).not.toBe(0);
    const { inputs } = template.on.workflow_dispatch as {
      readonly inputs: { readonly what: { readonly options: readonly string[] } };
    };
    for (const what of inputs.what.options)
      expect(await due({ github: { event: {} }, inputs: { what } })).toContain(what);
    expect(await due({ github: { event: {} }, inputs: {} })).toEqual([]);
  });

  it("tells of its own jobs when one of them was due", async () => {
    const needs = (tests: string, load: string) => ({
      ...{ tests: { result: tests }, security: { result: "skipped" }, load: { result: load } },
    });
    for (const state of STATES) {
      expect(await jobStarts(TEMPLATE, "notify", { needs: needs(state, "skipped") }, state)).toBe(true);
      expect(await jobStarts(TEMPLATE, "notify", { needs: needs("skipped", "skipped") }, state)).toBe(false);
    }
  });

  it("watches jobs that there are", () => {
    const lines = String(template.jobs["housekeeping"]?.with?.["watch-jobs"]).trim().split("\n");
    // All jobs but the watch itself: the run of another schedule would hide that one of them is not started any more.
    const watched = lines.map((line) => /: (\w+)/.exec(line)?.[1]);
    const own = Object.keys(template.jobs).filter((job) => !["housekeeping", "notify"].includes(job));
    expect(watched.toSorted()).toEqual(own.toSorted());
    for (const line of lines) {
      const [, file, job = "", called] = /^([\w.]+): (\w+)(?: \/ (\w+))? = \d+d$/.exec(line) ?? [];
      expect(file).toBe("scheduled.yml");
      const caller = template.jobs[job];
      expect(caller, line).toBeDefined();
      if (called !== undefined) expect(read(calledBy(caller)).jobs).toHaveProperty(called);
      else expect(caller).not.toHaveProperty("uses");
    }
  });
});

const calledBy = (job: Job | undefined): string => (job?.uses ?? "").replace(/^org\/actions\/|@.*$/g, "");

/** What GitHub refuses at the start: a called job that asks for more than its caller has. */
function lacking(caller: Job): string[] {
  const has = caller.permissions ?? {};
  return Object.values(read(calledBy(caller)).jobs).flatMap((job) => [
    ...Object.entries(job.permissions ?? {})
      .filter(([name, right]) => has[name] !== right && has[name] !== "write")
      .map(([name, right]) => `${name}: ${right}`),
    ...(job.uses?.startsWith("org/") ? lacking(job) : []),
  ]);
}

it.each([
  ...[TEMPLATE, DATABASE, HOUSEKEEPING].map((file) => ({ name: file, found: read(file) })),
  { name: "what-runs-when.md", found: workflow(blocksOf("what-runs-when.md", "yaml")[0] ?? "") },
  ...[DATABASE, HOUSEKEEPING, NOTIFY].map((file) => ({
    name: `the head of ${file}`,
    found: exampleIn(file),
  })),
])("$name gives what it calls the rights that this asks for", ({ found }) => {
  const calling = Object.values(found.jobs).filter(({ uses }) => uses?.startsWith("org/actions/.github/"));
  expect(calling.length).toBeGreaterThan(0);
  for (const job of calling) expect(lacking(job), job.uses).toEqual([]);
});

/** The caller in the comment at the head of a workflow. */
function exampleIn(file: string): Workflow {
  const text = readFileSync(path.join(REPOSITORY, file), "utf8");
  const head = text.slice(0, text.indexOf("\nname:"));
  const lines = head.split("\n").filter((line) => /^# {3}/.test(line));
  const example = lines.map((line) => line.slice(4)).join("\n");
  return workflow(/^jobs:/m.test(example) ? example : `on: push\njobs:\n${example.replace(/^/gm, "  ")}`);
}
