import { UserError } from "../runtime/user-error.ts";
import type { Program, ProgramName } from "./programs.ts";

/** The majors that everything here is proven on. */
export const OLDEST_MAJOR = 14;
export const NEWEST_MAJOR = 18;

export type Need = {
  /** What must be there, all of the same major. */
  readonly names: readonly ProgramName[];
  /** The major that fits best. */
  readonly major: number;
  /** The newest major that will do; the nearest to `major` is taken. Default: `major`. */
  readonly upTo?: number;
  /** For whom, as in "the server is PostgreSQL 16.4". */
  readonly because: string;
  /** What the user may set instead of installing anything. */
  readonly otherwise?: string;
};

/** Programs of one major, by name. */
export type Suite = { readonly major: number; readonly program: (name: ProgramName) => Program };

/** The programs that fit best, or undefined where there are none. */
export function fittingPrograms(found: readonly Program[], need: Need): Suite | undefined {
  const { names, major, upTo = major } = need;
  const majors = [...new Set(found.map((program) => program.major))]
    .filter((each) => each >= major && each <= upTo)
    .sort((a, b) => a - b);
  for (const each of majors) {
    const suite = new Map<ProgramName, Program>();
    for (const program of found) {
      if (program.major === each && !suite.has(program.name)) suite.set(program.name, program);
    }
    if (!names.every((name) => suite.has(name))) continue;
    const program = (name: ProgramName): Program => {
      const one = suite.get(name);
      if (one === undefined) throw new Error(`${name} was not asked for`);
      return one;
    };
    return { major: each, program };
  }
  return undefined;
}

/** The programs that fit best. Throws a UserError that says what there is, what is needed, and how to install it. */
export function choosePrograms(found: readonly Program[], need: Need): Suite {
  const suite = fittingPrograms(found, need);
  if (suite !== undefined) return suite;
  const { names, major, because, otherwise } = need;
  const what = names.join(" and ");
  throw new UserError(`There is no ${what} of PostgreSQL ${major} here: ${because}, ${describe(found)}.`, {
    hint: [`Install it in a step before: ${installLines(names, major)}`, otherwise ?? ""]
      .filter(Boolean)
      .join(" "),
  });
}

function describe(found: readonly Program[]): string {
  if (found.length === 0) return "and no program of PostgreSQL was found in the usual directories or on PATH";
  const shown = found.map(({ path, version }) => `${path} (${version})`);
  return `and what was found is ${shown.join(", ")}`;
}

/**
 * The commands for Debian and Ubuntu. The hosted images have the script of postgresql-common that sets up PostgreSQL's
 * own packages, and not its result (actions/runner-images, install-postgresql.sh removes the source again).
 */
export function installLines(names: readonly ProgramName[], major: number): string {
  const server = names.some((name) => name === "postgres" || name === "initdb");
  return [
    "sudo apt-get install -y postgresql-common",
    "sudo /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y",
    `sudo apt-get install -y ${server ? "postgresql" : "postgresql-client"}-${major}`,
  ].join(" && ");
}
