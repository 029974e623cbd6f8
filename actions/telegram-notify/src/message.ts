import { formatDuration } from "../../../shared/runtime/values.ts";
import type { DeployEvent, FailedJob } from "./event.ts";
import { type RichText, TextBuilder } from "./rich-text.ts";
import { iconOf, verdictOf } from "./status.ts";

// More jobs than these are counted; the link to the run shows them all.
const mostFailedJobs = 5;
const longestError = 300;

/**
 * The message about an event, without any template: what, how it went, what failed, and where to look. `note` is the
 * user's own message, already formatted. Pure.
 */
export function messageOf(event: DeployEvent, note: RichText): RichText {
  const paragraphs = [heading(event), failures(event), note, fields(event), links(event)];
  const message = new TextBuilder();
  for (const paragraph of paragraphs.filter(({ text }) => text !== "")) {
    if (!message.empty) message.add("\n\n");
    message.append(paragraph);
  }
  return message.build();
}

/** What happened, in one line: the title, or the workflow and where it deploys to. */
export function headline(event: DeployEvent): string {
  const { title, workflow, environment, status, transition } = event;
  if (title !== "") return title;
  const what = [workflow, environment].filter((part) => part !== "").join(" → ") || "Workflow";
  return `${what} ${verdictOf(status, transition)}`.trim();
}

function heading(event: DeployEvent): RichText {
  const { status, repository, branch, version, actor, commit, durationMs } = event;
  const heading = new TextBuilder();
  heading.add(`${iconOf(status)} `).within({ type: "bold" }, () => heading.add(headline(event)));
  const place = [repository, branch].filter((part) => part !== "");
  if (place.length > 0) heading.add(`\n${place.join(" · ")}`);
  if (version !== "" && version !== commit.sha) {
    heading.add("\nVersion ").within({ type: "code" }, () => heading.add(version));
  }
  if (commit.sha !== "") {
    heading.add("\n").within({ type: "code" }, () => heading.add(commit.sha.slice(0, 7)));
    if (commit.title !== "") heading.add(` ${commit.title}`);
    if (commit.author !== "") heading.add(` (${commit.author})`);
  }
  const took = durationMs === undefined ? [] : [`took ${formatDuration(durationMs)}`];
  const last = [...took, ...(actor === "" ? [] : [`by ${actor}`])].join(", ");
  if (last !== "") heading.add(`\n${last.charAt(0).toUpperCase()}${last.slice(1)}`);
  return heading.build();
}

function failures({ failed }: DeployEvent): RichText {
  const text = new TextBuilder();
  for (const job of failed.slice(0, mostFailedJobs)) {
    if (!text.empty) text.add("\n");
    addFailure(text, job);
  }
  const more = failed.length - mostFailedJobs;
  if (more > 0) text.add(`\nand ${more} more failed ${more === 1 ? "job" : "jobs"}`);
  return text.build();
}

function addFailure(text: TextBuilder, { job, step, error, url }: FailedJob): void {
  text.add("Failed: ");
  const name = (): unknown => text.add(job);
  if (url === "") name();
  else text.link(url, name);
  if (step !== "") text.add(` › ${step}`);
  if (error !== "") text.add("\n").within({ type: "pre" }, () => text.add(cut(error)));
}

function fields({ fields: lines }: DeployEvent): RichText {
  const text = new TextBuilder();
  for (const { name, value } of lines) {
    if (!text.empty) text.add("\n");
    text.within({ type: "bold" }, () => text.add(`${name}:`)).add(` ${value}`);
  }
  return text.build();
}

function links({ run, commit, compareUrl, environmentUrl }: DeployEvent): RichText {
  const text = new TextBuilder();
  const targets = [
    ["Run", run.url],
    ["Commit", commit.url],
    ["Changes", compareUrl],
    ["Open", environmentUrl],
  ] as const;
  for (const [name, url] of targets.filter(([, target]) => target !== "")) {
    if (!text.empty) text.add(" · ");
    text.link(url, () => text.add(name));
  }
  return text.build();
}

function cut(line: string): string {
  const characters = [...line];
  return characters.length <= longestError ? line : `${characters.slice(0, longestError - 1).join("")}…`;
}
