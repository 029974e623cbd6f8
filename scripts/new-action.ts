// npm run new-action -- <name>
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../shared/runtime/user-error.ts";
import { runChild } from "./bundle/child.ts";
import { runCommand } from "./bundle/command-line.ts";
import { filesUnder, REPOSITORY } from "./bundle/repository.ts";
import { writeDocs } from "./docs.ts";

const SCAFFOLD = path.join(import.meta.dirname, "scaffold");

/**
 * Makes a new action that builds, passes the checks and its tests, and stands in the catalog; returns the paths of
 * its files.
 * @throws UserError when the name cannot be that of an action or is taken; then nothing is written.
 */
export async function newAction(root: string, name: string): Promise<string[]> {
  refuseName(root, name);
  const written: string[] = [];
  for (const file of await filesUnder(SCAFFOLD)) {
    const target = targetOf(file, name);
    const text = await readFile(path.join(SCAFFOLD, file), "utf8");
    await mkdir(path.dirname(path.join(root, target)), { recursive: true });
    await writeFile(path.join(root, target), named(file.startsWith("test/") ? movedTest(text) : text, name));
    written.push(target);
  }
  await format(root, written);
  await writeDocs(root);
  return written;
}

/** The length of the name moves line breaks and the order of imports. */
async function format(root: string, files: readonly string[]): Promise<void> {
  const biome = path.join(root, "node_modules/@biomejs/biome/bin/biome");
  const sources = files.filter((file) => file.endsWith(".ts"));
  const { code, stderr } = await runChild(process.execPath, [biome, "check", "--write", ...sources], {
    cwd: root,
  });
  if (code !== 0)
    throw new UserError(`The new files could not be formatted:\n${stderr.trim()}`, {
      hint: "npm run format",
    });
}

function refuseName(root: string, name: string): void {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new UserError(`${JSON.stringify(name)} cannot be the name of an action.`, {
      hint: "Use small letters and digits, with dashes between words: npm run new-action -- cache-warm-up",
    });
  }
  // The folders of the actions stand at the root of a release, beside what else is there.
  const taken = [`actions/${name}`, `test/${name}`, name].find((folder) =>
    existsSync(path.join(root, folder)),
  );
  if (taken === undefined) return;
  throw new UserError(`The name ${name} is taken: there is ${taken}.`, { hint: "Choose another name." });
}

function targetOf(file: string, name: string): string {
  return file.startsWith("test/") ? `test/${name}/${name}.test.ts` : `actions/${name}/${file}`;
}

/** The scaffold is checked where it stands, as if it were an action; its test moves out of the action's folder. */
function movedTest(text: string): string {
  return text
    .replaceAll('"../../../shared/', '"../../shared/')
    .replaceAll('"../src/', '"../../actions/scaffold/src/');
}

function named(text: string, name: string): string {
  const words = name.replaceAll("-", " ");
  return text
    .replaceAll("scaffold", name)
    .replaceAll("Scaffold", `${words.charAt(0).toUpperCase()}${words.slice(1)}`);
}

if (import.meta.main) {
  await runCommand(async ([name, ...rest]) => {
    if (name === undefined || rest.length > 0) {
      throw new UserError("One name is needed.", { hint: "npm run new-action -- <name>" });
    }
    const files = await newAction(REPOSITORY, name);
    console.log(["Written:", ...files.map((file) => `  ${file}`)].join("\n"));
    console.log(
      "Now: action.yml and README.md say what it is for, src/run.ts does it. Then npm run docs and npm run check.",
    );
  });
}
