import { execFileSync } from "node:child_process";
import path from "node:path";
import { stringify } from "yaml";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { type Repositories, TAG } from "../deploy-flow/release.ts";
import { type ActResult, runAct } from "../support/act.ts";
import { locate } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

export type Call = {
  /** Of ours, such as `ci.yml`. */
  readonly workflow: string;
  readonly with?: Readonly<Record<string, string | boolean | number>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** What the caller grants. Default: to read. */
  readonly permissions?: Readonly<Record<string, string>>;
  /** The caller's repository, without its workflow. */
  readonly files: Readonly<Record<string, string>>;
  readonly event?: string;
  readonly payload?: unknown;
  readonly env?: Readonly<Record<string, string>>;
};

export type Called = ActResult & {
  /** Where artifacts were put. */
  readonly artifacts: string;
  /** The conclusions of the steps that have ids, by `job/id`; a job of a matrix goes by its name. */
  readonly steps: Readonly<Record<string, string>>;
};

/** Calls one of our workflows under act, as a repository of somebody's does, at the release that `repositories` hold. */
export async function callWorkflow(repositories: Repositories, call: Call): Promise<Called> {
  const artifacts = makeTempDir("artifacts").path;
  const secrets = call.secrets ?? {};
  const job = {
    permissions: call.permissions ?? { contents: "read" },
    uses: `org/actions/.github/workflows/${call.workflow}@${TAG}`,
    with: call.with ?? {},
    secrets: Object.fromEntries(Object.keys(secrets).map((name) => [name, `$\{{ secrets.${name} }}`])),
  };
  const event = call.event ?? "push";
  const workflow = ".github/workflows/caller.yml";
  const result = await runAct({
    files: { ...call.files, [workflow]: stringify({ name: "caller", on: event, jobs: { call: job } }) },
    workflow,
    event,
    payload: call.payload,
    repositories,
    secrets: { ...secrets, GITHUB_TOKEN: "the job's own" },
    env: {
      ...{ ARTIFACTS: artifacts, CI: "true" },
      // Nothing is fetched: pip takes the wheels that are here, and Go its own toolchain.
      ...{ PIP_NO_COMPILE: "1", PIP_DISABLE_PIP_VERSION_CHECK: "1" },
      ...{ PIP_NO_INDEX: "1", PIP_FIND_LINKS: path.join(REPOSITORY, ".cache/python-wheels") },
      ...{ GOFLAGS: "-mod=mod", GOPROXY: "off", GOTOOLCHAIN: "local" },
      // Each run has a home of its own; compiling the standard library for each of them would take most of the time.
      GOCACHE: path.join(REPOSITORY, ".cache/go-build"),
      ...{ NODE_FOLDER: path.dirname(process.execPath), GO_FOLDER: path.dirname(locate("go")) },
      PYTHON_FOLDER: pythonFolder(),
      ...call.env,
    },
    timeout: 240_000,
  });
  return { ...result, artifacts, steps: stepsOf(result) };
}

/** Where the machine's Python really is: a shim would look for it in a home that the jobs do not have. */
function pythonFolder(): string {
  const executable = execFileSync("python3", ["-c", "import sys; print(sys.executable)"], {
    encoding: "utf8",
  });
  return path.dirname(executable.trim());
}

function stepsOf({ lines }: ActResult): Record<string, string> {
  const steps = lines.flatMap(({ job, stepID, stepResult }) =>
    stepResult === undefined || stepID?.[0] === undefined
      ? []
      : [[`${job?.split("/").at(-1)?.trim() ?? ""}/${stepID[0]}`, stepResult] as const],
  );
  return Object.fromEntries(steps);
}
