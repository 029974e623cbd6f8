import type { Client } from "pg";

/** A session on the server, with the text of statements only: what runs over psql in a container has no parameters. */
export type Session = {
  query<Row>(sql: string): Promise<{ readonly rows: Row[] }>;
  /** Never throws; safe to call twice. */
  close(): Promise<void>;
};

/** For the functions of shared/postgres, which ask without parameters, too. */
export function asClient(session: Session): Pick<Client, "query"> {
  return session as unknown as Pick<Client, "query">;
}
