import type { LogLine } from "../runner/run-action.ts";
import { type Html, html } from "./html.ts";

type Group = { readonly title: string | undefined; readonly lines: LogLine[] };

/** The log of a step with its groups as folds, all of them open. */
export function logPart(lines: readonly LogLine[]): Html {
  return html`<div class="log">${groupsOf(lines).map(groupPart)}</div>`;
}

function groupsOf(lines: readonly LogLine[]): Group[] {
  const groups: Group[] = [{ title: undefined, lines: [] }];
  for (const line of lines) {
    if (line.kind === "group") groups.push({ title: line.text, lines: [] });
    else if (line.kind === "endgroup") groups.push({ title: undefined, lines: [] });
    else groups.at(-1)?.lines.push(line);
  }
  return groups.filter(({ title, lines }) => title !== undefined || lines.length > 0);
}

function groupPart({ title, lines }: Group): Html {
  const text = html`<pre>${lines.map(({ kind, text }) => html`<span class="${kind}">${text}</span>\n`)}</pre>`;
  return title === undefined ? text : html`<details open><summary>${title}</summary>${text}</details>`;
}
