import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { writeObject } from "../../actions/db-backup/src/deposit.ts";
import { openLocalStore } from "../../shared/storage/local/local-store.ts";
import { some } from "../support/effort.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { programsOf } from "../support/postgres-programs.ts";
import { S3_KEYS, type S3Server, startS3 } from "../support/s3/server.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { backup, failuresOf, folder, type Ran } from "./backup.ts";
import { heldDump } from "./fake-programs.ts";
import { stockOf, THINNING } from "./stock.ts";

let server: Postgres;

beforeAll(async () => {
  for (const [name, value] of Object.entries(S3_KEYS)) vi.stubEnv(name, value);
  if (needs("postgres-15").skip === true) return;
  server = await startPostgres({ major: 15 });
  // About 7 MB when stored, two parts of an upload: random bytes do not compress.
  await server.query(`
    create extension pgcrypto;
    create table files (id int primary key, content bytea);
    alter table files alter content set storage external;
    insert into files select i, gen_random_bytes(1000) || gen_random_bytes(1000) from generate_series(1, 3500) i;
  `);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server?.stop();
});

const files = (at: string): string[] =>
  readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name));

/** A file system of a few megabytes. */
function smallDisk(megabytes: number): string {
  const root = folder("small").path;
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", root]);
  onTestFinished(() => void execFileSync("umount", ["-l", root]));
  return root;
}

const mayMount = process.getuid?.() === 0;

describe("a directory that is full", {
  ...needs("postgres-15"),
  skip: needs("postgres-15").skip ?? !mayMount,
}, () => {
  test("fails the step with what happened, and nothing is left", async () => {
    const root = smallDisk(4);
    const failures = await failuresOf(backup({ "database-url": server.url, destination: root }));
    expect(failures.map(({ message }) => message).join()).toMatch(/no space is left on the device|MB free/);
    expect(failures).toHaveLength(1);
    expect(files(root)).toEqual([]);
  });

  test("and smaller than the database is warned of at the first backup, which may fit all the same", async () => {
    await server.query("create database tight");
    const root = smallDisk(4);
    const url = server.url.replace(/postgres$/, "tight");
    const first = await backup({ "database-url": url, destination: root });
    expect(first.outcome.failures).toEqual([]);
    expect(first.outcome.annotations?.map(({ message }) => message)).toEqual([
      expect.stringMatching(/MB free, and the database has .* its first backup/),
    ]);
    const second = await backup({ "database-url": url, destination: root });
    expect(second.outcome.annotations).toEqual([]);
  });

  test("is what is told where only the manifest does not fit, too", async () => {
    const root = smallDisk(1);
    const store = openLocalStore(root);
    const text = "x".repeat(2_000_000);
    await expect(writeObject(store, "shop/a.json", text, new AbortController().signal)).rejects.toMatchObject(
      {
        name: "UserError",
        message: expect.stringContaining("no space is left on the device"),
      },
    );
    expect(files(root)).toEqual([]);
  });

  test("beside one that is not: that has its backup, the step fails, and nothing is removed anywhere", async () => {
    const small = smallDisk(4);
    const stock = await stockOf("postgres");
    const before = stock.files();
    const { outcome, left } = await backup({
      "database-url": server.url,
      destination: `${small}\n${stock.path}`,
      ...THINNING,
    });
    expect(outcome.failures).toHaveLength(1);
    expect(outcome.failures[0]?.message).toContain(small);
    expect(outcome.result).toBe("failed");
    expect(stock.files()).toHaveLength(before.length + 2);
    expect(stock.files()).toEqual(expect.arrayContaining(before));
    expect([files(small), left]).toEqual([[], []]);
  });
});

