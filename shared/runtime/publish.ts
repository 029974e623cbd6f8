import { appendFile, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import * as core from "@actions/core";
import { type Annotation, selectAnnotations, toWorkflowCommand } from "./annotations.ts";
import type { Failure, Outcome } from "./outcome.ts";
import type { Redactor } from "./redactor.ts";
import { fitSummary } from "./summary.ts";

type Place = {
  readonly action: string;
  readonly redactor: Redactor;
  readonly env: NodeJS.ProcessEnv;
  /** Writes complete lines to the log. */
  readonly write: (text: string) => void;
};

/**
 * Makes everything the user sees of a run: the report and other files (in a folder of their own under RUNNER_TEMP,
 * for the owner only), outputs, annotations and the job summary. Each string goes through the redactor.
 */
export async function publish(
  outcome: Outcome,
  report: Record<string, unknown>,
  place: Place,
): Promise<void> {
  const { redactor, action, env } = place;
  const folder = await mkdtemp(path.join(env["RUNNER_TEMP"] || tmpdir(), `${action}-`));
  const save = async (name: string, content: string): Promise<string> => {
    const file = path.join(folder, name);
    await writeFile(file, content, { mode: 0o600 });
    return file;
  };
  const outputs: Record<string, string | number | boolean> = { result: outcome.result, ...outcome.outputs };
  outputs["report"] = await save("report.json", `${JSON.stringify(redactor.redactDeep(report), null, 2)}\n`);
  for (const file of outcome.files ?? []) {
    outputs[file.output] = await save(file.name, redactor.redact(file.content));
  }
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, redactor.redact(String(value)));
  const summaryFile = env["GITHUB_STEP_SUMMARY"];
  if (summaryFile && outcome.summary.length > 0) {
    await appendFile(summaryFile, fitSummary(outcome.summary.map((section) => redactor.redact(section))));
  }
  // Last, because this is what stands at the end of the log.
  const annotations = [...outcome.failures.map(toError), ...(outcome.annotations ?? [])];
  for (const annotation of selectAnnotations(annotations)) {
    place.write(`${toWorkflowCommand(redactor.redactDeep(annotation) as Annotation)}\n`);
  }
}

function toError({ title, message, hint, where }: Failure): Annotation {
  const text = hint === undefined ? message : `${message} ${hint}`;
  return { level: "error", title, message: text, ...(where === undefined ? {} : { where }) };
}

/** Registers a secret with the redactor and with the runner, which then masks it in everything the step prints. */
export function maskSecret(redactor: Redactor, value: string, announced: Set<string>): void {
  redactor.add(value);
  for (const mask of redactor.masks()) {
    if (announced.has(mask)) continue;
    announced.add(mask);
    core.setSecret(mask);
  }
}
