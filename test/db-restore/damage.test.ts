import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Compression } from "../../shared/backup/manifest.ts";
import { some } from "../support/effort.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { type BackupOptions, inDatabase, type MadeBackup, makeBackup } from "./backup.ts";
import { restore, urlOf } from "./restoring.ts";

describe("an archive that is not what it was", needs("postgres-15"), () => {
  let server: Postgres;
  const identities: string[] = [];
  const recipients: string[] = [];
  beforeAll(async () => {
    server = await startPostgres({ major: 15 });
    await server.query("create database shop");
    await inDatabase(server, "shop", (client) =>
      client.query("create table orders as select n, md5(n::text) from generate_series(1, 20000) n"),
    );
    for (let count = 0; count < 2; count++) {
      const identity = await generateIdentity();
      identities.push(identity);
      recipients.push(await identityToRecipient(identity));
    }
  });
  afterAll(() => server.stop());

  function temporary(): string {
    const made = makeTempDir("damage");
    onTestFinished(() => made.remove());
    return made.path;
  }
  const backup = (given: Partial<BackupOptions> = {}): Promise<MadeBackup> =>
    makeBackup({ server, major: 15, database: "shop", directory: temporary(), ...given });
  const [mine, theirs] = [0, 1].map((index) => () => identities[index] ?? "") as [() => string, () => string];

  /** Restores, and proves that nothing of it came near the server or stayed on this machine. */
  async function refused(from: string, inputs: Readonly<Record<string, string>> = {}) {
    const temp = temporary();
    const before = await server.query("select oid, datname from pg_database order by 1");
    const { outcome, problems, left } = await restore(
      { from, "database-url": urlOf(server, "copy"), ...inputs },
      { temp },
    );
    expect(outcome).toBeUndefined();
    expect(await server.query("select oid, datname from pg_database order by 1")).toEqual(before);
    expect([readdirSync(temp), left]).toEqual([[], []]);
    expect(problems).toHaveLength(1);
    return problems[0];
  }

  const ways = (["zstd", "gzip", "none"] as const satisfies readonly Compression[]).flatMap((compression) =>
    [false, true].map((encrypted) => ({
      compression,
      recipients: () => (encrypted ? recipients.slice(0, 1) : []),
      inputs: (): Record<string, string> => (encrypted ? { "age-identity": mine() } : {}),
    })),
  );

  it("restores where nothing was done to it", async () => {
    for (const [turn, { compression, recipients, inputs }] of some(3, ways).entries()) {
      const { location } = await backup({ compression, recipients: recipients() });
      const target = urlOf(server, `good_${turn}`);
      const done = await restore({ from: location, "database-url": target, ...inputs() });
      expect(done.problems).toEqual([]);
      expect(done.outcome?.outputs["rows"]).toBe(20_000);
    }
  });

  it("is refused cut short, with a flipped bit, longer, empty, and another one", async () => {
    type Damage = (file: string, whole: Buffer, other: string) => void;
    const damages: readonly Damage[] = [
      (file, whole) => truncateSync(file, Math.floor(whole.length * 0.6)),
      (file, whole) => truncateSync(file, whole.length - 1),
      (file, whole) => writeFileSync(file, flipped(whole, Math.floor(whole.length / 2))),
      (file, whole) => writeFileSync(file, flipped(whole, whole.length - 2)),
      (file) => appendFileSync(file, "x"),
      (file) => truncateSync(file, 0),
      (file, _whole, other) => copyFileSync(other, file),
    ];
    // A sample has each damage, and each in another way.
    const cases = damages.flatMap((damage, turn) =>
      ways.map((_, index) => ({ damage, way: ways[(turn + index) % ways.length] ?? ways[0] })),
    );
    for (const { damage, way } of some(damages.length, cases)) {
      if (way === undefined) throw new Error("no way");
      const { compression, inputs } = way;
      const given = { compression, recipients: way.recipients() };
      const made = await backup(given);
      const whole = readFileSync(made.location);
      damage(made.location, whole, (await backup(given)).location);
      // Two dumps of one state are alike but for the time in their header.
      if (readFileSync(made.location).equals(whole)) continue;
      const problem = await refused(made.location, inputs());
      expect(problem?.message).toMatch(/damaged|does not decrypt|unpack|not encrypted to/);
    }
  }, 120_000);

  it("is refused where it or its manifest is gone, or about to go", async () => {
    const { location, manifestFile } = await backup();
    const text = readFileSync(manifestFile, "utf8");
    rmSync(manifestFile);
    expect((await refused(location))?.message).toContain("its manifest is not there");
    writeFileSync(manifestFile, text);
    const mark = manifestFile.replace(/json$/, "deleted");
    writeFileSync(mark, "");
    expect((await refused(location))?.message).toContain("is being removed");
    rmSync(mark);
    rmSync(location);
    expect((await refused(location))?.message).toContain("does not exist, though its manifest does");
  });

  it("is refused with the name of the next older one, which is not taken by itself", async () => {
    const directory = temporary();
    const at = Date.parse("2026-03-01T03:00:00Z");
    const [, older, newest] = [
      await backup({ directory, at: at - 2 }),
      await backup({ directory, at: at - 1 }),
      await backup({ directory, at }),
    ];
    const whole = readFileSync(newest.location);
    writeFileSync(newest.location, flipped(whole, Math.floor(whole.length / 2)));
    for (const from of [directory, newest.location]) {
      const changed = await refused(from);
      expect([changed?.message, changed?.hint]).toEqual([
        expect.stringContaining(`${newest.location} is damaged`),
        expect.stringContaining(`from: ${older.location}`),
      ]);
    }
    truncateSync(newest.location, whole.length - 1);
    const cut = await refused(directory, { "dry-run": "true" });
    expect([cut?.message, cut?.hint]).toEqual([
      expect.stringContaining(`has ${whole.length - 1} bytes instead of ${whole.length}`),
      expect.stringContaining(`from: ${older.location}`),
    ]);
    const from = /from: (\S+)$/.exec(cut?.hint ?? "")?.[1] ?? "";
    const { problems } = await restore({ from, "database-url": urlOf(server, "instead") });
    expect(problems).toEqual([]);
  });

  it("is refused where the manifest was changed to fit another file, or lengths that it has not", async () => {
    const bytes = await backup({ manifest: (m) => ({ ...m, object: { ...m.object, archiveBytes: 1 } }) });
    expect((await refused(bytes.location))?.message).toMatch(/unpacks to \d+ bytes instead of 1/);
    const short = await backup({
      manifest: (m) => ({ ...m, object: { ...m.object, bytes: m.object.bytes - 1 } }),
    });
    expect((await refused(short.location))?.message).toMatch(/it has \d+ bytes instead of/);
    const moved = await backup();
    const elsewhere = moved.manifestFile.replace("/shop/", "/other/");
    mkdirSync(path.dirname(elsewhere));
    renameSync(moved.manifestFile, elsewhere);
    expect((await refused(path.dirname(path.dirname(elsewhere))))?.message).toContain(
      "does not hold a backup",
    );
  });

  it("is refused with the identity of somebody else, or none", async () => {
    const { location } = await backup({ recipients: recipients.slice(0, 1) });
    expect(await refused(location, { "age-identity": theirs() })).toMatchObject({
      message: expect.stringContaining("was not encrypted to the identity"),
      where: { input: "age-identity" },
    });
    expect(await refused(location)).toMatchObject({
      message: expect.stringContaining("no identity was given"),
      where: { input: "age-identity" },
    });
  });

  it("takes an identity from a file, among others, as age-keygen writes it", async () => {
    const { location } = await backup({ recipients: recipients.slice(1) });
    const file = path.join(temporary(), "key.txt");
    writeFileSync(file, `# created: today\n# public key: ${recipients[0]}\n${identities.join("\n")}\n`);
    const done = await restore({
      from: location,
      "database-url": urlOf(server, "by_file"),
      "age-identity": file,
    });
    expect(done.problems).toEqual([]);
  });

  it("names a file of identities that is none, without a word of it", async () => {
    const file = path.join(temporary(), "key.txt");
    writeFileSync(file, "half of a secret");
    const problem = await refused((await backup()).location, { "age-identity": file });
    expect(problem?.message).toContain("not an age identity");
    expect(JSON.stringify([problem?.message, problem?.hint])).not.toContain("half of");
    expect(
      (await refused((await backup()).location, { "age-identity": "AGE-SECRET-KEY-1X" }))?.message,
    ).toContain("not an age identity");
  });

  it("is passed over where its manifest is no manifest, which is said", async () => {
    const directory = temporary();
    await backup({ directory, at: Date.parse("2026-03-01T00:00:00Z") });
    const young = await backup({ directory, at: Date.parse("2026-03-02T00:00:00Z") });
    writeFileSync(young.manifestFile, "{");
    const done = await restore({ from: directory, "database-url": urlOf(server, "older") });
    expect(done.outcome).toMatchObject({
      outputs: { "snapshot-at": "2026-03-01T00:00:00.000Z" },
      annotations: [{ level: "warning", message: expect.stringContaining("passed over") }],
    });
  });

  it("is refused where it does not fit onto the disk, before a byte of it is fetched", async () => {
    const { location } = await backup({
      manifest: (m) => ({ ...m, object: { ...m.object, archiveBytes: Number.MAX_SAFE_INTEGER } }),
    });
    expect((await refused(location))?.message).toContain("too little room");
  });
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0x10;
  return copy;
}
