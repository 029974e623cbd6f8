import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { locate } from "./needs.ts";
import { makeTempDir } from "./temp-dir.ts";

const run = promisify(execFile);

export type PostgresMajor = 14 | 15 | 16 | 17 | 18;

export type PostgresTemplate = {
  /** The directory with bin, lib and share. */
  readonly home: string;
  /** A data directory fresh from initdb, to be copied. */
  readonly template: string;
  /** Of the superuser postgres in it. */
  readonly password: string;
};

// initdb and postgres refuse to run as root. 65534 is nobody on all Linux systems; no account is needed.
const NOBODY = 65_534;
const AS_ROOT = process.getuid?.() === 0;

/** Who runs the servers, for `spawn`: whoever runs the tests, but nobody for root. */
export const SERVER_USER = AS_ROOT ? { uid: NOBODY, gid: NOBODY } : {};

/** Makes a directory, and all that is in it, the server's. */
export async function giveAway(directory: string): Promise<void> {
  if (AS_ROOT) await run("chown", ["-R", `${NOBODY}:${NOBODY}`, "--", directory]);
}

const made = new Map<string, Promise<PostgresTemplate>>();

/**
 * What every server of a major version begins with. initdb takes seconds, a copy of its result a moment: so that is
 * kept below .cache, for this version, this user and these further arguments of initdb, and made by whichever process
 * comes first.
 */
export function postgresTemplate(
  major: PostgresMajor,
  initdb: readonly string[] = [],
): Promise<PostgresTemplate> {
  const key = [major, ...initdb].join(" ");
  const known = made.get(key);
  if (known !== undefined) return known;
  const template = findOrMake(major, initdb);
  made.set(key, template);
  return template;
}

async function findOrMake(major: PostgresMajor, initdb: readonly string[]): Promise<PostgresTemplate> {
  const home = await usableHome(major);
  const { stdout } = await run(path.join(home, "bin/postgres"), ["--version"], { cwd: "/" });
  const version = /\d+\.\d+/.exec(stdout)?.[0] ?? String(major);
  const kind = initdb.map((argument) => argument.replace(/[^\w.]+/g, "-")).join("");
  const cache = path.join(REPOSITORY, ".cache", `postgres-${version}-${process.getuid?.()}${kind}`);
  if (!existsSync(cache)) await makeCache(cache, home, initdb);
  return {
    home,
    template: path.join(cache, "data"),
    password: readFileSync(path.join(cache, "password"), "utf8"),
  };
}

/** Where nobody cannot reach the repository, since it lies in root's home, the programs are copied out of it. */
async function usableHome(major: PostgresMajor): Promise<string> {
  const home = locate(`postgres-${major}`);
  const works = await run(path.join(home, "bin/postgres"), ["--version"], { ...SERVER_USER, cwd: "/" }).then(
    () => true,
    () => false,
  );
  if (works) return home;
  const directory = makeTempDir(`postgres-home-${major}`);
  chmodSync(directory.path, 0o711);
  const copy = path.join(directory.path, "native");
  await run("cp", ["-a", "--", home, copy]);
  return copy;
}

async function makeCache(cache: string, home: string, initdb: readonly string[]): Promise<void> {
  const directory = makeTempDir("initdb");
  const file = path.join(directory.path, "password");
  writeFileSync(file, randomBytes(12).toString("hex"), { mode: 0o600 });
  await giveAway(directory.path);
  const login = ["--auth=scram-sha-256", `--pwfile=${file}`, "--username=postgres"];
  const data = path.join(directory.path, "data");
  await run(
    path.join(home, "bin/initdb"),
    ["-D", data, ...login, "--encoding=UTF8", "--locale=C", "--no-sync", ...initdb],
    {
      ...SERVER_USER,
      cwd: directory.path,
      env: { PATH: process.env["PATH"] ?? "" },
    },
  );
  mkdirSync(path.dirname(cache), { recursive: true });
  const draft = mkdtempSync(`${cache}-`);
  await run("cp", ["-a", "--", data, file, draft]);
  directory.remove();
  try {
    renameSync(draft, cache);
  } catch (error) {
    // Another process was quicker, and its result is as good.
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(cache)) throw error;
  }
}
