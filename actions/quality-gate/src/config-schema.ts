import * as z from "zod";

const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, "must be a day such as 2026-12-31")
  .refine((text) => {
    const time = Date.parse(text);
    return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
  }, "must be a day that exists");

const words = z.string().trim().min(1).max(500);

const allowed = z.strictObject({
  id: words.describe("What the report calls it: CVE-…, GHSA-…, a rule, or the fingerprint of a leak"),
  reason: words.describe("Why it is no danger for now"),
  owner: words.describe("Who decided that, and will look again"),
  expires: day.describe("The last day (UTC) on which it is let pass"),
  package: words.optional().describe("Only in this package"),
  file: words.optional().describe("Only in this file; needed for rules of code and for secrets"),
});

/** `gitleaks: report.json` is a mapping to YAML and an entry with a name to people. */
const entry = z.union([
  words,
  z
    .record(z.string(), words)
    .refine((value) => Object.keys(value).length === 1, "must be one `name: glob`")
    .transform((value) => Object.entries(value).map(([name, glob]) => `${name}: ${glob}`)[0] ?? ""),
]);

/** The file that the input `config` names. Everything in it adds to the inputs. */
export const configSchema = z
  .strictObject({
    reports: z.array(entry).optional().describe("Globs of reports; `format: glob` asserts a format"),
    sizes: z.array(entry).optional().describe("Globs of built files; `name: glob` measures bundle.<name>"),
    rules: z.array(words).optional().describe("Rules such as coverage.lines >= 80"),
    allow: z.array(allowed).optional().describe("Findings that are let pass until a day"),
  })
  .meta({ title: "Quality gate", description: "What the input config of quality-gate points to" });

export type Config = z.output<typeof configSchema>;
