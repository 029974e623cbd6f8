import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { code, details, heading, paragraph, plain, table } from "../../../shared/runtime/summary.ts";
import { UserError, type Where } from "../../../shared/runtime/user-error.ts";
import { NONE, STEPS } from "./kinds.ts";
import type { Plan, Refusal, Service } from "./plan.ts";

/** A refusal as an error; `whereOf` is the place of an entry of `services` in the file. */
export function errorOf(refusal: Refusal, file: string, whereOf: (entry: number) => Where): UserError {
  switch (refusal.kind) {
    case "misfit":
      return new UserError(`${file}: ${refusal.misfit.why}.`, {
        hint: refusal.misfit.hint,
        where: whereOf(refusal.misfit.entry),
      });
    case "lack": {
      const { path, kind, entry } = refusal.service;
      const { step, why } = refusal.lack;
      return new UserError(`${path} (${kind}) has no command to ${step}: ${why}.`, {
        hint: `Add it, or write into ${file} what runs: \`services: [{ path: ${path}, kind: ${kind}, ${step}: … }]\`; \`${NONE}\` says that nothing does.`,
        ...(entry === undefined ? {} : { where: whereOf(entry) }),
      });
    }
    case "versionless":
      return new UserError(
        `${refusal.service.path} (${refusal.service.kind}): nothing says with which version it is built.`,
        {
          hint: `Write into ${file}: \`${refusal.service.kind}: { versions: ["…"] }\`, with the whole version.`,
        },
      );
    case "nothing":
      return new UserError("no service was found: there is nothing to run.", {
        hint: `A service is a folder with a pyproject.toml, requirements.txt, package.json, go.mod or a pubspec.yaml for Flutter. Name others in ${file}, with \`path\` and \`kind\`.`,
      });
    case "unnameable":
      return new UserError(
        `the folder ${JSON.stringify(refusal.path)} has a name that commands would stumble over.`,
        {
          hint: `Letters, digits, dots, dashes, underscores, @ and + are fine. Rename it, or add it to \`ignore\` in ${file}.`,
        },
      );
    case "too-many":
      return new UserError(
        `${refusal.jobs} jobs with their commands are more than a workflow takes: at most 256, in 80 kB.`,
        {
          hint: "Ask for fewer versions, or ignore services that need no jobs of their own.",
        },
      );
  }
}

/** Everything the user sees of a plan. Pure. */
export function outcomeOf(plan: Plan): Outcome {
  const { services, jobs, android, ios, range } = plan;
  const running = services.filter(({ reason }) => reason !== undefined);
  const result = running.length === 0 ? "none" : running.length === services.length ? "all" : "some";
  const matrices = { services: jobs, android, ios };
  const idle = Object.entries(matrices).flatMap(([name, list]) => (list.length === 0 ? [name] : []));
  const since = range.kind === "since" ? { base: range.base } : {};
  return {
    result,
    failures: [],
    outputs: {
      ...Object.fromEntries(Object.entries(matrices).map(([name, list]) => [name, JSON.stringify(list)])),
      idle: idle.join("\n"),
    },
    summary: [
      heading(3, title(result, running.length, services.length)),
      paragraph(plain(`${range.reason}.`)),
      servicesTable(services),
      commandsPart(services),
    ],
    details: {
      range: { kind: range.kind, reason: range.reason, ...since },
      services: services.map(({ path, kind, reason, jobs: own }) => ({
        path,
        kind,
        jobs: own.length,
        ...(reason === undefined ? {} : { reason }),
      })),
    },
  };
}

function title(result: string, running: number, all: number): string {
  if (result === "none") return `⏭️ Nothing to run: no change touches any of ${all} services`;
  return result === "all" ? `🧩 All ${all} services run` : `🧩 ${running} of ${all} services run`;
}

function servicesTable(services: readonly Service[]): string {
  return table({
    columns: [{ title: "Service" }, { title: "Kind" }, { title: "Runs" }, { title: "Why" }],
    rows: services.map(({ path, kind, reason, jobs }) => [
      code(path),
      plain(kind),
      plain(reason === undefined ? "no" : jobs.length === 1 ? "yes" : `${jobs.length} jobs`),
      plain(reason ?? "nothing that it is made of has changed"),
    ]),
  });
}

/** What does not run at all is named as well as what does. */
function commandsPart(services: readonly Service[]): string {
  const rows = services.flatMap(({ path, kind, jobs: [job] }) =>
    job === undefined
      ? []
      : [[code(path), plain(kind), ...STEPS.map((step) => (job[step] === NONE ? "–" : code(job[step])))]],
  );
  const columns = ["Service", "Kind", ...STEPS].map((name) => ({ title: name }));
  return details("What runs for each", table({ columns, rows }));
}
