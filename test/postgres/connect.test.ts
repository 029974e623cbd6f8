import { once } from "node:events";
import { createServer } from "node:net";
import { type Duplex, PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresClient, queryError, serverVersion } from "../../shared/postgres/connect.ts";
import type { UserError } from "../../shared/runtime/user-error.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { needs } from "../support/needs.ts";
import { freePort, listenOnFreePort } from "../support/ports.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { addressOf, afterTest, connect, refusal } from "./connecting.ts";

describe.each([14, 18] as const)("PostgreSQL %i", (major) => {
  let server: Postgres;
  describe("as it should be", needs(`postgres-${major}`), () => {
    beforeAll(async () => {
      const hba = ["host rejected all all reject", "host trusting all all trust"];
      server = await startPostgres({ major, hba });
      await server.query("create role limited login password 'x' connection limit 0; create role nologin");
      await server.query("create database trusting");
    });
    afterAll(() => server?.stop());

    test("lets the user in, and tells its version", async () => {
      const client = await connect(addressOf(server));
      const version = await serverVersion(client);
      expect(version.major).toBe(major);
      expect(version.full).toMatch(new RegExp(`^${major}\\.\\d+`));
    });

    test("is reached by its Unix socket", async () => {
      const client = await connect(addressOf(server, { host: server.socketDirectory }));
      expect((await client.query("select inet_server_addr() as address")).rows).toEqual([{ address: null }]);
    });

    test("lets nobody in with a wrong password", async () => {
      const error = await refusal(connect(addressOf(server, { password: "not-it-42" })), "not-it-42");
      expect(error.message).toBe(
        `Cannot log in at postgres@127.0.0.1:${server.port}/postgres: password authentication failed for user "postgres".`,
      );
      expect(error.hint).toContain("Check user and password");
    });

    test("asks for a password where none was given, and is not sent one from the environment", async () => {
      process.env["PGPASSWORD"] = server.password;
      afterTest(() => delete process.env["PGPASSWORD"]);
      const error = await refusal(connect(addressOf(server, { password: undefined })));
      expect(error.message).toContain("it asks for a password, and there is none");
    });

    test("has no such database", async () => {
      const error = await refusal(connect(addressOf(server, { database: "nowhere" })), server.password);
      expect(error.message).toContain('database "nowhere" does not exist');
      expect(error.hint).toContain('"nowhere"');
    });

    test("has no connection left for the user", async () => {
      const error = await refusal(connect(addressOf(server, { user: "limited", password: "x" })));
      expect(error.message).toContain('too many connections for role "limited"');
      expect(error.hint).toContain("All connections are in use");
    });

    test("does not let a role in that may not log in, or that pg_hba.conf rejects", async () => {
      const role = await refusal(connect(addressOf(server, { user: "nologin", database: "trusting" })));
      expect(role.message).toContain("is not permitted to log in");
      const hba = await refusal(connect(addressOf(server, { database: "rejected" })), server.password);
      expect(hba.message).toContain("pg_hba.conf rejects connection");
      expect(hba.hint).toContain("pg_hba.conf");
    });

    test("gets the name, the options and the time limit of the session", async () => {
      const options = "-c search_path=shop -c work_mem=1MB";
      const client = await connect(addressOf(server, { options }), { statementTimeoutMs: 60_000 });
      const { rows } = await client.query(
        "select current_setting('application_name') as name, current_setting('search_path') as path, current_setting('statement_timeout') as limit",
      );
      expect(rows).toEqual([{ name: "test", path: "shop", limit: "1min" }]);
    });

    test("gets nothing from the environment of the action", async () => {
      process.env["PGOPTIONS"] = "-c search_path=stolen";
      process.env["PGAPPNAME"] = "stolen";
      afterTest(() => {
        delete process.env["PGOPTIONS"];
        delete process.env["PGAPPNAME"];
      });
      const client = await connect(addressOf(server));
      const { rows } = await client.query(
        "select current_setting('application_name') as name, current_setting('search_path') as path",
      );
      expect(rows).toEqual([{ name: "test", path: '"$user", public' }]);
    });

    test("ends a statement that takes too long, and the connection goes on", async () => {
      const client = await connect(addressOf(server), { statementTimeoutMs: 50 });
      const failure: unknown = await client.query("select pg_sleep(60)").catch((error: unknown) => error);
      const error = queryError(failure, addressOf(server));
      expect(error.message).toContain("canceling statement due to statement timeout (SQLSTATE 57014)");
      expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    });

    test("ends the session in the middle of a query: the query rejects, and the process lives", async () => {
      const client = await connect(addressOf(server));
      const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
      const running = client.query("select pg_sleep(60)").catch((error: unknown) => error);
      await server.query(`select pg_terminate_backend(${rows[0]?.pid})`);
      const error = queryError(await running, addressOf(server));
      expect(error.message).toContain("was lost: terminating connection due to administrator command");
    });

    test("ends the session between queries: the next one rejects, and the process lives", async () => {
      const client = await connect(addressOf(server));
      const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
      const over = ended(client);
      await server.query(`select pg_terminate_backend(${rows[0]?.pid})`);
      await over;
      const failure: unknown = await client.query("select 1").catch((error: unknown) => error);
      expect(queryError(failure, addressOf(server)).message).toContain("was lost");
    });

    test("loses the connection when the signal aborts; the query rejects with its reason", async () => {
      const controller = new AbortController();
      const client = await connect(addressOf(server), { signal: controller.signal });
      const running = client.query("select pg_sleep(60)");
      const over = ended(client);
      controller.abort(new Error("cancelled"));
      await expect(running).rejects.toThrow("cancelled");
      await over;
    });

    test("may be said goodbye to twice, and at once while a query runs", async () => {
      const client = await connect(addressOf(server));
      const running = client.query("select pg_sleep(0.2)").catch((error: unknown) => error);
      await client.close();
      await client.close();
      expect(await running).toBeInstanceOf(Error);
    });

    test("may be lost at any byte of the login: always one error, never a crash or a wait", async () => {
      for (let afterBytes = 1; afterBytes < 500; afterBytes += 23) {
        const proxy = await startFaultProxy(server.port);
        await proxy.set({ kind: "cut", afterBytes });
        const address = addressOf(server, { port: proxy.port });
        const outcome: unknown = await connect(address).catch((error: unknown) => error);
        if (outcome instanceof Error) await refusal(Promise.reject(outcome), server.password);
        await proxy.stop();
      }
    });

    test("fallen silent is left behind by close() soon", async () => {
      const proxy = await startFaultProxy(server.port);
      afterTest(() => proxy.stop());
      const client = await connect(addressOf(server, { port: proxy.port }));
      await proxy.set({ kind: "black hole" });
      await client.close();
    });
  });

  test("that is shutting down says so", needs(`postgres-${major}`), async () => {
    const dying = await startPostgres({ major });
    afterTest(() => dying.stop());
    // A smart shutdown waits for this session, and lets no other in.
    await connect(addressOf(dying));
    process.kill(dying.pid, "SIGTERM");
    const error = await untilShutDown(dying);
    expect(error.message).toContain("the database system is shutting down");
    expect(error.hint).toContain("wait for it");
  });

  test(
    "that is killed in the middle of a query: the query rejects, and the process lives",
    needs(`postgres-${major}`),
    async () => {
      const dying = await startPostgres({ major });
      afterTest(() => dying.stop());
      const client = await connect(addressOf(dying));
      const running = client.query("select pg_sleep(60)").catch((error: unknown) => error);
      const idle = await connect(addressOf(dying));
      const over = ended(idle);
      await dying.kill();
      expect(queryError(await running, addressOf(dying)).message).toContain("was lost");
      await over;
      expect((await refusal(connect(addressOf(dying)))).message).toContain("connection refused");
    },
  );
});

