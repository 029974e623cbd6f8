import path from "node:path";
import type { PartName } from "../../scripts/system/parts.ts";
import { partOf } from "../../scripts/system/parts.ts";
import { locate } from "./needs.ts";
import type { PostgresMajor } from "./postgres-template.ts";

/** The parts of the machine for a server of this major together with its own pg_dump and pg_restore. */
export function serverAndPrograms(major: MajorWithPrograms): readonly PartName[] {
  return major === 18 ? ["postgres-18", "postgres-18-programs"] : [`postgres-${major}`];
}

/** The majors whose own programs can be had. */
export type MajorWithPrograms = Exclude<PostgresMajor, 14>;
export const MAJORS_WITH_PROGRAMS: readonly MajorWithPrograms[] = [15, 16, 17, 18];

/**
 * Those on which every case is run: under `npm run soak` all of them, else the oldest and the newest. Each of the others has
 * the case that goes through most.
 */
export const MAJORS_IN_FULL: readonly MajorWithPrograms[] =
  process.env["SOAK"] === "1" ? MAJORS_WITH_PROGRAMS : [15, 18];

/** Majors that write archives of a form of their own: 14 and 15 the same, 17 and 18 too. */
export const MAJORS_WITH_FORMATS: readonly MajorWithPrograms[] =
  process.env["SOAK"] === "1" ? MAJORS_WITH_PROGRAMS : [15, 16, 18];

/** The directory with pg_dump and its like of this major, for `pg-bin`. Needs {@link serverAndPrograms}. */
export function programsOf(major: MajorWithPrograms): string {
  return path.join(locate(major === 18 ? "postgres-18-programs" : `postgres-${major}`), "bin");
}

/** A PATH on which the programs of all majors that are here are found. */
export function pathWithPrograms(): string {
  const homes = MAJORS_WITH_PROGRAMS.flatMap(
    (major) => partOf(major === 18 ? "postgres-18-programs" : `postgres-${major}`).find() ?? [],
  );
  return [...homes.map((home) => path.join(home, "bin")), process.env["PATH"] ?? ""].join(path.delimiter);
}
