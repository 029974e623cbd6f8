import * as z from "zod";

const grant = z.strictObject({
  grantee: z.string().nullable().describe("null is PUBLIC"),
  grantor: z.string(),
  privilege: z.enum(["CONNECT", "CREATE", "TEMPORARY"]),
  grantable: z.boolean(),
});

const setting = z.strictObject({
  role: z.string().nullable().describe("For whom it holds in this database; null is everybody"),
  name: z.string(),
  value: z.string().describe("As the catalog has it: a list is quoted already"),
});

const locale = z.strictObject({
  encoding: z.string().describe("UTF8, …"),
  provider: z.enum(["c", "i", "b"]).describe("c is libc, i ICU, b builtin"),
  collate: z.string(),
  ctype: z.string(),
  locale: z.string().optional().describe("Of the provider, when it is not libc"),
  icuRules: z.string().optional(),
});

/** What belongs to a database and its server, and is in no dump of the database. */
export const attributesSchema = z.strictObject({
  owner: z.string(),
  comment: z.string().nullable(),
  locale,
  tablespace: z.string(),
  connectionLimit: z.int(),
  grants: z.array(grant).nullable().describe("null when nobody has ever changed them"),
  settings: z.array(setting),
  /** Roles that own something in the database, or have rights there. */
  roles: z.array(z.string()),
  /** Those of them whom restoring makes owners of something in the database; older backups do not tell. */
  owners: z.array(z.string()).optional(),
  /** Roles that policies and user mappings name, who are needed without owners and grants, too; older backups do not tell. */
  named: z.array(z.string()).optional(),
  /** SQL of `pg_dumpall --roles-only`, when globals were asked for. */
  globals: z.string().nullable(),
});

export type Attributes = z.infer<typeof attributesSchema>;
export type DatabaseGrant = z.infer<typeof grant>;
export type DatabaseSetting = z.infer<typeof setting>;
