import type { Kind, Properties } from "./model.ts";

/**
 * The server tells constraints and indexes as one canonical text, and a snapshot keeps it as it is. Here it is taken
 * apart into the properties of the model, which happens only to objects that differ.
 */
export function splitDefinition(kind: Kind, properties: Properties): Properties {
  const definition = properties.get("definition")?.[0];
  const split = splitters[kind];
  if (definition === undefined || split === undefined) return properties;
  const parts = new Map<string, readonly string[]>();
  for (const [property, value] of Object.entries(split(definition))) {
    if (value !== undefined) parts.set(property, typeof value === "string" ? [value] : value);
  }
  for (const [property, values] of properties) if (property !== "definition") parts.set(property, values);
  return parts;
}

type Parts = Readonly<Record<string, string | readonly string[] | undefined>>;

const splitters: Partial<Record<Kind, (definition: string) => Parts>> = {};
