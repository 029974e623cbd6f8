import { readFileSync } from "node:fs";
import path from "node:path";
import * as z from "zod";
import { type ActionResult, type RunOptions, runAction } from "../../scripts/runner/run-action.ts";
import { reportSchema } from "../../shared/runtime/report-schema.ts";
import type { names } from "../fixtures/edge/behaviours.ts";

const dir = path.resolve(import.meta.dirname, "../fixtures/edge");
// The sources of the runtime, not a bundle of them; Node.js warns of ES modules in a package without "type".
const env = { NODE_OPTIONS: "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON" };

const schema = reportSchema(["passed", "failed"], {
  detail: z.unknown(),
  filler: z.string(),
});
export type Report = z.infer<typeof schema>;

export type EdgeOptions = Partial<Omit<RunOptions, "dir" | "onLine">>;

/** Runs the fixture action as the runner would, with one of its behaviours. */
export function runEdge(behaviour: (typeof names)[number] | "nonsense", options: EdgeOptions = {}) {
  const ready = Promise.withResolvers<void>();
  const running = runAction({
    ...options,
    dir,
    inputs: { do: behaviour, ...options.inputs },
    env: { ...env, ...options.env },
    onLine: ({ text }) => {
      if (text === "ready") ready.resolve();
    },
  });
  running.done.then(
    ({ log }) => ready.reject(new Error(`the action ended before it was ready:\n${log}`)),
    ready.reject,
  );
  ready.promise.catch(() => undefined); // Most tests do not ask.
  /** Resolves when the action has printed "ready". */
  return { ...running, ready: ready.promise };
}

/** The report that a run left; it must fit the schema. */
export function reportOf({ outputs }: ActionResult): Report {
  return schema.parse(JSON.parse(readFileSync(outputs["report"] ?? "no report", "utf8")));
}

/** What a run's annotations say, as `level title: message`. */
export function annotationsOf({ annotations }: ActionResult): string[] {
  return annotations.map(({ level, title, message }) => `${level} ${title}: ${message}`);
}