describe("S3 as the destination", needs("postgres-15"), () => {
  let s3: S3Server;
  beforeEach(async () => {
    s3 = await startS3();
    onTestFinished(() => s3.stop());
  });
  const to = (more: Record<string, string> = {}) =>
    backup({
      "database-url": server.url,
      destination: "s3://backups/daily",
      "s3-endpoint": s3.endpoint,
      "s3-part-size": "5",
      ...more,
    });
  const inBucket = () => [
    ...s3.bucket.objects.keys(),
    ...[...s3.bucket.uploads.values()].map(({ key }) => key),
  ];

  test("gets a backup in parts that is proven by reading it back", async () => {
    const { outcome } = await to();
    expect(outcome.failures).toEqual([]);
    expect(outcome.outputs).toMatchObject({ verified: "archive", rows: 3500 });
    expect(inBucket()).toHaveLength(2);
    expect(s3.operations.filter((name) => name === "UploadPart").length).toBeGreaterThan(1);
  });

  test("in passing trouble at every operation gets one all the same", async () => {
    for (const operation of [
      "CreateMultipartUpload",
      "UploadPart",
      "CompleteMultipartUpload",
      "PutObject",
    ] as const) {
      s3.fault(operation, { kind: "refuse", status: 503, code: "SlowDown" });
      s3.fault(operation, { kind: "reset" });
    }
    s3.fault("CompleteMultipartUpload", { kind: "error in a 200" });
    s3.fault("GetObject", { kind: "cut", after: 3_000_000 });
    const { outcome, log } = await to();
    expect(outcome.failures).toEqual([]);
    expect(inBucket()).toHaveLength(2);
    expect(log).toMatch(/503 SlowDown.*Try 2 of 10/);
  });

  test("refusing checksums gets one when told so", async () => {
    const old = await startS3({ refusesChecksums: true });
    onTestFinished(() => old.stop());
    const refused = await failuresOf(to({ "s3-endpoint": old.endpoint }));
    expect(refused[0]?.hint).toContain("s3-checksums: when-required");
    const { outcome } = await to({ "s3-endpoint": old.endpoint, "s3-checksums": "when-required" });
    expect(outcome.failures).toEqual([]);
  });

  test("that refuses, or fails for good, at any operation is left as it was", {
    timeout: 60_000,
  }, async () => {
    const operations = [
      "UploadPart",
      "GetObject",
      "PutObject",
      "CompleteMultipartUpload",
      "CreateMultipartUpload",
    ] as const;
    const troubles = [
      {
        fault: { kind: "refuse", status: 403, code: "AccessDenied" },
        message: "HTTP 403 AccessDenied",
        hint: "s3:",
      },
      {
        fault: { kind: "refuse", status: 500, code: "InternalError" },
        message: "HTTP 500 InternalError",
        hint: "later",
      },
    ] as const;
    const cases = operations.flatMap((operation) => troubles.map((trouble) => ({ operation, ...trouble })));
    for (const { operation, fault, message, hint } of some(4, cases)) {
      s3.fault(operation, fault, 99);
      const failures = await failuresOf(to({ "s3-tries": "2" }));
      expect(failures).toEqual([
        { message: expect.stringContaining(message), hint: expect.stringContaining(hint) },
      ]);
      expect(inBucket()).toEqual([]);
      s3.mend();
    }
  });

  test("whose object is changed before it is proven keeps none of it", async () => {
    const reading = s3.next("GetObject").then(() => {
      for (const { body } of s3.bucket.objects.values()) body[3_000_000] = (body[3_000_000] ?? 0) ^ 1;
    });
    const failures = await failuresOf(to());
    await reading;
    expect(failures[0]?.message).toMatch(/not what it must be|SHA-256|bytes|does not unpack/);
    expect(inBucket()).toEqual([]);
  });

  test("whose object is another backup's is found out", async () => {
    // Two dumps of one second may be the same bytes, but not at two levels of compression.
    const other = await to({ verify: "none", "compression-level": "1" });
    expect(other.outcome.failures).toEqual([]);
    const before = inBucket();
    const [bytes] = [...s3.bucket.objects.values()].filter(({ body }) => body.length > 1e6);
    const swapping = s3
      .next("CompleteMultipartUpload")
      .then(() => s3.next("GetObject"))
      .then(() => {
        const newest = [...s3.bucket.objects.keys()].at(-1) ?? "";
        s3.bucket.put(newest, bytes?.body ?? Buffer.alloc(0), {});
      });
    const failures = await failuresOf(to());
    await swapping;
    expect(failures[0]?.message).toMatch(/not what it must be|SHA-256|bytes|does not unpack/);
    expect(inBucket()).toEqual(before);
  });

  test("without credentials that are right, fails before a byte is dumped", async () => {
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "wrongwrongwrong");
    onTestFinished(() => void vi.stubEnv("AWS_SECRET_ACCESS_KEY", S3_KEYS.AWS_SECRET_ACCESS_KEY));
    const failures = await failuresOf(to());
    expect(failures).toHaveLength(1);
    expect(failures[0]?.hint).toContain("AWS_SECRET_ACCESS_KEY");
    expect(failures[0]?.message).not.toContain("wrongwrong");
  });
});

