import type { Manifest, Proof } from "../../../shared/backup/manifest.ts";
import { sealAttributes } from "../../../shared/backup/sealed-attributes.ts";
import type { Job } from "./back-up.ts";
import { keyOf } from "./dumped-tables.ts";

type Parts = {
  readonly object: Manifest["object"];
  /** By table key; undefined when they were not counted. */
  readonly rows: ReadonlyMap<string, number> | undefined;
  readonly proof: { readonly level: Proof; readonly durationMs: number };
  readonly globals: string | null;
};

/** The manifest of a backup, out of what is known of its source and of what was stored. */
export async function composeManifest(job: Job, { object, rows, proof, globals }: Parts): Promise<Manifest> {
  const { inputs, runtime, address, server, client, snapshot, facts, empty } = job;
  const { clock, env } = runtime;
  const now = new Date(clock.now()).toISOString();
  const tables = snapshot.relations
    .filter(({ kind }) => kind === "r")
    .map((relation) => ({
      ...{ schema: relation.schema, name: relation.name, rows: rows?.get(keyOf(relation)) ?? null },
      ...(relation.extension ? { extension: relation.extension } : {}),
    }));
  const [repository, run] = [env["GITHUB_REPOSITORY"], env["GITHUB_RUN_ID"]];
  return {
    ...{ kind: "postgres-backup", schemaVersion: 1, database: address.database },
    snapshotAt: new Date(snapshot.at).toISOString(),
    finishedAt: now,
    server: {
      version: server.version,
      systemIdentifier: server.cluster.systemIdentifier ?? null,
      encoding: server.locale.encoding,
      databaseBytes: facts.bytes,
    },
    client: { program: "pg_dump", version: { major: client.major, full: client.version } },
    ...{ object, tables, empty, largeObjects: facts.largeObjects, extensions: [...facts.extensions] },
    rows: rows === undefined ? null : tables.reduce((sum, table) => sum + (table.rows ?? 0), 0),
    sequences: snapshot.relations.filter(({ kind }) => kind === "S").length,
    attributes: await sealAttributes(
      { ...facts.attributes, locale: server.locale, globals },
      inputs.encryptTo,
    ),
    verification: { ...proof, at: proof.level === "none" ? null : now },
    createdBy: {
      action: "db-backup",
      ref: env["GITHUB_ACTION_REF"] ?? "",
      run: repository && run ? `${repository}/actions/runs/${run}` : null,
    },
  };
}
