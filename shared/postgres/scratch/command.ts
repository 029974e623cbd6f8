import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type ChildEnd, runChild } from "../../runtime/child-process.ts";
import { UserError } from "../../runtime/user-error.ts";
import type { DatabaseAddress } from "../address.ts";
import type { ScratchDatabase } from "./scratch.ts";

const LOG_TAIL = 4_000;
// Enough for the list of thousands of migrations; what is beyond is no answer to a question.
const MOST_OUTPUT = 16_000_000;

export type ScratchCommand = {
  /** What bash runs, with -e and pipefail. */
  readonly script: string;
  readonly database: Pick<ScratchDatabase, "address" | "env">;
  readonly cwd?: string;
  /** Names of variables of the step that the command gets as they are. */
  readonly variables: readonly string[];
  /** Variables of this command; they come before the address. */
  readonly extra?: Readonly<Record<string, string>>;
  /** The step's environment. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly signal: AbortSignal;
};

export type CommandEnd = ChildEnd & {
  readonly stdout: string;
  /** The end of all that it said, raw. */
  readonly tail: string;
};

/**
 * Runs a shell script with a scratch database as the only address it knows: in `DATABASE_URL` and libpq's variables. Of
 * the step's environment it gets PATH and the like, and the variables that are named. Rejects as `runChild` does, and with
 * a UserError where there is no bash.
 */
export async function runScratchCommand(command: ScratchCommand): Promise<CommandEnd> {
  const { script, database, cwd, variables, extra = {}, env, signal } = command;
  const folder = await mkdtemp(path.join(env["RUNNER_TEMP"] || tmpdir(), "scratch-command-"));
  const file = path.join(folder, "command.sh");
  const out: Buffer[] = [];
  let size = 0;
  let tail = "";
  const hear = (chunk: Buffer): void => {
    tail = (tail + chunk.toString()).slice(-LOG_TAIL);
  };
  try {
    await writeFile(file, `${script}\n`, { mode: 0o600 });
    const end = await runChild("bash", ["-eo", "pipefail", file], {
      signal,
      ...(cwd === undefined ? {} : { cwd }),
      env: {
        ...Object.fromEntries(variables.map((name) => [name, env[name]])),
        ...extra,
        ...database.env,
        DATABASE_URL: databaseUrl(database.address),
        PGPASSWORD: database.address.password ?? "",
      },
      onStdout: (chunk) => {
        if (size < MOST_OUTPUT) out.push(chunk);
        size += chunk.length;
        hear(chunk);
      },
      onStderr: hear,
    }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === "ENOENT" ? noShell(error, cwd) : error;
    });
    return { ...end, stdout: Buffer.concat(out).toString(), tail };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function noShell(cause: Error, cwd: string | undefined): UserError {
  const where = cwd === undefined ? "" : `, or no folder ${cwd}`;
  return new UserError(`There is no bash to run the command that migrates${where}.`, {
    hint: "Install bash, or take a preset whose files are replayed without a command.",
    cause,
  });
}

/** For tools that want a URL. It holds the password: it goes to their environment alone. */
export function databaseUrl(address: DatabaseAddress, scheme = "postgres"): string {
  const { host, port, user, password = "", database } = address;
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  const place = host.startsWith("/") ? encodeURIComponent(host) : host.includes(":") ? `[${host}]` : host;
  return `${scheme}://${login}@${place}:${port}/${encodeURIComponent(database)}`;
}
