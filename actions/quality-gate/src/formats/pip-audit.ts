import * as z from "zod";
import type { Finding } from "../measures/finding.ts";
import { type Parsed, ReportFault } from "../measures/report.ts";
import { asWritten } from "./json.ts";

const vulnerability = z.looseObject({
  id: z.string(),
  aliases: z.array(z.string()).optional(),
  description: z.string().nullish(),
});
const audited = z.looseObject({ name: z.string(), version: z.string(), vulns: z.array(vulnerability) });
const skipped = z.looseObject({ name: z.string(), skip_reason: z.string() });
const document = z.looseObject({ dependencies: z.array(z.union([audited, skipped])) });

/** `pip-audit -f json`. It gives no severities. What it skipped is said, and counts as not looked at. */
export function readPipAudit(value: unknown): Parsed {
  const { dependencies } = asWritten(document, value, "pip-audit");
  const looked = dependencies.filter((each): each is z.output<typeof audited> => "vulns" in each);
  if (looked.length === 0) {
    throw new ReportFault(
      "has no package that was looked up",
      "Is the requirements file right, and is the environment the one of the project?",
    );
  }
  const findings = looked.flatMap(({ name, version, vulns }) =>
    vulns.map(
      ({ id, aliases = [], description }): Finding => ({
        ...{ id, aliases, severity: undefined, category: "vulnerability", tool: "pip-audit" },
        title: description ?? "",
        package: name,
        version,
      }),
    ),
  );
  const left = dependencies.filter((each): each is z.output<typeof skipped> => !("vulns" in each));
  const notes =
    left.length === 0 ? [] : [`pip-audit did not look up ${left.map(({ name }) => name).join(", ")}`];
  return { format: "pip-audit", notes, content: { kind: "security", findings } };
}