describe("the SSH host", needs("postgres-15", "sshd"), () => {
  let sshd: Sshd;
  beforeEach(async () => {
    sshd = await startSshd();
    onTestFinished(() => sshd.stop());
  });
  const inputs = () => ({
    "database-url": server.url,
    "ssh-host": sshd.host,
    "ssh-port": String(sshd.port),
    "ssh-user": sshd.user,
    "ssh-key": sshd.clientKey(),
    "ssh-known-hosts": sshd.knownHostsLine(),
  });

  test("as destination gets a backup that is proven by reading it back, the database through the tunnel", async () => {
    const root = folder("sftp").path;
    const ran: Ran = await backup({ ...inputs(), destination: `ssh:${root}` });
    expect(ran.outcome.failures).toEqual([]);
    expect(files(root)).toHaveLength(2);
    expect(ran.left).toEqual([]);
  });

  test("lost in the middle leaves nothing there, and says so once", async () => {
    const root = folder("sftp").path;
    const dump = heldDump(programsOf(15), 3_000_000);
    const running = failuresOf(
      backup({ ...inputs(), tunnel: "false", destination: `ssh:${root}`, "pg-bin": dump.directory }),
    );
    await dump.held;
    sshd.dropConnections();
    dump.release();
    const failures = await running;
    expect(failures).toHaveLength(1);
    expect(failures[0]?.message).toMatch(/connection to the SSH server .* was lost/);
    expect(files(root)).toEqual([]);
  });

  const runOn = (pgBin = programsOf(15)) => ({ ...inputs(), "run-on": "ssh", "pg-bin": pgBin });

  test.skipIf(!mayMount)(
    "does not hold the run up when a destination fails and pg_dump waits there",
    async () => {
      const root = smallDisk(2);
      const dump = heldDump(programsOf(15), 6_000_000);
      const failures = await failuresOf(
        backup({ ...runOn(dump.directory), destination: root, compression: "none" }),
      );
      expect(failures.map(({ message }) => message)).toEqual([
        expect.stringContaining("no space is left on the device"),
      ]);
      expect(files(root)).toEqual([]);
    },
  );

  test("ends pg_restore with the proof of what was damaged at the destination", async () => {
    const root = folder("damaged").path;
    const failures = await failuresOf(
      backup(
        { ...runOn(), destination: root },
        {
          onLog: (text) => {
            if (!text.includes("Prove postgres")) return;
            for (const file of files(root).filter((each) => each.endsWith(".dump.zst"))) {
              const bytes = readFileSync(file);
              bytes[3_000_000] = (bytes[3_000_000] ?? 0) ^ 1;
              writeFileSync(file, bytes);
            }
          },
        },
      ),
    );
    expect(failures).toHaveLength(1);
    expect(failures[0]?.message).not.toContain("timeout");
    expect(failures[0]?.message).toContain(root);
    expect(files(root)).toEqual([]);
  });

  test("lost while pg_dump runs there is named as what it is, and nothing is stored", async () => {
    const stock = await stockOf("postgres");
    const dump = heldDump(programsOf(15), 3_000_000);
    const running = failuresOf(backup({ ...runOn(dump.directory), destination: stock.path, ...THINNING }));
    await dump.held;
    sshd.dropConnections();
    dump.release();
    const failures = await running;
    expect(failures).toEqual([
      {
        message: expect.stringMatching(/^The connection to the SSH server \S+ was lost/),
        hint: expect.not.stringContaining("pg-bin"),
      },
    ]);
    stock.expectUntouched();
  });

  test("lost as the tunnel to the database fails the dump, and nothing is stored", async () => {
    const stock = await stockOf("postgres");
    const dump = heldDump(programsOf(15), 3_000_000);
    const running = failuresOf(
      backup({ ...inputs(), destination: stock.path, "pg-bin": dump.directory, ...THINNING }),
    );
    await dump.held;
    sshd.dropConnections();
    dump.release();
    const failures = await running;
    expect(failures).toHaveLength(1);
    expect(failures[0]?.message).toMatch(/connection to the SSH server .* was lost/);
    stock.expectUntouched();
  });
});
