import type { Manifest } from "./manifest.ts";
import type { SecretUse, WorkflowSecrets } from "./workflow-secrets.ts";

/** How workflows and manifest differ. */
export type Scan = {
  /** Secrets that workflows use and the manifest lacks, each with where it is used first. */
  readonly unlisted: readonly SecretUse[];
  /** Secrets of the manifest that no workflow names. */
  readonly unused: readonly string[];
  readonly dynamic: readonly string[];
  readonly unreadable: WorkflowSecrets["unreadable"];
};

/** Compares what workflows use with what the manifest has. Pure. */
export function compareWithWorkflows({ secrets }: Manifest, found: WorkflowSecrets): Scan {
  const listed = new Set(secrets.map(({ name }) => name));
  const first = new Map<string, SecretUse>();
  for (const use of found.uses) if (!listed.has(use.name) && !first.has(use.name)) first.set(use.name, use);
  const used = new Set(found.uses.map(({ name }) => name));
  return {
    unlisted: [...first.values()],
    unused: secrets.map(({ name }) => name).filter((name) => !used.has(name)),
    dynamic: found.dynamic,
    unreadable: found.unreadable,
  };
}
