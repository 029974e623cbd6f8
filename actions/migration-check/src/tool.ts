import type { PostgresClient } from "../../../shared/postgres/connect.ts";
import type { ScratchDatabase } from "../../../shared/postgres/scratch/scratch.ts";
import type { History, Revision } from "./revision.ts";
import type { Ended } from "./trial.ts";

/** A scratch database that migrations are tried on. */
export type Place = {
  readonly database: ScratchDatabase;
  /** Does work on a connection of its own, which is closed again: whoever is connected is in the way of copies. */
  use<T>(work: (client: PostgresClient) => Promise<T>): Promise<T>;
};

/** What a migration tool can be asked to do, in the same words for all of them. */
export type Tool = {
  readonly name: string;
  /** The tables in which it keeps its books, without schema. */
  readonly own: readonly string[];
  /** How it connects. */
  readonly reach: "tcp" | "socket";
  /** Reads all migrations. Throws a UserError. */
  history(place: () => Promise<Place>): Promise<History>;
  /** Connects and changes nothing, so that it shows whether the scratch database is where it connects to. */
  readonly look: ((place: Place) => Promise<void>) | undefined;
  /** Brings a database that has the first of these revisions to having all of them. */
  to(place: Place, revisions: readonly Revision[], has: number): Promise<Ended>;
  /** Applies one revision to a database that has all before it. */
  up(place: Place, revision: Revision): Promise<Ended>;
  /** Whether a second run of a revision is a run at all: what is only remembered here cannot go wrong. */
  readonly runsAgain: (revision: Revision) => boolean;
  /** Runs the migrations on a database that has this one as its newest already. */
  again(place: Place, revision: Revision): Promise<Ended>;
  /** Takes back the newest revision that a database has. */
  down(place: Place, revision: Revision): Promise<Ended>;
  /** Why a revision has no way down; empty where it has one. */
  readonly oneWay: (revision: Revision) => string;
  /** Whether a missing way down is a finding: the project has ways down elsewhere. */
  readonly downExpected: boolean;
  /** Whether the database says that it has a revision; undefined where nobody keeps books. */
  recorded(place: Place, revision: Revision): Promise<boolean | undefined>;
  /** The SQL of one revision alone, for a linter; undefined where the tool cannot say it. */
  sql(place: Place, revision: Revision): Promise<RevisionSql | undefined>;
};

export type RevisionSql = {
  readonly text: string;
  /** The line of the revision's file on which it begins; undefined where the tool made it. */
  readonly line: number | undefined;
  /** Whether it is sent within a transaction that it does not say itself. */
  readonly inTransaction: boolean;
};
