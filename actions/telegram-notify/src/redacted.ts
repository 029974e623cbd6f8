import type { Redactor } from "../../../shared/runtime/redactor.ts";
import type { DeployEvent } from "./event.ts";
import { shown } from "./shown.ts";

/**
 * An event without the secrets of this step: they must not leave by the message either. They are looked for in what
 * people will see, since colours and other characters that go may stand in the midst of one.
 */
export function redacted(event: DeployEvent, redactor: Redactor): DeployEvent {
  return clean(event, redactor) as DeployEvent;
}

/** Numbers stay: no secret of this step is one. */
function clean(value: unknown, redactor: Redactor): unknown {
  if (typeof value === "string") return redactor.redact(shown(value));
  if (Array.isArray(value)) return value.map((entry) => clean(entry, redactor));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, clean(entry, redactor)]));
}
