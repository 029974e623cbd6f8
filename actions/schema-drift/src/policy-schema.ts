import * as z from "zod";
import { SEVERITIES } from "./severity.ts";

export const FAIL_ON = ["critical", "major", "minor", "none"] as const;
export const UNEXPECTED = ["fail", "warn", "ignore"] as const;
export const PARTITIONS = ["ignore", "count", "compare"] as const;

const glob = z.string().min(1);

const selector = {
  code: glob.optional().describe("Of the finding, such as SD-INDEX-UNEXPECTED; a glob"),
  kind: z.string().min(1).optional().describe("Of the object: table, column, index, function …"),
  name: glob.optional().describe("Of the object, such as public.audit_*; a glob"),
};

const SELECTS_NOTHING = "says not what it is about; give code, kind or name";

const ignore = z
  .strictObject({
    ...selector,
    reason: z.string().min(1).describe("Why this is no drift, for whoever reads the file next"),
    until: z.iso.date("must be a date such as 2027-03-31").describe("The last day on which it holds (UTC)"),
  })
  .refine(({ code, kind, name }) => (code ?? kind ?? name) !== undefined, SELECTS_NOTHING);

const override = z
  .strictObject({ ...selector, severity: z.enum(SEVERITIES) })
  .refine(({ code, kind, name }) => (code ?? kind ?? name) !== undefined, SELECTS_NOTHING);

/** The file that the input `config` names. */
export const policySchema = z
  .strictObject({
    schemas: z.array(glob).min(1).optional().describe("The schemas to compare; globs"),
    "fail-on": z.enum(FAIL_ON).optional().describe("The lowest severity that fails the step"),
    unexpected: z.enum(UNEXPECTED).optional().describe("What an object means that should not be there"),
    partitions: z.enum(PARTITIONS).optional().describe("What is looked at in partitions of a managed table"),
    ignore: z.array(ignore).default([]).describe("Findings that are known, and until when"),
    severity: z.array(override).default([]).describe("Other severities; the last that fits holds"),
  })
  .meta({ title: "Schema drift", description: "Policy of the action schema-drift" });

export type PolicyFile = z.output<typeof policySchema>;
