import type { Annotation } from "../../../shared/runtime/annotations.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { code, heading, plain, table } from "../../../shared/runtime/summary.ts";
import type { InUse } from "./in-use.ts";

/** Everything that comes out of it. Pure. */
export function outcomeOf(environments: readonly InUse[]): Outcome {
  const needed = environments.flatMap((each) => each.needed);
  const digests = [...new Set(needed.flatMap(({ digest }) => digest ?? []))];
  return {
    result: "known",
    failures: [],
    annotations: environments.filter(({ uncertain }) => uncertain).map(warningOf),
    outputs: {
      versions: [...new Set(needed.map(({ version }) => version))].join(","),
      digests: digests.join("\n"),
      live: JSON.stringify(
        Object.fromEntries(environments.map(({ environment, live }) => [environment, live.version])),
      ),
    },
    summary: summaryOf(environments),
    details: {
      environments: environments.map(({ environment, live, needed: all, uncertain }) => ({
        environment,
        live: live.version,
        sha: live.sha,
        needed: all.map(({ version, digest }) => ({ version, ...(digest === undefined ? {} : { digest }) })),
        uncertain,
      })),
    },
  };
}

function warningOf({ environment }: InUse): Annotation {
  const message = `Nobody has recorded how the last deploy to ${environment} ended. What it brought counts as in use.`;
  return { level: "warning", title: "deploy-status", message };
}

function summaryOf(environments: readonly InUse[]): string[] {
  const rows = environments.map(({ environment, live, needed }) => [
    plain(environment),
    code(live.version),
    needed
      .filter((entry) => entry !== live)
      .map(({ version }) => code(version))
      .join(", "),
  ]);
  return [
    heading(3, "📍 What runs where"),
    table({ columns: ["Environment", "Live", "Also needed"].map((title) => ({ title })), rows }),
  ];
}
