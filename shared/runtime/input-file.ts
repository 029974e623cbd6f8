import { readFile } from "node:fs/promises";
import { UserError } from "./user-error.ts";

/** The text of the file that an input names. Throws a UserError where it cannot be read. */
export async function readInputFile(file: string, input: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new UserError(`input ${input}: ${file} cannot be read (${code}).`, {
      hint: "The path is relative to the workspace; is actions/checkout a step before this one?",
      where: { input },
      cause: error,
    });
  }
}
