import { type Kind, propertyModel } from "./model.ts";

/** The values of a property as people read them: one to a line, or what it means that there is none. */
export function shownValue(kind: Kind, property: string, values: readonly string[]): string {
  if (values.length > 0) return values.join("\n");
  return propertyModel(kind, property)?.absent ?? "none";
}
