import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

/** The files through which a step answers the runner, with the prefixes of the runner's own names. */
const prefixes = {
  output: "set_output_",
  state: "save_state_",
  env: "set_env_",
  path: "add_path_",
  step_summary: "step_summary_",
} as const;

export type CommandFile = keyof typeof prefixes;
export type CommandFiles = Readonly<Record<CommandFile, string>>;

/** Makes the empty command files of one step below RUNNER_TEMP. */
export async function createCommandFiles(temp: string): Promise<CommandFiles> {
  const folder = path.join(temp, "_runner_file_commands");
  await mkdir(folder, { recursive: true });
  const suffix = randomUUID();
  const file = async (name: CommandFile): Promise<string> => {
    const full = path.join(folder, prefixes[name] + suffix);
    await writeFile(full, "", { mode: 0o600 });
    return full;
  };
  return {
    output: await file("output"),
    state: await file("state"),
    env: await file("env"),
    path: await file("path"),
    step_summary: await file("step_summary"),
  };
}

/** The variables that tell a step where its command files are: GITHUB_OUTPUT and so on. */
export function commandFileVariables(files: CommandFiles): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([name, file]) => [`GITHUB_${name.toUpperCase()}`, file]),
  );
}

/** The content of a command file; empty when the step removed it, which the runner takes in its stride. */
export async function readCommandFile(file: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return Buffer.alloc(0);
    throw error;
  });
}

/**
 * The `name=value` and `name<<delimiter` entries of a command file, in order. The ones before a mistake are given out
 * first, as in the runner (EnvFileKeyValuePairs in FileCommandManager.cs).
 * @throws Error in the runner's words.
 */
export function* keyValuePairs(text: string): Generator<[name: string, value: string]> {
  const lines = text.split("\n");
  // What follows the last newline is a line only if there is something in it.
  if (lines.at(-1) === "") lines.pop();
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    if (line === "") continue;
    const equals = line.indexOf("=");
    const heredoc = line.indexOf("<<");
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      yield [line.slice(0, equals), line.slice(equals + 1)];
      continue;
    }
    if (heredoc < 0) throw new Error(`Invalid format '${line}'`);
    const [name, delimiter] = [line.slice(0, heredoc), line.slice(heredoc + 2)];
    if (name === "" || delimiter === "") {
      throw new Error(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`);
    }
    const end = lines.indexOf(delimiter, index + 1);
    if (end < 0) throw new Error(missingDelimiter(text, lines.length > index + 1, delimiter));
    yield [name, lines.slice(index + 1, end).join("\n")];
    index = end;
  }
}

function missingDelimiter(text: string, hasValue: boolean, delimiter: string): string {
  return hasValue && !text.endsWith("\n")
    ? "Invalid value. EOF marker missing new line."
    : `Invalid value. Matching delimiter not found '${delimiter}'`;
}
