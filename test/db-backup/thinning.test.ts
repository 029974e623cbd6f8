import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { listBackups } from "../../shared/backup/backups.ts";
import { manifestText } from "../../shared/backup/manifest.ts";
import { openS3Store } from "../../shared/storage/s3/s3-store.ts";
import { never } from "../storage/contract.ts";
import { some } from "../support/effort.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { S3_KEYS, type S3Server, startS3 } from "../support/s3/server.ts";
import { backup, folder, manifestIn } from "./backup.ts";
import { type Stock, stockOf } from "./stock.ts";
import { storedBackup } from "./stored-backup.ts";

const DAY = 86_400_000;

describe("retention after a backup", needs("postgres-15"), () => {
  let server: Postgres;
  beforeAll(async () => {
    for (const [name, value] of Object.entries(S3_KEYS)) vi.stubEnv(name, value);
    server = await startPostgres({ major: 15 });
    await server.query("create table events (id int); insert into events select generate_series(1, 100)");
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server?.stop();
  });

  const into = (stock: Stock, more: Record<string, string>) =>
    backup({ "database-url": server.url, destination: stock.path, ...more });
  type Row = { readonly location: string };
  const planned = (details: Readonly<Record<string, unknown>>) => {
    const [{ remove, keep }] = details["retention"] as [{ remove: Row[]; keep: Row[] }];
    return { remove: remove.map(({ location }) => location), keep: keep.map(({ location }) => location) };
  };

  test("removes exactly what its dry run has said, and what its rules say", { timeout: 90_000 }, async () => {
    const cases: readonly [Record<string, string>, number][] = [
      [{ "keep-last": "2" }, 2],
      [{ "keep-last": "1" }, 3],
      [{ "retention-days": "2" }, 2],
      [{ "keep-daily": "3" }, 1],
      [{ "keep-last": "9" }, 0],
      [{ "keep-last": "0" }, 3],
    ];
    for (const [rules, count] of some(3, cases)) await removes(rules, count);
  });

  async function removes(rules: Readonly<Record<string, string>>, count: number): Promise<void> {
    const stock = await stockOf("postgres");
    const dry = await into(stock, { ...rules, "dry-run": "true" });
    stock.expectUntouched();
    expect(dry.outcome.result).toBe("planned");
    expect(dry.outcome.outputs["deleted"]).toBe("");
    const real = await into(stock, rules);
    expect(real.outcome.failures).toEqual([]);
    const deleted = String(real.outcome.outputs["deleted"])
      .split("\n")
      .filter((line) => line !== "");
    expect(deleted.sort()).toEqual(planned(dry.outcome.details).remove.sort());
    expect(deleted).toHaveLength(count);
    // A backup and its manifest each.
    expect(stock.files()).toHaveLength(2 * (3 - count + 1));
  }

  test("is left alone when nothing was proven, and so it is without a rule", async () => {
    for (const inputs of [{ verify: "none", "keep-last": "1" }, {}]) {
      const stock = await stockOf("postgres");
      const { outcome } = await into(stock, inputs);
      expect(outcome.failures).toEqual([]);
      expect(stock.files()).toHaveLength(8);
    }
  });

  test("never touches another database's backups", async () => {
    const stock = await stockOf("postgres2");
    const { outcome } = await into(stock, { "keep-last": "1" });
    expect([outcome.failures, outcome.outputs["deleted"]]).toEqual([[], ""]);
    expect(stock.files()).toHaveLength(8);
  });

  test("a destination that is named twice is one", async () => {
    const destination = folder().path;
    const { outcome } = await backup({
      ...{ "database-url": server.url, destination: `${destination}\n${destination}/` },
    });
    expect(outcome.failures).toEqual([]);
    expect(outcome.outputs["locations"]).toBe(`${destination}/${outcome.outputs["file"]}`);
  });

  test("two runs at once give two whole backups, and no mix", async () => {
    const destination = folder().path;
    const runs = await Promise.all(
      [1, 2].map(() => backup({ "database-url": server.url, destination, "keep-last": "5" })),
    );
    const manifests = runs.map((ran) => manifestIn(destination, ran));
    expect(new Set(manifests.map(({ object }) => object.key)).size).toBe(2);
    expect(runs.flatMap(({ outcome }) => outcome.failures)).toEqual([]);
    for (const { verification, rows } of manifests)
      expect([verification.level, rows]).toEqual(["archive", 100]);
  });

  describe("in S3", () => {
    let s3: S3Server;
    beforeEach(async () => {
      s3 = await startS3();
      onTestFinished(() => s3.stop());
      for (const days of [1, 2, 3]) {
        const { manifestKey, manifest } = storedBackup({ database: "postgres", at: Date.now() - days * DAY });
        s3.bucket.put(`daily/${manifest.object.key}`, Buffer.alloc(100), {});
        s3.bucket.put(`daily/${manifestKey}`, Buffer.from(manifestText(manifest)), {});
      }
    });
    const inputs = () => ({
      ...{ "database-url": server.url, destination: "s3://backups/daily", "s3-endpoint": s3.endpoint },
      "keep-last": "1",
    });
    const usable = async () => {
      const store = openS3Store(
        "backups",
        "daily",
        { endpoint: s3.endpoint, checksums: "when-supported" },
        { env: {}, info: () => undefined },
      );
      onTestFinished(() => store.close());
      return (await listBackups(store, "postgres", never)).backups;
    };

    test("old backups are found behind more than a thousand other objects", async () => {
      for (let number = 0; number < 1_500; number++)
        s3.bucket.put(`daily/postgres/0${number}.txt`, Buffer.from("x"), {});
      const { outcome } = await backup(inputs());
      expect(outcome.failures).toEqual([]);
      expect(String(outcome.outputs["deleted"]).split("\n")).toHaveLength(3);
      expect(s3.bucket.objects.size).toBe(1_502);
    });

    test("what may not be deleted fails the step, and the new backup is there all the same", async () => {
      s3.fault("DeleteObject", { kind: "refuse", status: 403, code: "AccessDenied" }, 99);
      const { outcome } = await backup(inputs());
      expect(outcome.failures).toHaveLength(3);
      expect(outcome.failures[0]?.message).toMatch(/could not be deleted.*AccessDenied/);
      expect(outcome.outputs["verified"]).toBe("archive");
    });

    test("what cannot be looked through fails the step, and the new backup is there and told of", async () => {
      const { outcome } = await backup(inputs(), {
        onLog: (text) => {
          if (!text.includes("proven=")) return;
          s3.fault("ListObjectsV2", { kind: "refuse", status: 403, code: "AccessDenied" }, 99);
        },
      });
      expect(outcome.failures.map(({ message }) => message)).toEqual([
        expect.stringMatching(/^Nothing could be deleted at s3:.*AccessDenied/),
      ]);
      expect(outcome.failures[0]?.hint).toMatch(/^The new backup is fine/);
      expect(outcome.outputs).toMatchObject({ verified: "archive", deleted: "" });
      expect(outcome.outputs["locations"]).toContain(`/${outcome.outputs["file"]}`);
    });

    test("cancelled between mark and object: nothing counts as a backup that is none, and the next run finishes", async () => {
      s3.fault("DeleteObject", { kind: "hang" });
      const stop = new AbortController();
      const running = backup(inputs(), { signal: stop.signal }).catch((error: unknown) => error);
      await s3.next("DeleteObject");
      stop.abort(new Error("cancelled by the runner"));
      await running;
      for (const { manifest } of await usable()) {
        expect([...s3.bucket.objects.keys()]).toContain(`daily/${manifest.object.key}`);
      }
      const { outcome } = await backup(inputs());
      expect(outcome.failures).toEqual([]);
      expect([...s3.bucket.objects.keys()]).toHaveLength(2);
      expect(await usable()).toHaveLength(1);
    });
  });
});
