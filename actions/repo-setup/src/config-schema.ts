import * as z from "zod";

const branchSchema = z.strictObject({
  checks: z
    .array(z.string().min(1))
    .optional()
    .describe("Names of the checks that must be green, as GitHub shows them: `ci / ci-ok`"),
  "up-to-date": z.boolean().optional().describe("A pull request must hold the newest commit of the branch"),
  reviews: z
    .int()
    .min(0)
    .max(6)
    .optional()
    .describe("How many must approve; without the key no pull request is asked for"),
  "dismiss-stale": z.boolean().optional().describe("A new commit takes approvals back"),
  "code-owners": z.boolean().optional().describe("Code owners must approve what is theirs"),
  admins: z.boolean().optional().describe("All this holds for administrators, too"),
  "linear-history": z.boolean().optional(),
  "conversation-resolution": z.boolean().optional().describe("Every conversation must be resolved"),
  "force-pushes": z.boolean().optional().describe("Whether they are allowed"),
  deletions: z.boolean().optional().describe("Whether the branch may be deleted"),
});

const environmentSchema = z.strictObject({
  reviewers: z
    .array(z.string().regex(/^@[\w-]+(?:\/[\w.-]+)?$/, "must be @login or @organisation/team"))
    .max(6)
    .optional()
    .describe("Who may approve a deploy, `@login` or `@organisation/team`"),
  "self-review": z.boolean().optional().describe("Whether who started a deploy may approve it"),
  wait: z.int().min(0).max(43_200).optional().describe("Minutes to wait before a deploy"),
  branches: z
    .union([z.enum(["any", "protected"]), z.array(z.string().min(1)).min(1)])
    .optional()
    .describe("Which branches may deploy: any, protected ones, or those of these names"),
});

/** What `.github/repository.json` holds. What a file does not name is left as it is. */
export const configSchema = z
  .strictObject({
    $schema: z.string().optional(),
    branches: z
      .record(z.string().regex(/^[^*?[\\\s]+$/, "must be the name of one branch"), branchSchema)
      .default({}),
    environments: z.record(z.string().min(1), environmentSchema).default({}),
  })
  .meta({ title: "Repository set-up", description: "What the input config of repo-setup points to" });

export type Config = z.output<typeof configSchema>;
export type BranchSettings = z.output<typeof branchSchema>;
export type EnvironmentSettings = z.output<typeof environmentSchema>;
