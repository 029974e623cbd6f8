import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { some } from "../support/effort.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { programsOf } from "../support/postgres-programs.ts";
import type { OperationName } from "../support/s3/operation.ts";
import { S3_KEYS, startS3 } from "../support/s3/server.ts";
import { bundle, type Running, start } from "./built-action.ts";
import { heldDump } from "./fake-programs.ts";
import { processesWith } from "./processes.ts";
import { stockOf, THINNING } from "./stock.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

describe("a run that is told to stop", needs("postgres-15"), () => {
  let server: Postgres;
  beforeAll(async () => {
    await bundle();
    server = await startPostgres({ major: 15 });
    await server.query(`
      create extension pgcrypto;
      create table files (id int primary key, content bytea);
      alter table files alter content set storage external;
      insert into files select i, gen_random_bytes(1000) || gen_random_bytes(1000) from generate_series(1, 3500) i;
    `);
  }, 120_000);
  afterAll(() => server?.stop());

  // What a phase leaves behind, such as a lock, would be in the way of the next one.
  const undo: (() => unknown)[] = [];
  const afterwards = (work: () => unknown): unknown => undo.push(work);
  const tidy = async (): Promise<void> => {
    for (let last = undo.pop(); last !== undefined; last = undo.pop()) await last();
  };
  afterEach(tidy);

  type Phase = {
    readonly name: string;
    /** Brings a run into the phase, and resolves when it is there. */
    readonly reach: () => Promise<{
      readonly running: Running;
      readonly release?: () => void;
      readonly check: () => void;
    }>;
  };

  const local = async (more: Record<string, string>, url = server.url) => {
    const stock = await stockOf("postgres");
    const running = await start({ "database-url": url, destination: stock.path, ...THINNING, ...more });
    return { running, check: () => stock.expectUntouched() };
  };

  const s3At = (operation: OperationName): Phase => ({
    name: `S3 is at ${operation}`,
    reach: async () => {
      const s3 = await startS3();
      afterwards(() => s3.stop());
      s3.fault(operation, { kind: "stall" }, 9);
      const reached = s3.next(operation);
      const running = await start(
        {
          "database-url": server.url,
          destination: "s3://backups/daily",
          "s3-endpoint": s3.endpoint,
          "s3-part-size": "5",
        },
        { env: { ...S3_KEYS } },
      );
      await reached;
      return {
        running,
        check: () => expect([...s3.bucket.objects.keys(), ...s3.bucket.uploads.keys()]).toEqual([]),
      };
    },
  });

  const phases: readonly Phase[] = [
    {
      name: "it connects",
      reach: async () => {
        const proxy = await startFaultProxy(server.port);
        afterwards(() => proxy.stop());
        await proxy.set({ kind: "black hole" });
        const begun = await local({}, server.url.replace(`:${server.port}/`, `:${proxy.port}/`));
        while (proxy.connections() === 0) await pause(10);
        return begun;
      },
    },
    {
      name: "it waits for a lock",
      reach: async () => {
        const { Client } = await import("pg");
        const blocker = new Client({ connectionString: server.url });
        await blocker.connect();
        afterwards(() => blocker.end());
        await blocker.query("begin; lock table files in access exclusive mode");
        const begun = await local({ "lock-timeout": "1m" });
        for (;;) {
          const waiting = await server.query("select 1 from pg_locks where not granted");
          if (waiting.length > 0) return begun;
          await pause(20);
        }
      },
    },
    {
      name: "it dumps",
      reach: async () => {
        const dump = heldDump(programsOf(15), 3_000_000);
        const begun = await local({ "pg-bin": dump.directory });
        await dump.held;
        return begun;
      },
    },
    ...(
      ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "GetObject", "PutObject"] as const
    ).map(s3At),
  ];
  test("takes everything back and leaves nothing, whatever it is at", { timeout: 180_000 }, async () => {
    const cases = phases.flatMap((phase, turn) =>
      (turn % 2 === 0 ? SIGNALS : SIGNALS.toReversed()).map((signal) => ({ phase, signal })),
    );
    for (const { phase, signal } of some(phases.length, cases)) {
      const { running, check } = await phase.reach();
      if (signal === "SIGINT") running.cancel();
      else running.kill(signal);
      const done = await running.done;
      expect({ at: phase.name, result: done.report.result, left: done.report.left }).toEqual({
        ...{ at: phase.name, result: "cancelled", left: [] },
      });
      expect(done.exitCode).toBe(signal === "SIGINT" ? 130 : 143);
      expect(processesWith(running.temp).map(({ argv }) => argv)).toEqual([]);
      check();
      await noBackend(server);
      await tidy();
    }
  });

  test("by SIGKILL in the middle of the dump leaves no program, no backend, and nothing at the destination", {
    timeout: 90_000,
  }, async () => {
    const stock = await stockOf("postgres");
    const dump = heldDump(programsOf(15), 3_000_000);
    const running = await start({
      "database-url": server.url,
      destination: stock.path,
      "pg-bin": dump.directory,
    });
    await dump.held;
    running.kill("SIGKILL");
    dump.release();
    await running.done;
    await noBackend(server);
    while (processesWith(running.temp).length > 0) await pause(20);
    while (stock.files().some((name) => name.endsWith(".part"))) await pause(20);
    stock.expectUntouched();
    const again = await start({ "database-url": server.url, destination: stock.path });
    expect((await again.done).report.result).toBe("backed-up");
  });
});

/** Waits until the server has no session of the action any more; the time limit of the test is the only one. */
async function noBackend(server: Postgres): Promise<void> {
  const sessions =
    "select pid from pg_stat_activity where application_name like 'db-backup%' or query like 'COPY%'";
  while ((await server.query(sessions)).length > 0) await pause(20);
}
