import type { Annotation } from "../../../shared/runtime/annotations.ts";
import type { Failure, Outcome } from "../../../shared/runtime/outcome.ts";
import type { Called } from "./call-once.ts";
import type { Followed } from "./follow-deploy.ts";
import type { Platform, ShownCall } from "./hook-call.ts";
import { summaryOf } from "./summary.ts";

/** All that is known at the end of a run. */
export type HookRun = {
  readonly operation: "deploy" | "rollback";
  readonly platform: Platform;
  readonly call: ShownCall;
  /** Undefined in a dry run. */
  readonly called: Called | undefined;
  readonly deployId: string | undefined;
  /** The deploy was to be followed. */
  readonly followable?: boolean;
  readonly followed: Followed | undefined;
  readonly durationMs: number;
  readonly cancelled: boolean;
};

export const RESULTS = [
  "live",
  "accepted",
  "failed",
  "refused",
  "not-sent",
  "unclear",
  "unfinished",
  "planned",
] as const;

export type Result = (typeof RESULTS)[number];

const title = "deploy-hook";

/** Everything the user sees of a run, out of what came of it. Pure. */
export function outcomeOf(run: HookRun): Outcome {
  const { called, deployId, followed, operation, platform, call, durationMs, cancelled } = run;
  const result = resultOf(run);
  const failure = failureOf(run, result);
  return {
    result,
    // That it was cancelled says the runtime; what became of the call is said beside it.
    failures: failure === undefined || cancelled ? [] : [failure],
    annotations: [...(cancelled ? [whenCancelled(run)] : []), ...remarksOf(run, result)],
    outputs: {
      called: called?.called ?? "no",
      "deploy-id": deployId ?? "",
      status: followed?.status ?? "",
      "duration-seconds": Math.round(durationMs / 1_000),
    },
    summary: summaryOf(run, result, failure),
    details: {
      ...{ operation, platform, call: { ...call, with: [...call.with] }, called: called?.called ?? "no" },
      attempts: called?.attempts ?? 0,
      ...(deployId === undefined ? {} : { deployId }),
      ...(followed === undefined || followed.status === "" ? {} : { status: followed.status }),
    },
  };
}

function resultOf({ called, followed, followable }: HookRun): Result {
  if (called === undefined) return "planned";
  if (called.kind !== "accepted") return called.kind;
  if (followed !== undefined) return followed.kind;
  return followable === true ? "unfinished" : "accepted";
}

function failureOf({ called, followed, operation, deployId }: HookRun, result: Result): Failure | undefined {
  if (called === undefined || result === "live" || result === "accepted") return undefined;
  if (called.kind !== "accepted")
    return { title, message: `The ${operation} hook ${called.why}.`, hint: called.hint };
  if (followed !== undefined)
    return { title, message: `The ${operation} ${deployId} ${followed.why}.`, hint: followed.hint };
  const message = `The ${operation} cannot be followed: the hook's answer names no deploy.`;
  return { title, message, hint: noDeploy };
}

// A Blueprint's hook (`exs-…`) answers that a sync has started, which deploys nothing where render.yaml has not changed.
const noDeploy =
  "Take the hook from the settings of the service itself: that of a Blueprint only reads render.yaml anew.";

function remarksOf({ platform, deployId }: HookRun, result: Result): Annotation[] {
  if (platform !== "render" || result !== "accepted" || deployId !== undefined) return [];
  const message = `Render has accepted the call and named no deploy, so perhaps there is none. ${noDeploy}`;
  return [{ level: "warning", title, message }];
}

function whenCancelled({ called, operation, deployId }: HookRun): Annotation {
  const name = deployId === undefined ? "" : ` (${deployId})`;
  switch (called?.called) {
    case "yes":
      return {
        ...{ level: "warning", title },
        message: `The ${operation} hook had been called: the platform goes on with it${name}. Cancel it there if it must not.`,
      };
    case "unknown":
      return { level: "warning", title, message: `The ${operation} hook ${called.why}. ${called.hint}` };
    default:
      return { level: "notice", title, message: `The ${operation} hook was not called.` };
  }
}
