import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { data, Evaluator, Lexer, Parser, wellKnownFunctions } from "@actions/expressions";
import { parse } from "yaml";

type Outcome = "success" | "failure" | "cancelled" | "skipped";

/** What a step is made to do when its turn comes. Default: it succeeds, with no outputs. */
export type Act = {
  readonly outcome: "success" | "failure" | "cancelled";
  readonly outputs?: Readonly<Record<string, string>>;
  /** The run is cancelled while this step is at work. */
  readonly cancels?: boolean;
};

export type Scenario = {
  readonly acts?: Readonly<Record<string, Act>>;
  readonly inputs?: Readonly<Record<string, string | boolean>>;
  readonly needs?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly github?: Readonly<Record<string, unknown>>;
  /** What steps have left behind, for texts that are evaluated by themselves. */
  readonly steps?: Readonly<Record<string, unknown>>;
  readonly vars?: Readonly<Record<string, string>>;
  readonly matrix?: Readonly<Record<string, string>>;
};

export type StepRun = { readonly outcome: Outcome; readonly outputs: Readonly<Record<string, string>> };

export type JobRun = {
  /** By their ids, in the order of the job. */
  readonly steps: Readonly<Record<string, StepRun>>;
  /** What `job.status` was when the last step began. */
  readonly status: State;
};

const STATUS = ["success", "failure", "cancelled", "always"] as const;
type State = "success" | "failure" | "cancelled";

/** The package imports JSON as bundlers do, without the attribute that Node asks for. */
async function loadParser() {
  const hooks = registerHooks({
    load: (url, context, next) =>
      next(url, url.endsWith(".json") ? { ...context, importAttributes: { type: "json" } } : context),
  });
  try {
    return await import("@actions/workflow-parser");
  } finally {
    hooks.deregister();
  }
}

/**
 * Goes through the steps of a job as GitHub's runner does, for what act cannot show: which steps run after what. The
 * workflow is read by GitHub's own parser, which adds `success()` where no status function stands, and the conditions
 * are evaluated by GitHub's own expressions. A step without an id goes by its action.
 */
export async function runJob(file: string, job: string, scenario: Scenario): Promise<JobRun> {
  const steps = await stepsOf(file, job);
  const runs: Record<string, StepRun> = {};
  let state: State = "success";
  for (const { id, condition } of steps) {
    const contexts = { ...scenario, steps: runs, job: { status: state } };
    if (!isTrue(condition, contexts, state)) {
      runs[id] = { outcome: "skipped", outputs: {} };
      continue;
    }
    const act = scenario.acts?.[id] ?? { outcome: "success" };
    runs[id] = { outcome: act.outcome, outputs: act.outputs ?? {} };
    if (act.cancels === true || act.outcome === "cancelled") state = "cancelled";
    else if (act.outcome === "failure" && state === "success") state = "failure";
  }
  return { steps: runs, status: state };
}

/** A text of a workflow, with all that stands in `${{ }}` evaluated. */
export function evaluated(text: string, scenario: Scenario): string {
  const contexts = { steps: {}, ...scenario, job: {} };
  return text.replaceAll(/\$\{\{ (.*?) \}\}/gs, (_all, inner: string) =>
    valueIn(inner, contexts, "success").coerceString(),
  );
}

/** What the action of a step is given, by the expressions in its `with`; only those of which an input is one whole. */
export async function stepInputs(
  file: string,
  job: string,
  step: string,
  scenario: Scenario,
): Promise<Readonly<Record<string, string>>> {
  const { jobs } = parse(readFileSync(file, "utf8")) as {
    readonly jobs: Readonly<
      Record<string, { readonly steps: readonly { readonly id?: string; readonly with?: object }[] }>
    >;
  };
  const given = jobs[job]?.steps.find(({ id }) => id === step)?.with ?? {};
  const contexts = { steps: {}, ...scenario, job: {} };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, text]) => {
      const [, inner] = /^\$\{\{ (.*) \}\}$/.exec(String(text)) ?? [];
      return inner === undefined ? [] : [[name, valueIn(inner, contexts, "success").coerceString()]];
    }),
  );
}

/** Whether a job starts, by its own condition and the results of those that it needs. */
export async function jobStarts(
  file: string,
  job: string,
  scenario: Scenario,
  state: State,
): Promise<boolean> {
  const found = (await jobsOf(file)).find(({ id }) => id.value === job);
  if (found === undefined) throw new Error(`${file} has no job ${job}`);
  return isTrue(found.if.expression, { ...scenario, steps: {}, job: {} }, state);
}

const parsed = new Map<string, ReturnType<typeof parseJobs>>();

function jobsOf(file: string): ReturnType<typeof parseJobs> {
  const known = parsed.get(file) ?? parseJobs(file);
  parsed.set(file, known);
  return known;
}

async function parseJobs(file: string) {
  const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await loadParser();
  const content = readFileSync(file, "utf8");
  const { context, value } = parseWorkflow({ name: file, content }, new NoOperationTraceWriter());
  if (value === undefined) throw new Error(`${file} is no workflow`);
  const template = await convertWorkflowTemplate(context, value);
  const errors = [...context.errors.getErrors().map(({ message }) => message)];
  if (errors.length > 0) throw new Error(`${file}: ${errors.join("; ")}`);
  return template.jobs;
}

async function stepsOf(file: string, job: string): Promise<{ id: string; condition: string }[]> {
  const found = (await jobsOf(file)).find(({ id }) => id.value === job);
  if (found?.type !== "job") throw new Error(`${file} has no job ${job} with steps`);
  return found.steps.map((step) => ({ id: step.id, condition: step.if?.expression ?? "success()" }));
}

type Contexts = Scenario & { readonly steps: object; readonly job: object };

function isTrue(condition: string, contexts: Contexts, state: State): boolean {
  return isTruthy(valueIn(condition, contexts, state));
}

function valueIn(
  text: string,
  {
    steps,
    inputs = {},
    needs = {},
    env = {},
    secrets = {},
    github = {},
    vars = {},
    matrix = {},
    job,
  }: Contexts,
  state: State,
): data.ExpressionData {
  const contexts = { steps, inputs, needs, env, secrets, github, vars, matrix, job };
  const status = STATUS.map((name) => ({
    ...{ name, minArgs: 0, maxArgs: 0 },
    call: () => new data.BooleanData(name === "always" || name === state),
  }));
  const functions = new Map(status.map((definition) => [definition.name as string, definition]));
  const { tokens } = new Lexer(text).lex();
  const parser = new Parser(tokens, Object.keys(contexts), [...Object.values(wellKnownFunctions), ...status]);
  const context = toData(contexts) as InstanceType<typeof data.Dictionary>;
  return new Evaluator(parser.parse(), context, functions).evaluate();
}

function isTruthy(value: unknown): boolean {
  if (value instanceof data.BooleanData) return value.value;
  if (value instanceof data.StringData) return value.value !== "";
  if (value instanceof data.NumberData) return value.value !== 0 && !Number.isNaN(value.value);
  return !(value instanceof data.Null);
}

type Data = InstanceType<(typeof data)["Dictionary"]> | InstanceType<(typeof data)["StringData"]>;

function toData(value: unknown): Data | InstanceType<(typeof data)["BooleanData"]> {
  if (typeof value === "boolean") return new data.BooleanData(value);
  if (typeof value === "object" && value !== null) {
    const pairs = Object.entries(value).map(([key, item]) => ({ key, value: toData(item) }));
    return new data.Dictionary(...pairs);
  }
  return new data.StringData(String(value ?? ""));
}
