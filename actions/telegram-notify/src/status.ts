/** What an event can say of itself, in the words of GitHub's results where it has them. */
export const STATUSES = [
  "started",
  "success",
  "failure",
  "cancelled",
  "skipped",
  "rolled-back",
  "info",
] as const;

export type Status = (typeof STATUSES)[number];

/** How a result relates to the one before it, on the same workflow and branch. */
export const TRANSITIONS = ["new", "still", "recovered", "ok"] as const;

export type Transition = (typeof TRANSITIONS)[number];

const ICONS: Readonly<Record<Status, string>> = {
  started: "🚀",
  success: "✅",
  failure: "❌",
  cancelled: "⏹️",
  skipped: "⏭️",
  "rolled-back": "↩️",
  info: "ℹ️",
};

const VERDICTS: Readonly<Record<Status, string>> = {
  started: "started",
  success: "succeeded",
  failure: "failed",
  cancelled: "was cancelled",
  skipped: "was skipped",
  "rolled-back": "was rolled back",
  info: "",
};

/** The sign that stands for a status. */
export function iconOf(status: Status): string {
  return ICONS[status];
}

/** The status as the verb of a sentence: "failed", "still fails", "succeeded". Empty for `info`. */
export function verdictOf(status: Status, transition: Transition | undefined): string {
  if (status === "failure" && transition === "still") return "still fails";
  if (transition === "recovered") return "recovered";
  return VERDICTS[status];
}
