import type { Part, Source } from "./part.ts";

export type Missing<Name extends string = string> = {
  readonly name: Name;
  /** What a person would type to get it. */
  readonly command: string;
  /** Why it could not be installed. */
  readonly reason: string;
};

type Progress = (line: string) => void;

/**
 * Installs those of the parts that are not there, as far as this user may, and returns those that are still
 * missing. Says nothing where there is nothing to do.
 */
export async function installMissing<Name extends string>(
  parts: Readonly<Record<Name, Part>>,
  names: readonly Name[],
  progress: Progress,
): Promise<Missing<Name>[]> {
  const reasons = new Map<Name, string>();
  const absent = () => names.filter((name) => parts[name].find() === undefined);
  const rounds = Math.max(0, ...names.map((name) => parts[name].sources.length));
  // One round for each place that a part may come from: a second source is tried where the first one failed.
  for (let round = 0; round < rounds; round++) {
    for (const [source, wanted] of grouped(parts, absent(), round)) {
      progress(`Installing ${wanted.join(", ")} (${source.kind}) ...`);
      try {
        await source.install(wanted.map((name) => usable(parts[name])[round]?.item ?? ""));
      } catch (error) {
        for (const name of wanted) reasons.set(name, error instanceof Error ? error.message : String(error));
      }
    }
  }
  return absent().map((name) => ({
    name,
    command: parts[name].sources[0].command,
    reason: reasons.get(name) ?? "this user may not install it here",
  }));
}

function usable(part: Part): Source[] {
  return part.sources.filter((source) => source.usable());
}

/** The parts by the source of this round, those of one kind together. */
function grouped<Name extends string>(
  parts: Readonly<Record<Name, Part>>,
  names: readonly Name[],
  round: number,
): Map<Source, Name[]> {
  const byKind = new Map<string, { source: Source; names: Name[] }>();
  for (const name of names) {
    const source = usable(parts[name])[round];
    if (source === undefined) continue;
    const group = byKind.get(source.kind) ?? { source, names: [] };
    group.names.push(name);
    byKind.set(source.kind, group);
  }
  return new Map([...byKind.values()].map((group) => [group.source, group.names]));
}
