/** SQL out of a file, and how its tool sends it. */
export type SqlPart = {
  readonly file: string;
  readonly sql: string;
  /** Line of the file on which `sql` begins, counted from 1. */
  readonly line: number;
  /**
   * `transaction`: between BEGIN and COMMIT; `query`: as one query, which the server takes for one transaction unless the
   * SQL says otherwise; `statements`: one by one.
   */
  readonly sentAs: "transaction" | "query" | "statements";
};

/** A migration of a folder, in the order in which they are applied; what is executed is the part that migrates up. */
export type Migration = SqlPart & {
  /** As the tool writes it down in the database. */
  readonly version: string;
  /** The part that takes it back, where there is one. */
  readonly down?: SqlPart;
  /** It is run again whenever it changes, and so must bear that. */
  readonly repeatable?: true;
};

/** What is known of a migration tool. */
export type Preset = {
  readonly name: string;
  /** The table in which it writes down what was applied, as it is named by default, in whatever schema. */
  readonly table: string;
  /** Reads the applied versions from that table, in the order in which they were applied: one column. */
  readonly applied: (table: string) => string;
  /** Other tables of its own. */
  readonly ownTables: readonly string[];
  /** Where migrations are by default. */
  readonly migrations: string | undefined;
  /** Condition on pg_locks that is true for the advisory lock that it holds while it migrates. */
  readonly lock?: string;
  /** How the database is brought to the versions: by commands of the tool, or by the files of a folder. */
  readonly replay:
    | {
        readonly by: "command";
        /** The shell script that migrates up to the applied versions; to the newest when they are undefined. */
        readonly script: (applied: readonly string[] | undefined) => string;
        /** Prints what is pending in the migrated database, one line each; `TARGET_VERSION` and the rest are set. */
        readonly pending: string;
        readonly pendingLines: (output: string) => readonly string[];
      }
    | {
        readonly by: "files";
        /** Reads the folder. Throws a UserError. */
        readonly read: (folder: string) => Promise<readonly Migration[]>;
      };
};