/** Resolves when the connection is gone; `once` of node:events would reject with the error that comes first. */
function ended(client: PostgresClient): Promise<void> {
  return new Promise((resolve) => client.once("end", () => resolve()));
}

/** Tries until the server lets nobody in any more: the signal to shut down takes a moment to arrive. */
async function untilShutDown(server: Postgres): Promise<UserError> {
  for (;;) {
    const outcome: unknown = await connect(addressOf(server)).catch((error: unknown) => error);
    if (outcome instanceof Error) return refusal(Promise.reject(outcome));
  }
}

describe("where no PostgreSQL answers", () => {
  const address = (port: number, sslmode: "disable" | "require" = "disable") => ({
    ...addressOf({ url: `postgres://app:s3cr3t@127.0.0.1:${port}/shop` } as Postgres),
    sslmode,
  });

  async function serverSaying(answer: string | undefined): Promise<number> {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      if (answer !== undefined) socket.once("data", () => socket.end(answer));
    });
    const port = await listenOnFreePort(server);
    afterTest(() => server.close());
    return port;
  }

  test("the connection is refused", async () => {
    const port = await freePort();
    const error = await refusal(connect(address(port)), "s3cr3t");
    expect(error.message).toBe(`Cannot reach PostgreSQL at 127.0.0.1:${port}: connection refused.`);
  });

  test("the name does not resolve", async () => {
    const error = await refusal(connect({ ...address(5432), host: "nowhere.invalid" }), "s3cr3t");
    expect(error.message).toMatch(/does not resolve|name server did not answer/);
  });

  test("there is no such Unix socket", async () => {
    const error = await refusal(connect({ ...address(5432), host: "/nowhere" }), "s3cr3t");
    expect(error.message).toBe("Cannot reach PostgreSQL at /nowhere/.s.PGSQL.5432: there is no such socket.");
  });

  test.each(["disable", "require"] as const)("nobody says a word (sslmode=%s)", async (sslmode) => {
    const port = await serverSaying(undefined);
    const error = await refusal(connect(address(port, sslmode), { connectTimeoutMs: 150 }), "s3cr3t");
    expect(error.message).toContain("was not complete within 150 ms");
  });

  test.each(["disable", "require"] as const)("the run is cancelled (sslmode=%s)", async (sslmode) => {
    const controller = new AbortController();
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      controller.abort(new Error("cancelled"));
    });
    const port = await listenOnFreePort(server);
    afterTest(() => server.close());
    await expect(connect(address(port, sslmode), { signal: controller.signal })).rejects.toThrow("cancelled");
  });

  test.each(["disable", "require"] as const)("something else hangs up (sslmode=%s)", async (sslmode) => {
    const port = await serverSaying("");
    const error = await refusal(connect(address(port, sslmode)), "s3cr3t");
    expect(error.message).toMatch(/^Cannot log in at app@127\.0\.0\.1:/);
  });

  test("the tunnel does not open in time; when it does, it is closed", async () => {
    const late = Promise.withResolvers<Duplex>();
    const attempt = connect(address(5432), { connectTimeoutMs: 50, stream: () => late.promise });
    expect((await refusal(attempt, "s3cr3t")).message).toContain("was not complete within 50 ms");
    const stream = new PassThrough();
    const closed = once(stream, "close");
    late.resolve(stream);
    await closed;
  });

  test("a web server answers", async () => {
    const port = await serverSaying("HTTP/1.1 400 Bad Request\r\n\r\n");
    const error = await refusal(connect(address(port, "require")), "s3cr3t");
    expect(error.message).toContain("does not speak PostgreSQL's protocol");
  });

  test("a server slips data in before the TLS handshake (CVE-2021-23222)", async () => {
    const port = await serverSaying("SR\0\0\0\b\0\0\0\0");
    await refusal(connect(address(port, "require")), "s3cr3t");
  });
});
