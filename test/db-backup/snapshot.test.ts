import { expect, onTestFinished, test, vi } from "vitest";
import { takeSnapshot } from "../../actions/db-backup/src/snapshot.ts";
import { parseDatabaseUrl } from "../../shared/postgres/address.ts";
import { connectPostgres } from "../../shared/postgres/connect.ts";
import { createLogger } from "../../shared/runtime/logger.ts";
import { needs } from "../support/needs.ts";
import { startPostgres } from "../support/postgres.ts";

test(
  "what the session of a snapshot is at ends on the server, too, when the run is cancelled",
  needs("postgres-15"),
  async () => {
    const server = await startPostgres({ major: 15 });
    onTestFinished(() => server.stop());
    const stop = new AbortController();
    const session = await connectPostgres(parseDatabaseUrl(server.url), {
      applicationName: "counting",
      signal: stop.signal,
    });
    const log = createLogger({ write: () => undefined, clean: (text) => text });
    await takeSnapshot(session, { lockTimeoutMs: 1_000, log, monotonic: () => performance.now() });
    const counting = session.query("select pg_catalog.pg_sleep(600)");
    counting.catch(() => undefined);
    const backends = () =>
      server.query("select state from pg_stat_activity where application_name = 'counting'");
    await vi.waitUntil(async () => (await backends()).some(({ state }) => state === "active"), {
      timeout: 20_000,
    });
    stop.abort(new Error("cancelled"));
    await expect(counting).rejects.toThrow("cancelled");
    await vi.waitUntil(async () => (await backends()).length === 0, { timeout: 20_000 });
  },
);
