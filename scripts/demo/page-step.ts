import { marked } from "marked";
import { stringify } from "yaml";
import type { Annotation } from "../runner/run-action.ts";
import { seconds } from "../runner/terminal-log.ts";
import type { Chapter, Step } from "./chapter.ts";
import { type Html, html, nothing, rawHtml } from "./html.ts";
import { outcomeWord } from "./narrator.ts";
import { logPart } from "./page-log.ts";
import type { PlayedStep } from "./play.ts";

/** The name of a step's place on the page. */
export function stepId({ name }: Chapter, index: number): string {
  return `${name}-${index + 1}`;
}

/** The verdict on a step, and whether it is the right one. */
export function badge({ result, problems }: PlayedStep): Html {
  const right = problems.length === 0;
  const judgement = right
    ? html`<span class="right">as it should</span>`
    : html`<span class="wrong">which is wrong</span>`;
  return html`<span class="badge"><span class="${result.conclusion}">${outcomeWord(result.conclusion)}</span>${judgement}</span>`;
}

/** Everything a person sees of a step: what was asked for, what it said, and what it left. */
export function stepPart(played: PlayedStep, id: string): Html {
  const { step, result, lines, problems } = played;
  return html`<article id="${id}">
<h3>${step.title} ${badge(played)}</h3>
<p>${step.why}</p>
${pageLink(step)}
${problems.map((problem) => html`<p class="problem">${problem}</p>\n`)}
<details class="box"><summary>The step</summary><pre>${stepYaml(step)}</pre></details>
${annotationsPart(result.annotations)}
${summaryPart(step.action, result.summary)}
<details class="box"><summary>Log <span class="muted">${seconds(result.durationMs)}</span></summary>${logPart(lines)}</details>
${outputsPart(result.outputs, result.temp)}
</article>
`;
}

function summaryPart(action: string, summary: string): Html {
  if (summary.trim() === "") return nothing;
  return html`<div class="box summary"><div class="title">${action} summary</div>
<div class="markdown">${rawHtml(marked.parse(summary, { async: false, gfm: true }))}</div></div>`;
}

function pageLink({ page }: Step): Html {
  if (page === undefined) return nothing;
  return html`<p><a href="${page.file}">${page.title}</a></p>`;
}

/** The step as it stands in a workflow. */
function stepYaml(step: Step): string {
  const nameOf = new Map(
    Object.entries(step.secrets).map(([name, value]) => [value, `\${{ secrets.${name} }}`]),
  );
  const inputs = Object.entries(step.with).map(([name, value]) => [name, nameOf.get(value) ?? value]);
  const secrets = Object.entries(step.secrets)
    .filter(([, value]) => !Object.values(step.with).includes(value))
    .map(([name, value]) => [name, nameOf.get(value)]);
  return stringify([
    {
      uses: `org/actions/${step.action}@v1`,
      with: Object.fromEntries(inputs),
      env: { ...step.env, ...Object.fromEntries(secrets) },
    },
  ]).trimEnd();
}

function annotationsPart(annotations: readonly Annotation[]): Html {
  if (annotations.length === 0) return nothing;
  const noun = annotations.length === 1 ? "annotation" : "annotations";
  return html`<div class="box"><div class="title">${annotations.length} ${noun}</div>
${annotations.map(annotationPart)}</div>`;
}

const words = { error: "failure", warning: "warning", notice: "notice" } as const;

function annotationPart({ level, title, message, file, line }: Annotation): Html {
  const place = file === undefined ? "" : `${line === undefined ? "" : ` on line ${line}`} in ${file}`;
  return html`<div class="annotation ${level}">
<div class="muted">Check ${words[level]}${place}</div>
<div><strong>${title ?? ""}</strong></div>
<div class="message">${message}</div>
</div>
`;
}

function outputsPart(outputs: Readonly<Record<string, string>>, temp: string): Html {
  const rows = Object.entries(outputs).map(([name, value]) => {
    const shown = value.replaceAll(temp, "$RUNNER_TEMP");
    const cell = shown === "" ? html`<span class="muted">empty</span>` : html`<code>${shown}</code>`;
    return html`<tr><th scope="row">${name}</th><td>${cell}</td></tr>\n`;
  });
  if (rows.length === 0) return nothing;
  return html`<details class="box"><summary>Outputs <span class="muted">${rows.length}</span></summary>
<table class="outputs"><tbody>
${rows}</tbody></table></details>`;
}
