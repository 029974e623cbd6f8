import { existsSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { abandoned, withoutManifest } from "../../actions/db-backup/src/sweep.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { S3_KEYS, startS3 } from "../support/s3/server.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { backup, folder } from "./backup.ts";

const HOUR = 3_600_000;
const NOW = Date.parse("2026-03-09T04:00:00Z");

const named = (at: number, end = "dump.zst", database = "postgres"): string =>
  `${database}/${new Date(at).toISOString().replace(/[-:]|\.\d+/g, "")}_0a1b2c3d.${end}`;

describe("what a run has left", () => {
  const left = (key: string, seenAt: number) => ({ key, seenAt, restlessMs: 24 * HOUR });
  test.each<[string, ReturnType<typeof left>, boolean]>([
    ["begun and last seen two days ago", left(named(NOW - 48 * HOUR), NOW - 48 * HOUR), true],
    ["begun two days ago and written to an hour ago", left(named(NOW - 48 * HOUR), NOW - HOUR), false],
    ["begun an hour ago, at a store whose clock is years behind", left(named(NOW - HOUR), 0), false],
    ["begun long ago by the server's clock, and just now by the store's", left(named(0), NOW), false],
    ["of the future", left(named(NOW + 48 * HOUR), NOW + 48 * HOUR), false],
    ["a manifest that was begun", left(named(NOW - 48 * HOUR, "json"), NOW - 48 * HOUR), true],
    ["of a name that is not ours", left("postgres/notes.dump", NOW - 48 * HOUR), false],
    ["of a time that there is not", left("postgres/20261399T030000Z_0a.dump", NOW - 48 * HOUR), false],
  ])("%s: may be removed: %#", (_what, leftover, expected) => {
    expect(abandoned([leftover], NOW)).toEqual(expected ? [leftover] : []);
  });

  test("is named where it is a whole object without a manifest, and no run can be about to write that", () => {
    const old = NOW - 48 * HOUR;
    const keys = [
      named(old),
      named(NOW - HOUR),
      named(old - HOUR),
      named(old - HOUR, "json"),
      "postgres/x.dump",
    ];
    const marked = [named(old - 2 * HOUR), named(old - 2 * HOUR, "deleted")];
    const objects = [...keys, ...marked].map((key) => ({ key, size: 1 }));
    expect(withoutManifest(objects, NOW).map(({ key }) => key)).toEqual([named(old)]);
  });
});

describe("after a backup", needs("postgres-15"), () => {
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
  const old = Date.now() - 72 * HOUR;
  const swept = ({ details }: { readonly details: Readonly<Record<string, unknown>> }) =>
    (details["swept"] as { leftovers: { what: string; removed: boolean; why?: string }[] }[]).flatMap(
      ({ leftovers }) => leftovers,
    );

  /** A directory with what several runs may have left, and how they are named. */
  function leftIn(root: string) {
    const put = (name: string, at: number, database = "postgres"): string => {
      const file = path.join(root, database, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, "half of a dump");
      utimesSync(file, at / 1_000, at / 1_000);
      return file;
    };
    const part = (at: number): string => `.${path.basename(named(at))}.0123456789ab.part`;
    return {
      gone: [put(part(old), old), put(part(old).replace("dump.zst", "json"), old)],
      stays: [
        put(part(old).replace("0123", "4567"), Date.now()),
        put(part(Date.now()), old),
        put(part(old), old, "another"),
        put(".notes.part", old),
        put(path.basename(named(old - HOUR)), old),
      ],
    };
  }

  async function expectSwept(root: string, inputs: Readonly<Record<string, string>>) {
    const { gone, stays } = leftIn(root);
    const dry = await backup({ "database-url": server.url, ...inputs, "dry-run": "true" });
    expect(dry.log.match(/would remove .*\.part/g)).toHaveLength(2);
    expect([...gone, ...stays].filter(existsSync)).toHaveLength(gone.length + stays.length);
    const ran = await backup({ "database-url": server.url, ...inputs });
    expect(ran.outcome.failures).toEqual([]);
    expect(gone.filter(existsSync)).toEqual([]);
    expect(stays.filter(existsSync)).toEqual(stays);
    expect(swept(ran.outcome).filter(({ removed }) => removed)).toHaveLength(2);
    expect(swept(ran.outcome).filter(({ removed }) => !removed)).toEqual([
      expect.objectContaining({ what: expect.stringContaining(path.basename(stays.at(-1) ?? "")) }),
    ]);
    expect(ran.log).toContain("left alone");
    // The second time there is only what is for somebody to look at.
    expect(swept((await backup({ "database-url": server.url, ...inputs })).outcome)).toHaveLength(1);
  }

  test("what killed runs have left in a directory goes, as its dry run says, and nothing else", async () => {
    const root = folder().path;
    await expectSwept(root, { destination: root });
  });

  test("what another run is writing stays, also where this runner's clock is days ahead", async () => {
    const root = folder().path;
    const live = path.join(root, `postgres/.${path.basename(named(Date.now()))}.0123456789ab.part`);
    mkdirSync(path.dirname(live), { recursive: true });
    writeFileSync(live, "half of a dump");
    const clock = { ...systemClock, now: () => Date.now() + 72 * HOUR };
    const ran = await backup({ "database-url": server.url, destination: root }, { clock });
    expect(ran.outcome.failures).toEqual([]);
    expect(existsSync(live)).toBe(true);
    expect(swept(ran.outcome)).toEqual([]);
  });

  test("and on the SSH host", needs("sshd"), async () => {
    const sshd: Sshd = await startSshd();
    onTestFinished(() => sshd.stop());
    const root = folder().path;
    await expectSwept(root, {
      ...{ "ssh-host": `${sshd.user}@127.0.0.1:${sshd.port}`, "ssh-key": sshd.clientKey() },
      ...{ "ssh-known-hosts": sshd.knownHostsLine(), tunnel: "false", destination: `ssh:${root}` },
    });
  });

  test("and in S3, whose uploads may be of a run that still goes on for days", async () => {
    const s3 = await startS3();
    onTestFinished(() => s3.stop());
    const begin = (key: string, days: number): string => {
      const id = s3.bucket.begin(`daily/${key}`, false, {});
      const upload = s3.bucket.uploads.get(id);
      if (upload !== undefined) upload.begunAt = new Date(Date.now() - days * 24 * HOUR);
      return id;
    };
    const week = Date.now() - 7 * 24 * HOUR;
    const gone = begin(named(week), 7);
    const stays = [
      begin(named(old), 3),
      begin(named(week, "dump.zst", "another"), 7),
      begin("postgres/notes", 7),
    ];
    const inputs = {
      "database-url": server.url,
      destination: "s3://backups/daily",
      "s3-endpoint": s3.endpoint,
    };
    const dry = await backup({ ...inputs, "dry-run": "true" });
    expect(dry.log).toMatch(/would remove the unfinished upload of s3:\/\/backups\/daily\/postgres\//);
    expect([...s3.bucket.uploads.keys()]).toEqual([gone, ...stays]);
    const ran = await backup(inputs);
    expect(ran.outcome.failures).toEqual([]);
    expect([...s3.bucket.uploads.keys()]).toEqual(stays);
    expect(swept(ran.outcome)).toMatchObject([{ removed: true }]);
  });

  test("a store that does not let us look for them has its backup all the same, and that is said", async () => {
    const s3 = await startS3();
    onTestFinished(() => s3.stop());
    s3.fault("ListMultipartUploads", { kind: "refuse", status: 403, code: "AccessDenied" }, 99);
    const ran = await backup({
      ...{ "database-url": server.url, destination: "s3://backups/daily", "s3-endpoint": s3.endpoint },
    });
    expect(ran.outcome).toMatchObject({ result: "backed-up", failures: [] });
    expect(ran.log).toMatch(/could not be looked for: .*AccessDenied/);
  });
});
