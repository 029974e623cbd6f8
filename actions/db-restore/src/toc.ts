import type { Manifest } from "../../../shared/backup/manifest.ts";
import { type Program, programEnvironment } from "../../../shared/postgres/programs.ts";
import { runChild } from "../../../shared/runtime/child-process.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";

/** The archive's table of contents as `pg_restore --list` writes it, a line for each item. */
export type Contents = { readonly text: string; readonly items: number };

/** Reads it. Throws a UserError. */
export async function contentsOf(
  program: Program,
  archive: string,
  options: { readonly env: Readonly<NodeJS.ProcessEnv>; readonly signal: AbortSignal },
): Promise<Contents> {
  let text = "";
  let said = "";
  const end = await runChild(program.path, ["--list", archive], {
    ...{ signal: options.signal, env: programEnvironment(options.env) },
    onStdout: (chunk) => {
      text += chunk.toString("latin1");
    },
    onStderr: (chunk) => {
      said += chunk.toString();
    },
  });
  if (end.code !== 0) {
    throw new UserError(`pg_restore ${program.version} cannot read the archive: ${remoteLine(said)}.`, {
      hint: "It is no archive of pg_dump, or of a newer one than this pg_restore.",
    });
  }
  return { text, items: text.split("\n").filter((line) => /^\d+;/.test(line)).length };
}

export type LeavingOut = {
  /** Extensions that are not made. */
  readonly extensions: readonly string[];
  /** Extensions that are there, and whose comment is not the user's to write. */
  readonly uncommented: readonly string[];
};

export type Remaining = {
  readonly text: string;
  /** Tables of extensions that are left out: there is nothing their rows could go into. */
  readonly tables: Manifest["tables"];
};

/** The contents without these extensions: neither they themselves, nor their comments, nor rows of their tables. Pure. */
export function withoutExtensions(
  text: string,
  { extensions, uncommented }: LeavingOut,
  manifest: Pick<Manifest, "tables" | "extensions">,
): Remaining {
  const names = extensions.map(shown);
  const silent = [...extensions, ...uncommented].map(shown);
  const lines = text.split("\n");
  const defined = new Set(lines.map((line) => DEFINITION.exec(line)?.[0].replace(HEAD, "")));
  // The contents do not tell whose table it is; db-backup does, and in vain where all extensions are left out.
  const all = manifest.extensions.every(({ name }) => name === "plpgsql" || extensions.includes(name));
  const theirs = manifest.tables.filter(
    ({ extension }) => extension !== undefined && extensions.includes(extension),
  );
  const orphan = (line: string): string | undefined => {
    const [, kind = "", what = ""] = DATA.exec(line) ?? [];
    if (what === "" || extensions.length === 0) return undefined;
    const sequence = kind === "SEQUENCE SET";
    if (defined.has(`${sequence ? "SEQUENCE" : "TABLE"} ${what}`)) return undefined;
    const known = theirs.some((table) =>
      what.startsWith(shown(sequence ? `${table.schema} ` : `${table.schema} ${table.name} `)),
    );
    return all || known ? `${kind} ${what}` : undefined;
  };
  const unwanted = (line: string): boolean => {
    const [, own] = /^\d+; \d+ \d+ EXTENSION - (.*?) ?$/.exec(line) ?? [];
    if (own !== undefined) return names.includes(own);
    const [, about] = /^\d+; \d+ \d+ COMMENT - EXTENSION (.*?) ?$/.exec(line) ?? [];
    if (about !== undefined) return silent.includes(about.replace(/^"(.*)"$/, "$1").replaceAll('""', '"'));
    return orphan(line) !== undefined;
  };
  const orphans = lines.flatMap((line) => orphan(line) ?? []);
  return {
    text: lines.map((line) => (unwanted(line) ? `;${line}` : line)).join("\n"),
    tables: manifest.tables.filter(({ schema, name }) =>
      orphans.some((what) => what.startsWith(shown(`TABLE DATA ${schema} ${name} `))),
    ),
  };
}

const HEAD = /^\d+; \d+ \d+ /;
// What is defined has the number of its catalog (1259 is pg_class), which data have not.
const DEFINITION = /^\d+; 1259 \d+ (?:TABLE|SEQUENCE) .*$/;
const DATA = /^\d+; 0 \d+ (TABLE DATA|SEQUENCE SET) (.*)$/;

/** As pg_restore shows names: line ends in them as blanks, everything else as it is, here byte by byte. */
function shown(name: string): string {
  return Buffer.from(name.replace(/[\r\n]/g, " ")).toString("latin1");
}
