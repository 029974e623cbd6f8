import { readFile } from "node:fs/promises";
import { readConfig } from "../../../shared/runtime/config.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { type Config, configSchema } from "./config-schema.ts";

/** Reads the config file. Throws a UserError or UserErrors: everything that is wrong with it, by line. */
export async function loadConfig(file: string): Promise<Config> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new UserError(`input config: the file ${file} cannot be read.`, {
      hint: "Run actions/checkout first and check the path.",
      where: { input: "config" },
      cause,
    });
  });
  return readConfig(text, file, configSchema).value;
}
