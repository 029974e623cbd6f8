import type { Plan, Steps } from "./inputs.ts";

/** What became of a deploy. */
export type Verdict = {
  readonly result: "deployed" | "not-deployed" | "rolled-back" | "unproven";
  /** The state of GitHub's deployment. `error` says that nobody knows what is live. */
  readonly state: "success" | "failure" | "error" | "inactive";
  readonly status: "success" | "failure" | "cancelled" | "rolled-back";
  /** The steps that failed or were cancelled, in their order. */
  readonly failed: readonly string[];
};

export type JobStatus = "success" | "failure" | "cancelled";

type Step = Steps[string];

/** The steps that bring the new version live, and those that take it back again. */
const FORWARD = ["switch", "hook", "deploy"] as const;
const BACK = ["back-switch", "back-hook", "back"] as const;
/** What proves the new version, and that the old one is back. */
const PROOF = "smoke";
const PROOF_BACK = "prove";
/** In the order in which they run; a runner gives the steps of a job in any. */
const ORDER = [
  "record",
  "started",
  "secrets",
  "backup",
  ...FORWARD,
  "smoke",
  "purge",
  ...BACK,
  PROOF_BACK,
  "back-purge",
];
/** Their failure leaves what is live as it is. */
const NOT_ABOUT_IT = new Set<string>([...BACK, PROOF_BACK, "back-purge", "started", "record"]);

/**
 * What the steps of a job come to. Nothing counts as well that was not seen to be: not a version that was live when the
 * job was cancelled, before it was proven. A rollback that is live and proven stays one when only something after it
 * failed, because nothing takes it back. Pure.
 */
export function verdictOf(
  steps: Steps,
  { job, operation }: { readonly job: JobStatus; readonly operation: Plan["action"] },
): Verdict {
  const failed = Object.entries(steps)
    .filter(([, { outcome }]) => outcome === "failure" || outcome === "cancelled")
    .map(([id]) => id)
    .toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b) || (a < b ? -1 : 1));
  const touch = worst(FORWARD.flatMap((id) => touched(id, steps[id])));
  const broken = failed.filter((id) => !NOT_ABOUT_IT.has(id));
  // Between two steps a cancelled job leaves none that was cancelled, only some that were skipped.
  const unseen = steps[PROOF]?.outcome === "skipped";
  if (touch === "live" && !unseen && !wayBack(steps)) {
    if (job === "success" && broken.length === 0)
      return { result: "deployed", state: "success", status: "success", failed };
    if (operation === "rollback" && broken.every((id) => id === "purge"))
      return { result: "deployed", state: "success", status: "failure", failed };
  }
  if (touch === "untouched") {
    const cancelled = job === "cancelled" || failed.some((id) => steps[id]?.outcome === "cancelled");
    const [state, status] = cancelled
      ? (["inactive", "cancelled"] as const)
      : (["failure", "failure"] as const);
    return { result: "not-deployed", state, status, failed };
  }
  if (isBack(touch, steps)) return { result: "rolled-back", state: "failure", status: "rolled-back", failed };
  return { result: "unproven", state: "error", status: "failure", failed };
}

/** Whether a step that takes the new version back has run. */
function wayBack(steps: Steps): boolean {
  return BACK.some((id) => (steps[id]?.outcome ?? "skipped") !== "skipped");
}

/** What a step has done to what is live: `returned` it itself, left it, brought the new version, or nobody knows. */
type Touch = "untouched" | "live" | "returned" | "unknown";

function touched(id: (typeof FORWARD)[number], step: Step | undefined): Touch[] {
  if (step === undefined || step.outcome === "skipped") return [];
  const { outcome, outputs } = step;
  if (outcome === "success") return ["live"];
  if (id === "switch") {
    if (outputs["result"] === "aborted") return ["untouched"];
    if (outputs["result"] === "rolled-back") return ["returned"];
  }
  if (id === "hook" && outputs["called"] === "no") return ["untouched"];
  return ["unknown"];
}

function worst(touches: readonly Touch[]): Touch {
  const order = ["unknown", "returned", "live", "untouched"] as const;
  return order.find((one) => touches.includes(one)) ?? "untouched";
}

/** Whether the old version is known to be live again. */
function isBack(touch: Touch, steps: Steps): boolean {
  const back = BACK.flatMap((id) => steps[id] ?? []).filter(({ outcome }) => outcome !== "skipped");
  if (back.some(({ outcome }) => outcome !== "success")) return false;
  if (back.length === 0 && touch !== "returned") return false;
  const proof = steps[PROOF_BACK]?.outcome ?? "skipped";
  if (proof !== "skipped") return proof === "success";
  // blue-green-switch proves the old release through the router before it says so; nothing else does.
  return touch === "returned" || steps["back-switch"]?.outcome === "success";
}
