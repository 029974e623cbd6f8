import * as z from "zod";
import { KINDS, NONE, STEPS } from "./kinds.ts";

const command = z
  .string()
  .min(1)
  .describe(`A command for bash, in the folder of the service; \`${NONE}\` turns the step off`);

const version = z
  .string()
  .regex(/^\d+(\.\d+){0,2}$/, "must be a version such as 3.13, in quotes")
  .describe('In quotes: "3.10" without them is 3.1');

const commands = Object.fromEntries(STEPS.map((step) => [step, command.optional()])) as Record<
  (typeof STEPS)[number],
  z.ZodOptional<typeof command>
>;

const settings = {
  ...commands,
  versions: z.array(version).min(1).optional().describe("Each makes a job of its own"),
  coverage: z
    .number()
    .min(0)
    .max(100)
    .optional()
    .describe("The least coverage of lines in percent, in place of the input coverage"),
  rules: z.array(z.string().min(1)).optional().describe("More rules for quality-gate"),
  sizes: z.array(z.string().min(1)).optional().describe("Built files that quality-gate weighs, as globs"),
};

// From the root, without `..` or anything that a shell or a glob would read as something else.
const folder = z
  .string()
  .regex(
    /^(?:\.|(?!-)(?!\.\.?(?:\/|$))[\w.@+-]+(?:\/(?!\.\.?(?:\/|$))[\w.@+-]+)*)$/,
    "must be a folder such as services/api, or .",
  )
  .describe("The folder of the service, from the root of the repository");

const service = z.strictObject({
  path: folder,
  kind: z
    .enum(KINDS)
    .optional()
    .describe("What it is, where its files do not tell, or where the folder holds more than one kind"),
  needs: z
    .array(z.string().min(1))
    .optional()
    .describe("Globs of what else it is made of: a change there runs it, too, such as libs/common/**"),
  ...settings,
});

/** What `.github/services.yml` holds. */
export const configSchema = z
  .strictObject({
    ...(Object.fromEntries(KINDS.map((kind) => [kind, z.strictObject(settings).optional()])) as Record<
      (typeof KINDS)[number],
      z.ZodOptional<z.ZodObject<typeof settings, z.core.$strict>>
    >),
    services: z.array(service).default([]).describe("What a service of its own has that is not as usual"),
    ignore: z.array(z.string().min(1)).default([]).describe("Globs of folders that are no services"),
    harmless: z
      .array(z.string().min(1))
      .optional()
      .describe(
        "Globs of files outside of all services that can break none, in place of *.md, docs/** and LICENSE*",
      ),
  })
  .meta({ title: "Services", description: "What the input config of changed-services points to" });

export type Config = z.output<typeof configSchema>;
export type Settings = z.output<z.ZodObject<typeof settings>>;
