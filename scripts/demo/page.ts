import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { seconds } from "../runner/terminal-log.ts";
import { type Html, html, rawHtml } from "./html.ts";
import { badge, stepId, stepPart } from "./page-step.ts";
import type { PlayedChapter } from "./play.ts";

type Run = { readonly durationMs: number; readonly date: Date };

const TITLE = "Deploy actions: the demo";

/** The page that shows every step of the demo as its page on GitHub would. It needs nothing but itself. */
export function demoPage(played: readonly PlayedChapter[], run: Run): string {
  const css = readFileSync(path.join(import.meta.dirname, "page.css"), "utf8");
  const hash = createHash("sha256").update(css).digest("base64");
  // What the summaries hold comes from the actions' own escaping; should that fail, it still cannot run or load anything.
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${TITLE}</title>
<style>${rawHtml(css)}</style>
</head>
<body>
<header>
<h1>${TITLE}</h1>
<p>${overview(played, run)}</p>
</header>
<main>
${played.map(chapterPart)}
</main>
</body>
</html>
`.html;
}

function overview(played: readonly PlayedChapter[], { durationMs, date }: Run): Html {
  const steps = played.flatMap((chapter) => chapter.steps);
  const right = steps.filter(({ problems }) => problems.length === 0).length;
  const when = `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return html`${right} of ${steps.length} verdicts are what they must be. Played in ${seconds(durationMs)}, <time>${when}</time>.`;
}

function chapterPart({ chapter, steps }: PlayedChapter): Html {
  return html`<section>
<h2><span class="name">${chapter.name}</span> ${chapter.title}</h2>
<p class="about">${chapter.about}</p>
<ol class="contents">
${steps.map(
  (played, index) =>
    html`<li><a href="#${stepId(chapter, index)}">${played.step.title}</a> ${badge(played)}</li>\n`,
)}</ol>
${steps.map((played, index) => stepPart(played, stepId(chapter, index)))}
</section>
`;
}
