import type { Failure } from "../../../shared/runtime/outcome.ts";
import { code, heading, paragraph, plain, table } from "../../../shared/runtime/summary.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";
import type { HookRun, Result } from "./outcome.ts";

const words: Readonly<Record<Result, string>> = {
  live: "✅ The $ is live",
  accepted: "✅ The $ hook was called",
  failed: "❌ The $ has failed",
  refused: "❌ The $ hook refused the call",
  "not-sent": "❌ The $ hook was not called",
  unclear: "❌ The $ hook may have been called, or not",
  unfinished: "❌ The $ was not seen to its end",
  planned: "📝 The $ hook would be called",
};

const calledWords = { yes: "yes, once", no: "no", unknown: "nobody knows" } as const;

/** The job summary: the verdict, why, and the facts. Pure. */
export function summaryOf(run: HookRun, result: Result, failure: Failure | undefined): string[] {
  const { operation, platform, call, called, deployId, followed, durationMs } = run;
  const rows: [string, string][] = [
    ["Hook", `${plain(platform)}: ${code(`${call.method} ${call.host}`)}`],
    ...(call.with.length === 0 ? [] : [["With", plain(call.with.join(", "))] as [string, string]]),
    ["Called", called === undefined ? "no, this is a dry run" : calledWords[called.called]],
    ...(deployId === undefined ? [] : [["Deploy", code(deployId)] as [string, string]]),
    ...(followed === undefined || followed.status === ""
      ? []
      : [["State", code(followed.status)] as [string, string]]),
    ["Took", plain(formatDuration(durationMs))],
  ];
  return [
    heading(3, words[result].replace("$", operation)),
    ...(failure === undefined ? [] : [paragraph(`${plain(failure.message)} ${plain(failure.hint ?? "")}`)]),
    table({ columns: [{ title: "" }, { title: "" }], rows }),
  ];
}
