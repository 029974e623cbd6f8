import { copyFile, mkdir, readdir, readFile, realpath, rm } from "node:fs/promises";
import path from "node:path";
import { parse } from "yaml";
import { UserError } from "../../shared/runtime/user-error.ts";
import { runChild } from "./child.ts";
import { KeptBundles, nameOfBundle } from "./kept-bundles.ts";

/**
 * Makes the complete folder of one action: the bundle of its compiled sources (`<staging>/js`), the licences of what
 * is in it, action.yml, README.md and the published schemas. A bundle that was made of the same before is taken again.
 * @throws UserError when bundling fails or the result would not be the same on another machine.
 */
export async function bundleAction(
  root: string,
  staging: string,
  name: string,
  signal?: AbortSignal,
): Promise<string> {
  const folder = path.join(staging, "dist", name);
  await mkdir(folder, { recursive: true });
  const kept = new KeptBundles(root);
  const bundle = await nameOfBundle(root, path.join(staging, "js"), entryOf(name));
  if (!(await kept.take(name, bundle, folder))) {
    await runNcc(root, staging, name, folder, signal);
    await dropPlatformFiles(folder);
    await refuseMissingModules(folder, name);
    await refuseMachinePaths(root, folder, name);
    await kept.keep(name, bundle, folder);
  }
  const source = path.join(root, "actions", name);
  const published = (await readdir(source)).filter((file) =>
    /^(action\.yml|README\.md|.+\.schema\.json)$/.test(file),
  );
  for (const file of published) await copyFile(path.join(source, file), path.join(folder, file));
  await refuseMissingEntries(folder, name);
  return folder;
}

function entryOf(name: string): string {
  return `actions/${name}/src/main.js`;
}

async function runNcc(
  root: string,
  staging: string,
  name: string,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const ncc = path.join(root, "node_modules/@vercel/ncc/dist/ncc/cli.js");
  const entry = path.join(staging, "js", entryOf(name));
  const options = ["--minify", "--license", "licenses.txt", "--no-cache", "--quiet"];
  // Module ids derive from paths relative to the working directory, which is therefore as deep in every checkout.
  const child = await runChild(process.execPath, [ncc, "build", entry, "-o", folder, ...options], {
    ...{ cwd: staging, signal },
  });
  if (child.code === 0) return;
  throw new UserError(`${name}: the bundle could not be made:\n${(child.stdout + child.stderr).trim()}`, {
    hint: `Mend what the bundler names; its entry is actions/${name}/src/main.ts.`,
  });
}

/** ssh2 brings pagent.exe and, where install scripts ran, native modules built for one Node; it works without them. */
async function dropPlatformFiles(folder: string): Promise<void> {
  for (const file of await readdir(folder, { recursive: true })) {
    if (/\.(exe|node)$/.test(file)) await rm(path.join(folder, file));
  }
}

/**
 * ncc bundles on when a module is not installed and leaves a `require` for the run to fail at. Two such are meant:
 * pg's optional native client, and the native parts of ssh2.
 */
async function refuseMissingModules(folder: string, name: string): Promise<void> {
  const text = await readFile(path.join(folder, "index.js"), "utf8");
  const left = [...text.matchAll(/eval\("require"\)\("([^"]+)"\)/g)].map((match) => match[1] ?? "");
  const missing = left.filter((module) => module !== "pg-native" && !module.endsWith(".node"));
  if (missing.length === 0) return;
  throw new UserError(
    `${name}: the bundle would need at run time what is not installed: ${missing.join(", ")}.`,
    {
      hint: "Run `npm run setup` to install the locked dependencies, and build again.",
    },
  );
}

async function refuseMachinePaths(root: string, folder: string, name: string): Promise<void> {
  const text = await readFile(path.join(folder, "index.js"), "utf8");
  const modules = await realpath(path.join(root, "node_modules"));
  for (const machinePath of new Set([root, await realpath(root), path.dirname(modules)])) {
    const at = text.indexOf(`${machinePath}/`);
    if (at < 0) continue;
    throw new UserError(
      `${name}: the bundle holds a path of this machine: …${text.slice(Math.max(0, at - 60), at + machinePath.length + 60)}…`,
      {
        hint: "Look for a path written into the sources or resolved by the bundler; a bundle is the same on every machine.",
      },
    );
  }
}

async function refuseMissingEntries(folder: string, name: string): Promise<void> {
  const { runs } = parse(await readFile(path.join(folder, "action.yml"), "utf8")) ?? {};
  const present = await readdir(folder);
  for (const key of ["pre", "main", "post"]) {
    const entry: unknown = runs?.[key];
    if (entry === undefined && key !== "main") continue;
    if (typeof entry === "string" && present.includes(entry)) continue;
    throw new UserError(
      `actions/${name}/action.yml: runs.${key} is ${JSON.stringify(entry)}, which the build does not make.`,
      {
        hint: `Write \`${key}: index.js\`.`,
      },
    );
  }
}
