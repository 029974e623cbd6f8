import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { REPOSITORY } from "../bundle/repository.ts";
import { mustRun } from "./command.ts";
import { findExecutable, type Source } from "./part.ts";

const FOLDER = path.join(REPOSITORY, ".cache/npm");

/** Where a package of npm that is used from outside, and no dependency of ours, was put. */
export function findNpmPackage(name: string): string | undefined {
  const found = path.join(FOLDER, "node_modules", name);
  return existsSync(path.join(found, "package.json")) ? found : undefined;
}

/** A package of npm at an exact version, with what it depends on; its install scripts do not run. */
export function npmPackage(requirement: string): Source {
  return {
    kind: "npm package",
    item: requirement,
    command: `npm install --prefix .cache/npm --ignore-scripts ${requirement}`,
    usable: () => findExecutable("npm") !== undefined,
    install: async (requirements) => {
      mkdirSync(FOLDER, { recursive: true });
      const manifest = path.join(FOLDER, "package.json");
      if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true }\n');
      const flags = ["--prefix", FOLDER, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
      await mustRun("npm", ["install", ...flags, ...requirements]);
    },
  };
}
