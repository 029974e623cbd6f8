import { spec } from "../../actions/telegram-notify/src/inputs.ts";
import { run } from "../../actions/telegram-notify/src/run.ts";
import { readManifest } from "../../scripts/runner/manifest.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { inputVariable, readInputs } from "../../shared/runtime/inputs.ts";
import { createLogger } from "../../shared/runtime/logger.ts";
import type { Outcome } from "../../shared/runtime/outcome.ts";
import type { Telegram } from "../support/telegram/server.ts";

const manifest = await readManifest("actions/telegram-notify");
const defaults = Object.fromEntries(
  Object.entries(manifest.inputs).map(([name, input]) => [
    name,
    (input.default ?? "").startsWith("${{") ? "" : (input.default ?? ""),
  ]),
);

/** Runs the action in this process, from its inputs to its outcome, for the many cases of a property. */
export async function runHere(
  telegram: Telegram,
  inputs: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const given = {
    ...defaults,
    token: telegram.token,
    "api-url": telegram.url,
    "on-error": "fail",
    status: "success",
    ...inputs,
  };
  const undos: (() => Promise<void> | void)[] = [];
  try {
    const variables = Object.entries(given).map(([name, value]) => [inputVariable(name), value]);
    return await run(readInputs(spec, Object.fromEntries(variables)), {
      log: createLogger({ write: () => undefined, clean: (text) => text }),
      clock: systemClock,
      signal: new AbortController().signal,
      env,
      addSecret: () => undefined,
      defer: (_what, undo) => void undos.push(undo),
    });
  } finally {
    for (const undo of undos.reverse()) await undo();
  }
}
