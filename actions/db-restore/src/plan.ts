import type { Attributes } from "../../../shared/backup/attributes.ts";
import type { Manifest } from "../../../shared/backup/manifest.ts";
import { NEWEST_MAJOR, OLDEST_MAJOR } from "../../../shared/postgres/choose-programs.ts";
import { unsupportedLocale } from "../../../shared/postgres/create-database.ts";
import { quoteIdentifier } from "../../../shared/postgres/sql.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Inputs, Mode } from "./inputs.ts";
import { leftOut } from "./left-out.ts";
import { roleProblems, roleRemarks, rolesToMake } from "./plan-roles.ts";
import type { ServerFacts } from "./server-facts.ts";

/** What a run will do. */
export type Plan = {
  readonly mode: Mode;
  /** The name under which the restored data will be found. */
  readonly database: string;
  /** Roles that are made first, without any rights. */
  readonly createRoles: readonly string[];
  readonly noOwner: boolean;
  readonly skipExtensions: readonly string[];
  /** Settings that are left out since the server does not know them. */
  readonly skipSettings: readonly string[];
  /** Undefined for the server's default. */
  readonly tablespace: string | undefined;
  /** pg_restore of this major, or the next one that is there. */
  readonly programMajor: number;
  readonly remarks: readonly string[];
};

export type Facts = {
  readonly server: ServerFacts;
  readonly manifest: Manifest;
  readonly attributes: Attributes;
  /** What there is in the target database, for `into-empty`. */
  readonly content: readonly string[];
};

export type Wishes = Pick<
  Inputs,
  "mode" | "confirm" | "noOwner" | "missingRoles" | "skipExtensions" | "unknownSettings"
>;

/** Decides what will be done, or says everything that is in the way. Pure. */
export function makePlan(
  database: string,
  wishes: Wishes,
  facts: Facts,
): { readonly plan: Plan; readonly problems: readonly UserError[] } {
  const { mode, noOwner } = wishes;
  const { server, manifest, attributes } = facts;
  const unknownSkipped = wishes.skipExtensions.filter(
    (name) => !manifest.extensions.some((extension) => extension.name === name),
  );
  const skipSettings = wishes.unknownSettings === "skip" ? server.unknownSettings : [];
  const left =
    mode === "into-empty" ? leftOut(attributes, { noOwner, presentOwner: server.database?.owner }) : [];
  const plan: Plan = {
    ...{ mode, database, noOwner, skipSettings },
    createRoles: wishes.missingRoles === "create" ? rolesToMake(wishes, facts) : [],
    skipExtensions: wishes.skipExtensions,
    tablespace:
      server.missingTablespace || attributes.tablespace === "pg_default" ? undefined : attributes.tablespace,
    programMajor: Math.max(server.version.major, manifest.client.version.major),
    remarks: [
      ...unknownSkipped.map((name) => `skip-extensions names ${name}, which the backup does not have.`),
      ...(server.missingTablespace && mode !== "into-empty"
        ? [
            `The server has no tablespace ${JSON.stringify(attributes.tablespace)}: the database goes into its default one.`,
          ]
        : []),
      ...(mode === "swap" && server.hiddenSessions > 0 ? [hiddenRemark(database, server)] : []),
      ...(left.length === 0
        ? []
        : [
            `Mode into-empty leaves out what belongs to the database itself. The backup has of it: ${left.join("; ")}.`,
          ]),
      ...roleRemarks(wishes, facts),
      ...skipSettings.map((name) => `The setting ${name} is left out: the server does not know it.`),
    ],
  };
  const problems = [
    ...versionProblems(facts),
    ...(mode === "new" ? newProblems(database, facts) : existingProblems(database, wishes, facts)),
    ...(mode === "into-empty" ? [] : [...settingProblems(wishes, facts), ...localeProblems(facts)]),
    ...roleProblems(wishes, facts),
    ...extensionProblems(wishes, facts),
  ];
  return { plan, problems };
}

function versionProblems({ server, manifest }: Facts): UserError[] {
  const { major, full } = server.version;
  if (major < OLDEST_MAJOR || major > NEWEST_MAJOR) {
    return [
      new UserError(`The target server is PostgreSQL ${full}, which this action does not know.`, {
        hint: `It knows ${OLDEST_MAJOR} to ${NEWEST_MAJOR}. Use a newer version of the action.`,
      }),
    ];
  }
  // pg_restore 17 and newer begin with SET transaction_timeout = 0, which older servers refuse (pg_backup_archiver.c).
  const client = manifest.client.version;
  if (client.major < 17 || major >= 17) return [];
  return [
    new UserError(
      `The backup was made with pg_dump ${client.full}; what reads it sets transaction_timeout, which the target server, PostgreSQL ${full}, does not know.`,
      {
        hint: `Restore into PostgreSQL ${client.major}. For PostgreSQL ${major}, a backup has to be made with pg_dump ${major}.`,
      },
    ),
  ];
}

