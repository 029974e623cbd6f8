import type { Redactor } from "../../../shared/runtime/redactor.ts";
import type { DeployEvent } from "./event.ts";

/** An event without the secrets of this step: they must not leave by the message either. */
export function redacted(event: DeployEvent, redactor: Redactor): DeployEvent {
  return clean(event, redactor) as DeployEvent;
}

/** Numbers stay: no secret of this step is one. */
function clean(value: unknown, redactor: Redactor): unknown {
  if (typeof value === "string") return redactor.redact(value);
  if (Array.isArray(value)) return value.map((entry) => clean(entry, redactor));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, clean(entry, redactor)]));
}
