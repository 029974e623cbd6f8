import * as z from "zod";

/**
 * The same schema, parsed by the keys that a mapping has: Zod visits every key that it knows, and of forty optional ones a
 * mapping that people write has three. Whatever is not right is parsed once more as a whole, so problems are the same.
 */
export function sparse<Shape extends z.ZodRawShape, Config extends z.core.$ZodObjectConfig>(
  schema: z.ZodObject<Shape, Config>,
): z.ZodObject<Shape, Config> {
  const { shape } = schema;
  const always = Object.keys(shape).filter((key) => !isIdleWhenAbsent(shape[key] as z.core.$ZodTypes));
  const byKeys = new Map<string, z.ZodObject>();
  const fitting = (written: readonly string[]): z.ZodObject => {
    const signature = written.join("\n");
    const known = byKeys.get(signature);
    if (known !== undefined) return known;
    const keys = new Set([...always, ...written.filter((key) => Object.hasOwn(shape, key))]);
    const fit = z.strictObject(Object.fromEntries([...keys].map((key) => [key, shape[key]]))) as z.ZodObject;
    byKeys.set(signature, fit);
    return fit;
  };
  const whole = schema._zod.parse;
  const parse: typeof whole = (payload, context) => {
    const { value } = payload;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return whole(payload, context);
    const quick = fitting(Object.keys(value))._zod.run({ value, issues: [] }, context);
    if (quick instanceof Promise || quick.issues.length > 0) return whole(payload, context);
    payload.value = quick.value;
    return payload;
  };
  schema._zod.parse = parse;
  // A schema without checks of its own is run by its parser itself.
  if (schema._zod.run === whole) schema._zod.run = parse;
  return schema;
}

/** Whether an absent value gives nothing: not a default, and not something made of `undefined`. */
function isIdleWhenAbsent({ _zod: { def } }: z.core.$ZodTypes): boolean {
  return def.type === "optional" && def.innerType._zod.optin === undefined;
}
