import type * as z from "zod";

type Schema = z.core.$ZodTypes;

/**
 * The sets of keys that `mapping`, which stands at `path`, may have: one for each kind of mapping the schema allows there
 * (the options of a union), but not those whose fixed values it contradicts. Empty where the schema has no fixed keys.
 */
export function keySets(schema: z.core.$ZodType, path: readonly PropertyKey[], mapping: object): string[][] {
  let here = plainSchemas(schema);
  for (const part of path) here = here.flatMap((each) => step(each, part)).flatMap(plainSchemas);
  return here.flatMap(({ _zod: { def } }) =>
    def.type === "object" && !contradicts(mapping, def.shape) ? [Object.keys(def.shape)] : [],
  );
}

/** Whether one of the mapping's values is not the one that the shape fixes (`kind: a`). */
function contradicts(mapping: object, shape: Readonly<Record<string, z.core.$ZodType>>): boolean {
  return Object.entries(mapping).some(([key, value]) => {
    const part = Object.hasOwn(shape, key) ? (shape[key] as Schema) : undefined;
    return part?._zod.def.type === "literal" && !part._zod.def.values.includes(value as never);
  });
}

/** The schemas that say what a value looks like, out of whatever is wrapped around them. */
function plainSchemas(schema: z.core.$ZodType): Schema[] {
  const known = schema as Schema;
  const { def } = known._zod;
  switch (def.type) {
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "nonoptional":
    case "readonly":
    case "catch":
      return plainSchemas(def.innerType);
    case "lazy":
      return plainSchemas(def.getter());
    case "pipe":
      // z.preprocess is a transform into the schema proper; otherwise the schema proper comes first.
      return plainSchemas((def.in as Schema)._zod.def.type === "transform" ? def.out : def.in);
    case "union":
      return def.options.flatMap(plainSchemas);
    case "intersection":
      return [...plainSchemas(def.left), ...plainSchemas(def.right)];
    default:
      return [known];
  }
}

/** The schema of the entry `part` of a list or mapping. */
function step({ _zod: { def } }: Schema, part: PropertyKey): z.core.$ZodType[] {
  switch (def.type) {
    case "object": {
      const entry = def.shape[String(part)] ?? def.catchall;
      return entry === undefined ? [] : [entry];
    }
    case "record":
      return [def.valueType];
    case "array":
      return [def.element];
    case "tuple": {
      const item = def.items[Number(part)] ?? def.rest;
      return item === null ? [] : [item];
    }
    default:
      return [];
  }
}
