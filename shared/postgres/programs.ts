import { realpathSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { runChild } from "../runtime/child-process.ts";
import { UserError } from "../runtime/user-error.ts";

/** The programs of PostgreSQL that we run. */
export type ProgramName = "pg_dump" | "pg_dumpall" | "pg_restore" | "psql" | "postgres" | "initdb";

/** One program of one version. */
export type Program = {
  readonly name: ProgramName;
  readonly path: string;
  readonly major: number;
  /** As the program writes it, such as `15.18 (Debian 15.18-0+deb12u1)`. */
  readonly version: string;
};

export type WhereToLook = {
  /** The directory that the user named; nothing else is looked at then. */
  readonly pgBin?: string | undefined;
  /** The step's environment: its PATH says where to look, and its LD_LIBRARY_PATH where libraries are. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly signal: AbortSignal;
};

// Debian, Ubuntu and PGDG for apt; PGDG for dnf; both keep every major in a directory of its own.
const MAJOR_DIRECTORIES = [
  { parent: "/usr/lib/postgresql", bin: (name: string) => (/^\d+$/.test(name) ? `${name}/bin` : undefined) },
  { parent: "/usr", bin: (name: string) => (/^pgsql-\d+$/.test(name) ? `${name}/bin` : undefined) },
] as const;

/**
 * Every one of the named programs that there is on this machine: in `pg-bin` when that is given, else in the
 * directories that packages use and on PATH; newest first. Versions are what `--version` says. A program that does
 * not run is left out. Throws a UserError for a `pg-bin` that is no directory.
 */
export async function findPrograms(
  names: readonly ProgramName[],
  where: WhereToLook,
): Promise<readonly Program[]> {
  const directories =
    where.pgBin === undefined ? await usualDirectories(where.env["PATH"]) : [given(where.pgBin)];
  const seen = new Set<string>();
  const files: { name: ProgramName; file: string }[] = [];
  for (const directory of directories) {
    for (const name of names) {
      const file = path.join(directory, name);
      const real = realFile(file);
      // Debian's pg_wrapper in /usr/bin runs one of the majors, by settings of its own; all of them are found directly.
      if (real === undefined || path.basename(real) === "pg_wrapper" || seen.has(real)) continue;
      seen.add(real);
      files.push({ name, file });
    }
  }
  const programs = await Promise.all(files.map(({ name, file }) => askVersion(name, file, where)));
  return programs.filter((program) => program !== undefined).sort((a, b) => b.major - a.major);
}

/** What a program of PostgreSQL gets of the step's environment: no variable that libpq would read. */
export function programEnvironment(env: Readonly<NodeJS.ProcessEnv>): Record<string, string> {
  // RUNNER_TRACKING_ID: the runner ends what a killed step left behind by this mark (actions/runner JobExtension.cs).
  const kept = ["PATH", "LD_LIBRARY_PATH", "TMPDIR", "RUNNER_TRACKING_ID"] as const;
  const own = kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  // Messages in English, so that they can be recognised.
  return { ...Object.fromEntries(own), LC_ALL: "C" };
}

function given(pgBin: string): string {
  const directory = path.resolve(pgBin);
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return directory;
  throw new UserError(`pg-bin is no directory: ${JSON.stringify(pgBin)}.`, {
    hint: "Give the directory that holds pg_dump and pg_restore, such as /usr/lib/postgresql/17/bin.",
    where: { input: "pg-bin" },
  });
}

async function usualDirectories(searchPath: string | undefined): Promise<string[]> {
  const packaged = await Promise.all(
    MAJOR_DIRECTORIES.map(async ({ parent, bin }) => {
      const names = await readdir(parent).catch(() => []);
      return names.flatMap((name) => bin(name) ?? []).map((each) => path.join(parent, each));
    }),
  );
  return [...packaged.flat(), ...(searchPath ?? "").split(path.delimiter).filter(path.isAbsolute)];
}

function realFile(file: string): string | undefined {
  try {
    return statSync(file).isFile() ? realpathSync(file) : undefined;
  } catch {
    return undefined;
  }
}

async function askVersion(
  name: ProgramName,
  file: string,
  { env, signal }: WhereToLook,
): Promise<Program | undefined> {
  let output = "";
  try {
    const end = await runChild(file, ["--version"], {
      ...{ signal, env: programEnvironment(env) },
      onStdout: (chunk) => {
        output += chunk.toString();
      },
    });
    if (end.code !== 0) return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
  return parseVersion(name, file, output);
}

/** Reads `pg_dump (PostgreSQL) 15.18 (Debian …)`, also of a development version (`19devel`). */
function parseVersion(name: ProgramName, file: string, output: string): Program | undefined {
  const [, version, major] = /^\S+ \(PostgreSQL\) ((\d+)\S*(?: \([^)\n]*\))?)\s*$/.exec(output.trim()) ?? [];
  return version === undefined ? undefined : { name, path: file, major: Number(major), version };
}