function newProblems(database: string, { server }: Facts): UserError[] {
  const problems: UserError[] = [];
  if (server.database !== undefined) {
    problems.push(
      new UserError(
        `There is a database ${JSON.stringify(database)} already, and mode new needs a name that is free.`,
        {
          hint: "Name another database in the address, or set mode: swap to put the restored one in its place and keep this one.",
          where: { input: "mode" },
        },
      ),
    );
  }
  if (!server.mayCreateDatabases) problems.push(mayNotCreate(server));
  return problems;
}

function existingProblems(
  database: string,
  { mode, confirm }: Wishes,
  { server, content }: Facts,
): UserError[] {
  const problems: UserError[] = [];
  const state = server.database;
  const name = JSON.stringify(database);
  if (state === undefined) {
    problems.push(
      new UserError(`There is no database ${name}, and mode ${mode} needs one.`, {
        hint: "Check the name in the address, or set mode: new.",
        where: { input: "mode" },
      }),
    );
  }
  if (mode === "into-empty") {
    if (content.length > 0) {
      const more = content.length >= 10 ? " and more" : "";
      problems.push(
        new UserError(`The database ${name} is not empty: it has ${content.join(", ")}${more}.`, {
          hint: "Set mode: swap to put the restored database in its place and keep this one, or mode: new with another name.",
          where: { input: "mode" },
        }),
      );
    }
    return problems;
  }
  if (confirm !== database) {
    const what = confirm === undefined ? "is not set" : "names another database";
    problems.push(
      new UserError(`Mode swap puts another database in the place of ${name}, and confirm ${what}.`, {
        hint: `Set confirm: ${name} if that is what you want. The present one is kept beside it.`,
        where: { input: "confirm" },
      }),
    );
  }
  if (!server.mayCreateDatabases) problems.push(mayNotCreate(server));
  if (state !== undefined && !server.ownsDatabase) {
    problems.push(
      new UserError(`The user ${server.user} may not rename ${name}, which belongs to ${state.owner}.`, {
        hint: "Restore as its owner (with CREATEDB) or as a superuser.",
      }),
    );
  }
  if (server.unendableSessions.length > 0) {
    problems.push(
      new UserError(
        `There are sessions in ${name} that the user ${server.user} may not end: ${server.unendableSessions.slice(0, 5).join(", ")}.`,
        {
          hint: "Stop what holds them (only a superuser can end a superuser's), or run GRANT pg_signal_backend, pg_read_all_stats TO … as a superuser.",
        },
      ),
    );
  }
  if (server.preparedTransactions > 0) {
    problems.push(
      new UserError(
        `The database ${name} has ${server.preparedTransactions} prepared transactions, and cannot be renamed.`,
        {
          hint: "Commit or roll them back first: they are in pg_prepared_xacts.",
        },
      ),
    );
  }
  return problems;
}

function hiddenRemark(database: string, { user, hiddenSessions }: ServerFacts): string {
  return `The user ${user} cannot see whether ${hiddenSessions === 1 ? "a session" : `${hiddenSessions} sessions`} in ${JSON.stringify(database)} ${hiddenSessions === 1 ? "is" : "are"} at work, and waits for such as long as drain-timeout allows. A superuser can change that: GRANT pg_read_all_stats TO ${quoteIdentifier(user)};`;
}

function mayNotCreate({ user }: ServerFacts): UserError {
  return new UserError(`The user ${user} may make no databases on the target server.`, {
    hint: `Run ALTER ROLE … CREATEDB as a superuser; or make an empty database yourself, and set mode: into-empty.`,
  });
}

function extensionProblems({ skipExtensions }: Wishes, { server }: Facts): UserError[] {
  const missing = server.missingExtensions.filter((name) => !skipExtensions.includes(name));
  if (missing.length === 0) return [];
  return [
    new UserError(`The target server lacks extensions of the backup: ${missing.join(", ")}.`, {
      hint: `Install them on the server's machine, or set skip-extensions: ${missing.join(",")} if nothing in the data needs them.`,
      where: { input: "skip-extensions" },
    }),
  ];
}

function localeProblems({ server, attributes }: Facts): UserError[] {
  const { locale, icuRules, ...rest } = attributes.locale;
  const problem = unsupportedLocale({ ...rest, locale, icuRules }, server.version);
  return problem === undefined ? [] : [problem];
}

function settingProblems({ mode, unknownSettings }: Wishes, { server }: Facts): UserError[] {
  // In place of another database, that one's settings hold, and this server has them.
  if (mode === "swap" || unknownSettings === "skip" || server.unknownSettings.length === 0) return [];
  return [
    new UserError(
      `The target server (PostgreSQL ${server.version.full}) does not know settings of the backup's database: ${server.unknownSettings.join(", ")}.`,
      { hint: "Set unknown-settings: skip to leave them out.", where: { input: "unknown-settings" } },
    ),
  ];
}
