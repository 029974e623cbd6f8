import * as z from "zod";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";
import { STATUSES, TRANSITIONS } from "./status.ts";

const text = z.string();
const entity = z.strictObject({
  type: text,
  offset: z.int().nonnegative(),
  length: z.int().positive(),
  url: text.optional(),
  language: text.optional(),
  user: z.strictObject({ id: z.int() }).optional(),
});
const trouble = z.strictObject({ what: text, why: text, hint: text });

const event = z.strictObject({
  status: z.enum(STATUSES),
  transition: z.enum(TRANSITIONS).optional(),
  title: text,
  message: text,
  fields: z.array(z.strictObject({ name: text, value: text })),
  repository: text,
  workflow: text,
  environment: text,
  environmentUrl: text,
  version: text,
  branch: text,
  actor: text,
  commit: z.strictObject({ sha: text, title: text, author: text, url: text }),
  run: z.strictObject({ number: text, attempt: text, url: text }),
  compareUrl: text,
  durationMs: z.number().nonnegative().optional(),
  failed: z.array(z.strictObject({ job: text, step: text, error: text, url: text })),
});

const details = {
  event: event.describe("What happened; a text that is not known is empty"),
  messages: z
    .array(z.strictObject({ text, entities: z.array(entity) }))
    .describe("The messages, as they were sent or would have been"),
  rest: text.optional().describe("What did not fit into them and was attached as a file"),
  chats: z.array(
    z.strictObject({
      chat: text,
      messages: z.array(z.int()).describe("Those that hold the text; files stand by themselves"),
      troubles: z.array(trouble).describe("Empty when everything arrived"),
      remarks: z.array(text),
    }),
  ),
  missing: z.array(z.strictObject({ file: text, why: text })).describe("Files that could not be sent"),
  remarks: z.array(text),
};

/** The JSON Schemas that are published with the action. */
export const schemas = {
  "report.schema.json": reportSchema(["sent", "partial", "failed", "quiet", "planned"], details),
};
