import { readFile } from "node:fs/promises";
import path from "node:path";
import { isMap, LineCounter, parseDocument } from "yaml";
import * as z from "zod";
import { throwProblems, UserError } from "../../shared/runtime/user-error.ts";

export type ActionInput = {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  /** Empty when there is none, as the runner has it. */
  readonly default: string;
};
export type ActionOutput = { readonly name: string; readonly description: string };
/** What the documentation needs of an action.yml, in the order of the file. */
export type ActionMetadata = {
  readonly name: string;
  readonly description: string;
  readonly inputs: readonly ActionInput[];
  readonly outputs: readonly ActionOutput[];
};

const described = (what: string) =>
  z.string(`${what} has no description`).refine((text) => text.trim() !== "", `${what} has no description`);
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
// Strict, because the runner ignores a key that it does not know, and a misspelt `required` with it.
const inputSchema = z.strictObject({
  description: z.string(),
  required: z.boolean().default(false),
  default: scalar.default(""),
  deprecationMessage: z.string().optional(),
});
const actionSchema = z.looseObject({
  description: described("the action"),
  inputs: z.record(z.string(), z.unknown()).default({}),
  outputs: z.record(z.string(), z.unknown()).default({}),
});

/**
 * Reads the action.yml of an action.
 * @throws UserError or UserErrors naming the line of each entry that lacks a description or has a wrong form.
 */
export async function readActionMetadata(root: string, name: string): Promise<ActionMetadata> {
  const file = `actions/${name}/action.yml`;
  const lines = new LineCounter();
  const document = parseDocument(await readFile(path.join(root, file), "utf8"), { lineCounter: lines });
  const problems = document.errors.map(
    (error) =>
      new UserError(error.message, {
        hint: "Mend the YAML.",
        where: { file, line: error.linePos?.[0].line ?? 1 },
      }),
  );
  throwProblems(problems);

  const lineOf = (section: string, key: string): number => {
    const map = document.get(section);
    const pair = isMap<{ range?: [number, number, number] }>(map)
      ? map.items.find((item) => String(item.key) === key)
      : undefined;
    return pair?.key.range === undefined ? 1 : lines.linePos(pair.key.range[0]).line;
  };
  const check = <Schema extends z.ZodType>(schema: Schema, value: unknown, line: number) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) {
      const message = [...issue.path, issue.message].join(": ");
      problems.push(new UserError(`${message}.`, { hint: "Write it in action.yml.", where: { file, line } }));
    }
    return undefined;
  };

  const action = check(actionSchema, document.toJS() ?? {}, 1);
  const inputs = Object.entries(action?.inputs ?? {}).flatMap(([input, value]) => {
    const schema = inputSchema.extend({ description: described(`input ${input}`) });
    const entry = check(schema, value ?? {}, lineOf("inputs", input));
    return entry === undefined ? [] : [{ name: input, ...entry }];
  });
  const outputs = Object.entries(action?.outputs ?? {}).flatMap(([output, value]) => {
    const schema = z.strictObject({ description: described(`output ${output}`) });
    const entry = check(schema, value ?? {}, lineOf("outputs", output));
    return entry === undefined ? [] : [{ name: output, description: entry.description }];
  });
  throwProblems(problems);
  return { name, description: action?.description ?? "", inputs, outputs };
}
