import { spec } from "../../actions/telegram-notify/src/inputs.ts";
import { run } from "../../actions/telegram-notify/src/run.ts";
import type { Outcome } from "../../shared/runtime/outcome.ts";
import { defaultInputs } from "../support/default-inputs.ts";
import { runInProcess } from "../support/in-process.ts";
import type { Telegram } from "../support/telegram/server.ts";

const defaults = await defaultInputs("telegram-notify");

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
  return (await runInProcess({ spec, run }, given, { env })).outcome;
}
