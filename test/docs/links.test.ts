import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";

const pages = readdirSync(path.join(REPOSITORY, "docs")).filter((name) => name.endsWith(".md"));

it.each(pages)("docs/%s leads to files that are there", (page) => {
  const text = readFileSync(path.join(REPOSITORY, "docs", page), "utf8").replaceAll(/^```.*?^```$/gms, "");
  const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target = ""]) => target);
  for (const link of links.filter((each) => !each.startsWith("https:")))
    expect(existsSync(path.join(REPOSITORY, "docs", link)), link).toBe(true);
});
