import { spawn } from "node:child_process";
import path from "node:path";
import { text } from "node:stream/consumers";
import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { wayBack } from "../../actions/db-restore/src/way-back.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { programsOf } from "../support/postgres-programs.ts";
import { inDatabase } from "./backup.ts";

const AT = Date.parse("2026-03-02T04:05:06Z");

describe("the statements that undo a swap, in psql", needs("postgres-15"), () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres({ major: 15, config: ["max_prepared_transactions = 2"] });
    await server.query("create role maker login createdb password 'maker'");
  });
  afterAll(() => server.stop());

  let live: string;
  let before: string;
  let aside: string;
  let counter = 0;
  beforeEach(async () => {
    live = `Live "${++counter}"`;
    before = `${live}_before_20260302_030000`;
    aside = `${live}_restored_20260302_040506`;
    for (const [name, state] of [
      [live, "restored"],
      [before, "before"],
    ] as const) {
      await server.query(`create database "${name.replaceAll('"', '""')}" owner maker`);
      await inDatabase(server, name, (client) =>
        client.query(`create table state as select '${state}' as state`),
      );
    }
  });

  async function connected(database: string): Promise<Client> {
    const { socketDirectory: host, port, user, password } = server;
    const client = new Client({ host, port, user, password, database });
    client.on("error", () => undefined);
    onTestFinished(() => client.end().catch(() => undefined));
    await client.connect();
    return client;
  }

  /** Copies them into psql, and gives what it says. */
  async function undo(user: "postgres" | "maker"): Promise<string> {
    const password = user === "maker" ? "maker" : server.password;
    const login = ["-h", server.host, "-p", String(server.port), "-U", user, "-d", "postgres"];
    const psql = spawn(path.join(programsOf(15), "psql"), ["-X", "-w", ...login], {
      env: { PATH: process.env["PATH"] ?? "", PGPASSWORD: password },
    });
    psql.stdin.end(wayBack(live, before, AT).join("\n"));
    const said = await Promise.all([text(psql.stdout), text(psql.stderr)]);
    return said.join("");
  }

  /** What is in each of the databases of the test that take connections. */
  async function open(): Promise<Record<string, string>> {
    const rows = await server.query(
      "select datname from pg_database where datallowconn and datname like 'Live %' order by 1",
    );
    const names = rows.map(({ datname }) => String(datname)).filter((name) => name.startsWith(live));
    const states = names.map(async (name) => {
      const { rows: found } = await inDatabase(server, name, (client) =>
        client.query<{ state: string }>("table state"),
      );
      return [name, found[0]?.state ?? ""] as const;
    });
    return Object.fromEntries(await Promise.all(states));
  }

  it("put the database of before back, end the sessions of both, and leave both open", async () => {
    const guests = [await connected(live), await connected(before)];
    expect(await undo("postgres")).not.toContain("ERROR");
    expect(await open()).toEqual({ [live]: "before", [aside]: "restored" });
    for (const guest of guests) await expect(guest.query("select 1")).rejects.toThrow();
  });

  it("leave the live database open where a prepared transaction pins its name", async () => {
    await inDatabase(server, live, (client) =>
      client.query("begin; insert into state values ('prepared'); prepare transaction 'pinned'"),
    );
    expect(await undo("postgres")).toMatch(/being accessed by other users[\s\S]*prepared transaction/);
    expect(await open()).toEqual({ [live]: "restored", [before]: "before" });
    await inDatabase(server, live, (client) => client.query("rollback prepared 'pinned'"));
    expect(await undo("postgres")).not.toContain("ERROR");
    expect(await open()).toEqual({ [live]: "before", [aside]: "restored" });
  });

  it("leave the live database open where its owner may not end a session", async () => {
    const guest = await connected(live);
    expect(await undo("maker")).toContain("ROLLBACK");
    expect(await open()).toEqual({ [live]: "restored", [before]: "before" });
    await guest.end();
    expect(await undo("maker")).not.toContain("ERROR");
    expect(await open()).toEqual({ [live]: "before", [aside]: "restored" });
  });
});
