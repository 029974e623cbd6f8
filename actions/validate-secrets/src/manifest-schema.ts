import * as z from "zod";
import { KIND_NAMES } from "./kinds.ts";
import { probeSchema } from "./probe-schema.ts";

const environment = z
  .string()
  .regex(/^[\w.-]+$/, "must be a name of letters, digits, dots and dashes")
  .max(100);
// GitHub's rules for names of secrets; they do not tell capitals from small letters, and show capitals.
const secretName = z
  .string()
  .regex(/^[A-Z_][A-Z0-9_]*$/, "must have capitals, digits and underscores only")
  .refine((name) => !name.startsWith("GITHUB_") || name === "GITHUB_TOKEN", "must not begin with GITHUB_");
const date = z
  .string()
  .refine((text) => /^\d{4}-\d\d-\d\d$/.test(text) && isDate(text), "must be a date such as 2027-01-31")
  .describe("A day, such as 2027-01-31");
const pattern = z.string().refine(isPattern, "is no regular expression that JavaScript takes");

function isDate(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

const secret = z
  .strictObject({
    kind: z.enum(KIND_NAMES).optional().describe("What it is; guessed from the name when left out"),
    required: z
      .union([z.literal(true), z.array(environment).min(1)])
      .optional()
      .describe("Everywhere, which is the default, or only in these environments"),
    optional: z.string().min(1).optional().describe("Why it may be absent"),
    "min-length": z.int().min(1).max(65_536).optional().describe("Characters"),
    pattern: pattern.optional().describe("A regular expression that the whole value must match"),
    "min-bits": z.int().min(1).max(4_096).optional().describe("Bits of surprise, as estimated from above"),
    rotated: date.optional().describe("The day on which it was set last"),
    "max-age-days": z
      .int()
      .min(1)
      .max(36_500)
      .optional()
      .describe("It has expired so many days after rotated"),
    expires: date.optional().describe("The last day on which it works"),
    "differs-from": z
      .union([secretName, z.array(secretName).min(1)])
      .optional()
      .describe("Secrets that must have another value"),
    "may-equal": z
      .union([secretName, z.array(secretName).min(1)])
      .optional()
      .describe("Secrets that may have the same value, which is an error otherwise"),
    note: z.string().min(1).optional().describe("For whoever has to set it"),
    link: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("Where to get it"),
  })
  .superRefine((value, context) => {
    const issue = (key: string, message: string): void =>
      context.addIssue({ code: "custom", path: [key], message });
    if (value.required !== undefined && value.optional !== undefined)
      issue("optional", "contradicts required");
    if (value["max-age-days"] !== undefined && value.rotated === undefined)
      issue("max-age-days", "needs rotated, the day on which the secret was set last");
  });

/** The file that the input `config` names. */
export const manifestSchema = z
  .strictObject({
    environments: z.array(environment).min(1).optional(),
    "github-environments": z
      .boolean()
      .default(false)
      .describe("The secrets are those of GitHub environments with these names; for the gh lines in reports"),
    "warn-days": z
      .int()
      .min(0)
      .max(3_650)
      .default(14)
      .describe("What expires within so many days is expiring"),
    ca: z
      .string()
      .min(1)
      .optional()
      .describe("PEM file with the certificates of an authority of your own, for probes over HTTPS and SMTP"),
    secrets: z.record(secretName, secret).refine((all) => Object.keys(all).length > 0, "names no secret"),
    probes: z
      .record(
        z.string().regex(/^[\w.-]{1,100}$/, "must be a short name of letters, digits, dots and dashes"),
        probeSchema,
      )
      .optional(),
  })
  .meta({
    title: "Secrets manifest",
    description: "The secrets that a deployment needs, for the action validate-secrets",
  });

export type ManifestConfig = z.output<typeof manifestSchema>;
export type SecretConfig = z.output<typeof secret>;
