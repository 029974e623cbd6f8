import type { ActionMetadata } from "./action-metadata.ts";
import { flow, inputsTable, outputsTable, table } from "./markdown.ts";

export type CatalogEntry = {
  readonly action: ActionMetadata;
  /** What the action's README says under `## Permissions`. */
  readonly permissions: string;
  /** The names of its published JSON Schemas. */
  readonly schemas: readonly string[];
};

/** The whole of action-catalog.md. */
export function catalog(entries: readonly CatalogEntry[]): string {
  const rows = entries.map(({ action }) => [`[${action.name}](#${action.name})`, flow(action.description)]);
  return `${[
    "# Action catalog",
    "<!-- Written by `npm run docs` from each action's action.yml and README.md. Edit those. -->",
    "Every action, what it is for, its inputs and outputs, and the permissions its job needs.",
    table(["Action", "What it is for"], rows),
    ...entries.map(section),
  ].join("\n\n")}\n`;
}

/** The table of actions in the README of the repository. */
export function actionsTable(entries: readonly CatalogEntry[]): string {
  const rows = entries.map(({ action }) => [
    `[${action.name}](actions/${action.name}/README.md)`,
    flow(action.description),
  ]);
  return table(["Action", "What it is for"], rows);
}

function section({ action, permissions, schemas }: CatalogEntry): string {
  const folder = `actions/${action.name}`;
  const links = ["README.md", "action.yml", ...schemas].map((file) => `[${file}](${folder}/${file})`);
  return [
    `## ${action.name}`,
    action.description.trim(),
    links.join(" · "),
    `**Inputs**\n\n${inputsTable(action)}`,
    `**Outputs**\n\n${outputsTable(action)}`,
    `**Permissions**\n\n${permissions}`,
  ].join("\n\n");
}
