import { open, readdir } from "node:fs/promises";
import path from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { Client } from "pg";
import { pathWithPrograms } from "../../../test/support/postgres-programs.ts";
import type { Chapter, Step } from "../chapter.ts";
import type { Stage } from "../stage.ts";

/** A backup that is proven, the day on which it is needed, and two ways in which it could have gone wrong. */
export const dbBackup: Chapter = {
  name: "db-backup",
  title: "A backup that is proven to restore, and the day it is needed",
  about:
    "db-backup dumps the shop's database, encrypts it, reads it back and restores it into a scratch server before it " +
    "counts. Then somebody drops the schema, and db-restore swaps the backup in.",
  otherActions: ["db-restore"],
  steps,
};

async function* steps(stage: Stage): AsyncGenerator<Step> {
  const { shop, postgres } = stage;
  const identity = await generateIdentity();
  const destination = path.join(stage.temp, "backups");
  const name = new URL(shop.databaseUrl).pathname.slice(1);
  const admin = new URL(postgres.url);
  admin.pathname = `/${name}`;
  const secrets = { DATABASE_URL: admin.href, BACKUP_IDENTITY: identity };
  const env = { PATH: pathWithPrograms() };
  const given = {
    "database-url": admin.href,
    destination,
    "encrypt-to": await identityToRecipient(identity),
  };
  const backUp = { action: "db-backup", with: given, env, secrets };
  yield {
    title: "Backed up, and proven by restoring it",
    why:
      "Streamed through zstd and age into a directory, read back, restored into a temporary server, and compared with " +
      "the snapshot that was dumped: tables, rows, contents, sequences.",
    ...{ ...backUp, with: { ...given, verify: "restore" } },
    expected: { conclusion: "success", outputs: { result: "backed-up", verified: "restore" } },
  };

  await asAdmin(admin.href, "drop schema public cascade; create schema public");
  yield {
    title: "The night after somebody dropped the schema",
    why: "There is nothing left to back up. A green tick here, night after night, would push the last good backup out.",
    ...{ ...backUp, with: { ...given, "keep-last": "1" } },
    expected: { conclusion: "failure", because: [/holds no row, and held data in the backup of/] },
  };

  const file = await storedBackup(destination);
  const restore = {
    action: "db-restore",
    with: {
      from: destination,
      "age-identity": identity,
      "database-url": admin.href,
      mode: "swap",
      confirm: name,
    },
    env,
    secrets,
  };
  await flipBit(file);
  yield {
    title: "A bit that flipped on the disk",
    why: "The backup is no longer what its manifest says. That is found before the database is touched.",
    ...restore,
    expected: { conclusion: "failure", because: [/is damaged/] },
  };

  await flipBit(file);
  yield {
    title: "Back again",
    why:
      "With the bit put right, the backup is restored beside the emptied database, compared, and takes its name. The " +
      "emptied one is kept, and the summary says how to go back.",
    ...restore,
    expected: { conclusion: "success", outputs: { result: "restored", verified: "rows" } },
  };
}

async function asAdmin(databaseUrl: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function storedBackup(destination: string): Promise<string> {
  const files = await readdir(destination, { recursive: true });
  const found = files.find((file) => file.endsWith(".age"));
  if (found === undefined) throw new Error("there is no backup");
  return path.join(destination, found);
}

/** Doing it twice changes nothing. */
async function flipBit(file: string): Promise<void> {
  const handle = await open(file, "r+");
  try {
    const byte = Buffer.alloc(1);
    const { size } = await handle.stat();
    const at = Math.floor(size / 2);
    await handle.read(byte, 0, 1, at);
    byte.writeUInt8(byte.readUInt8(0) ^ 1);
    await handle.write(byte, 0, 1, at);
  } finally {
    await handle.close();
  }
}
