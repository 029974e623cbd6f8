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
 * for the owner only), outputs, the job summary and annotations. Each string goes through the redactor. What cannot be
 * written becomes an error annotation and does not keep the rest from being written; then it returns false.
 */
export async function publish(
  outcome: Outcome,
  report: Record<string, unknown>,
  place: Place,
): Promise<boolean> {
  const { redactor, action, env } = place;
  const errors = outcome.failures.map(toError);
  const attempt = async (what: string, work: () => Promise<void> | void): Promise<void> => {
    try {
      await work();
    } catch (error) {
      const message = `${what} could not be written: ${String(error)}. Check RUNNER_TEMP and the free disk space.`;
      errors.push({ level: "error", title: action, message });
    }
  };
  const outputs: Record<string, string | number | boolean> = { result: outcome.result, ...outcome.outputs };
  await attempt("The report", async () => {
    const folder = await mkdtemp(path.join(env["RUNNER_TEMP"] || tmpdir(), `${action}-`));
    const save = async (name: string, content: string): Promise<string> => {
      const file = path.join(folder, name);
      await writeFile(file, content, { mode: 0o600 });
      return file;
    };
    const json = JSON.stringify(redactor.redactDeep(report), null, 2);
    outputs["report"] = await save("report.json", `${json}\n`);
    for (const { output, name, content } of outcome.files ?? []) {
      outputs[output] = await save(
        name,
        content((text) => redactor.redact(text)),
      );
    }
  });
  await attempt("The outputs", () => {
    for (const [name, value] of Object.entries(outputs)) core.setOutput(name, redactor.redact(String(value)));
  });
  await attempt("The job summary", async () => {
    const file = env["GITHUB_STEP_SUMMARY"];
    const sections = outcome.summary.map((section) => redactor.redact(section));
    if (file && sections.length > 0) await appendFile(file, fitSummary(sections));
  });
  // Last, because this is what stands at the end of the log.
  for (const annotation of selectAnnotations([...errors, ...(outcome.annotations ?? [])])) {
    place.write(`${toWorkflowCommand(redactor.redactDeep(annotation) as Annotation)}\n`);
  }
  return errors.length === outcome.failures.length;
}

function toError({ title, message, hint, where }: Failure): Annotation {
  const text = hint === undefined ? message : `${message} ${hint}`;
  return { level: "error", title, message: text, ...(where === undefined ? {} : { where }) };
}

/** Registers a secret with the redactor and with the runner, which then masks it in everything the step prints. */
export function maskSecret(redactor: Redactor, value: string, announced: Set<string>): void {
  redactor.add(value);
  for (const mask of redactor.takeMasks()) {
    if (announced.has(mask)) continue;
    announced.add(mask);
    core.setSecret(mask);
  }
}
