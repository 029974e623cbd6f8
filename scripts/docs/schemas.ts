import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import * as z from "zod";
import { UserError } from "../../shared/runtime/user-error.ts";

/**
 * The JSON Schemas that an action publishes, as text by file name: those that `src/schemas.ts` exports as `schemas`.
 * A `config*.schema.json` describes what users write, any other what the action writes.
 * @throws UserError when the module exports something else or a schema has no JSON form.
 */
export async function jsonSchemas(root: string, name: string): Promise<Map<string, string>> {
  const file = `actions/${name}/src/schemas.ts`;
  if (!existsSync(path.join(root, file))) return new Map();
  const { schemas }: { schemas?: unknown } = await import(pathToFileURL(path.join(root, file)).href);
  const hint = 'Export `schemas`, zod schemas by file name: { "config.schema.json": configSchema }.';
  if (typeof schemas !== "object" || schemas === null) {
    throw new UserError("The module does not export `schemas`.", { hint, where: { file } });
  }
  const texts = Object.entries(schemas).map(([schemaFile, schema]): [string, string] => {
    if (!/^[a-z-]+\.schema\.json$/.test(schemaFile) || !(schema instanceof z.ZodType)) {
      throw new UserError(
        `\`schemas\` holds ${schemaFile}, which is no zod schema with the name of a schema file.`,
        {
          hint,
          where: { file },
        },
      );
    }
    return [
      schemaFile,
      schemaText(schema, `${name} ${schemaFile.replace(".schema.json", "")}`, schemaFile, file),
    ];
  });
  return new Map(texts);
}

function schemaText(schema: z.ZodType, title: string, schemaFile: string, file: string): string {
  const io = schemaFile.startsWith("config") ? "input" : "output";
  try {
    const { $schema, ...rest } = z.toJSONSchema(schema, { target: "draft-2020-12", io });
    return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
  } catch (cause) {
    throw new UserError(
      `${schemaFile}: the schema has no JSON form: ${cause instanceof Error ? cause.message : cause}.`,
      {
        hint: "Use zod types that JSON Schema knows; a transform is fine in a config, not in a report.",
        where: { file },
        cause,
      },
    );
  }
}
