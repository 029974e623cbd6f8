import { UserError } from "../../../shared/runtime/user-error.ts";

/** How what starts a colour reads environment files. */
export type Reader = "docker" | "compose" | "shell";

/**
 * Variables as an environment file. Docker takes everything behind `=` as it is; Compose and a shell read quotes, in
 * which only the quote itself needs care. Throws a UserError for what Docker's form cannot hold: a line break.
 */
export function environmentFile(variables: ReadonlyMap<string, string>, reader: Reader): string {
  return [...variables].map(([name, value]) => `${name}=${written(name, value, reader)}\n`).join("");
}

function written(name: string, value: string, reader: Reader): string {
  if (/^[A-Za-z0-9_./:@%+,=-]*$/.test(value)) return value;
  switch (reader) {
    case "docker":
      if (!/[\n\r]/.test(value)) return value;
      throw new UserError(
        `env: the value of ${name} has a line break, which an environment file for Docker cannot hold.`,
        {
          hint: "Give it in base64 and decode it in the application, or use a compose file.",
          where: { input: "config" },
        },
      );
    case "shell":
      return `'${value.replaceAll("'", "'\\''")}'`;
    case "compose":
      // In single quotes nothing is special but the quote (compose-go's dotenv); in double quotes $, \ and " are.
      if (!value.includes("'")) return `'${value}'`;
      return `"${value
        .replace(/[\\"$]/g, "\\$&")
        .replaceAll("\n", "\\n")
        .replaceAll("\r", "\\r")}"`;
  }
}
