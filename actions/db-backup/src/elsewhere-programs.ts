import { endText, type RunningProgram } from "../../../shared/backup/program.ts";
import type { Program, ProgramName } from "../../../shared/postgres/programs.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { quoteWord } from "./shell-script.ts";

export type Found = Program;

const NAMES: readonly ProgramName[] = ["pg_dump", "pg_dumpall", "pg_restore", "psql"];
const USUAL = ["/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/bin", "/usr/bin", "/bin"];

/** Looks for PostgreSQL's programs where the script is run; newest first. Throws a UserError when it cannot be run. */
export async function findPrograms(
  run: (script: string) => Promise<RunningProgram>,
  where: string,
  pgBin: string | undefined,
): Promise<readonly Found[]> {
  const directories = pgBin === undefined ? USUAL.join(" ") : quoteWord(pgBin);
  const script = [
    `for d in ${directories}; do for n in ${NAMES.join(" ")}; do f="$d/$n"`,
    `if [ -x "$f" ]; then printf '%s\\t%s\\t%s\\n' "$n" "$f" "$("$f" --version 2>/dev/null)"; fi; done; done`,
  ].join("; ");
  let output = "";
  const program = await run(script);
  program.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const end = await program.ended.catch((cause: unknown) => {
    if (cause instanceof UserError) throw cause;
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new UserError(
      `Nothing can be run on ${where}: ${missing ? "there is no docker program" : String(cause)}.`,
      {
        hint: "Install docker on the runner, or take out the input container.",
        where: { input: "container" },
        cause,
      },
    );
  });
  if (end.code !== 0) {
    const said = remoteLine(program.stderr());
    throw new UserError(
      `Nothing can be run on ${where} (${endText(end)})${said === "" ? "" : `: ${said.replace(/\.$/, "")}`}.`,
      {
        hint: "Check the name of the container (docker ps), that it runs, and that this user may use docker.",
        where: { input: "container" },
      },
    );
  }
  return output
    .split("\n")
    .flatMap((line) => parse(line) ?? [])
    .sort((a, b) => b.major - a.major);
}

function parse(line: string): Found | undefined {
  const [name, path, version = ""] = line.split("\t");
  const [, full, major] = /\(PostgreSQL\) ((\d+)\S*(?: \(.*\))?)/.exec(version) ?? [];
  const known = NAMES.find((each) => each === name);
  if (known === undefined || path === undefined || full === undefined) return undefined;
  return { name: known, path, major: Number(major), version: full };
}
