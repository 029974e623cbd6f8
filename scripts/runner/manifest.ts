import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { UserError } from "../../shared/runtime/user-error.ts";

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const inputSchema = z.looseObject({
  description: text.default(""),
  required: z.boolean().default(false),
  default: text.default(""),
  deprecationMessage: text.optional(),
});
const manifestSchema = z.looseObject({
  name: z.string().default(""),
  description: z.string().default(""),
  inputs: z
    .record(
      z.string(),
      inputSchema.nullable().transform((input) => input ?? inputSchema.parse({})),
    )
    .default({}),
  runs: z.looseObject({
    using: z.string().regex(/^node\d+$/i, "is not a JavaScript action"),
    pre: z.string().optional(),
    main: z.string(),
    post: z.string().optional(),
  }),
});

/** What the runner reads of an action.yml. An absent default is empty, as the runner has it. */
export type Manifest = z.infer<typeof manifestSchema>;

/**
 * Reads the action.yml (or action.yaml) of an action folder.
 * @throws UserError when there is none, or it is not that of a JavaScript action.
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const [file, source] = await readFirst(folder, ["action.yml", "action.yaml"]);
  const parsed = manifestSchema.safeParse(parse(source));
  if (parsed.success) return parsed.data;
  throw new UserError(`${file} cannot be run: ${z.prettifyError(parsed.error)}`, {
    hint: "Only actions with `runs.using: node24` and a `runs.main` are run here.",
  });
}

async function readFirst(folder: string, names: readonly string[]): Promise<[string, string]> {
  for (const name of names) {
    const file = path.join(folder, name);
    try {
      return [file, await readFile(file, "utf8")];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  throw new UserError(`${folder} is not an action: it holds no action.yml.`, {
    hint: "Name the folder that holds action.yml and the built index.js.",
  });
}
