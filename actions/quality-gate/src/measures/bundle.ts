import type { Measurements } from "./measurement.ts";

/** A built file, its size as it is and compressed by gzip, and the groups that it is in. */
export type SizedFile = {
  readonly path: string;
  readonly raw: number;
  readonly gzip: number;
  readonly groups: readonly string[];
};

/**
 * Sizes of built files, compressed ones except for `bundle.raw`. A file that several globs match counts once in the
 * total, and once in each of its groups.
 */
export function measureBundle(files: readonly SizedFile[], groups: readonly string[]): Measurements {
  if (files.length === 0) return new Map();
  const total = (of: readonly SizedFile[]): number => of.reduce((sum, { gzip }) => sum + gzip, 0);
  const sources = files.map(({ path }) => path);
  return new Map(
    [
      ...groups.map((group) => {
        const members = files.filter((file) => file.groups.includes(group));
        return [`bundle.${group}`, total(members), members.map(({ path }) => path)] as const;
      }),
      ["bundle.total", total(files), sources] as const,
      ["bundle.raw", files.reduce((sum, { raw }) => sum + raw, 0), sources] as const,
      ["bundle.largest", files.reduce((most, { gzip }) => Math.max(most, gzip), 0), sources] as const,
      ["bundle.files", files.length, sources] as const,
    ].map(([name, value, from]) => [name, { value, sources: from }]),
  );
}
