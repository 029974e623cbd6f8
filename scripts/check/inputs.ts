import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { camelCase } from "../../shared/runtime/inputs.ts";
import { actionNames } from "../bundle/repository.ts";
import { readActionMetadata } from "../docs/action-metadata.ts";
import type { Check } from "./check.ts";
import { reachableSources } from "./imports.ts";
import { namesWritten, propertiesTaken } from "./source-names.ts";

// Every action has it: the runtime sets it.
const SET_BY_RUNTIME = ["result", "report"];

/** Every input stands in action.yml and in the action's spec, and is read; every output is set somewhere. */
export const inputs: Check = {
  name: "inputs and outputs",
  mend: "make action.yml, src/inputs.ts and the sources agree",
  find: async (root) => {
    const problems: string[] = [];
    for (const name of await actionNames(root)) problems.push(...(await problemsOf(root, name)));
    return { problems };
  },
};

async function problemsOf(root: string, name: string): Promise<string[]> {
  const folder = `actions/${name}`;
  const specFile = `${folder}/src/inputs.ts`;
  if (!existsSync(path.join(root, specFile))) return [`${specFile}: is missing; it exports \`spec\`.`];
  const { spec }: { spec?: object } = await import(pathToFileURL(path.join(root, specFile)).href);
  if (spec === undefined) return [`${specFile}: does not export \`spec\`.`];

  const action = await readActionMetadata(root, name);
  const declared = action.inputs.map((input) => input.name);
  const read = Object.keys(spec);
  const sources = await reachableSources(root, `${folder}/src/main.ts`);
  const taken = new Set(
    [...sources].filter(([file]) => file !== specFile).flatMap(([, text]) => propertiesTaken(text)),
  );
  const named = new Set([...sources.values()].flatMap(namesWritten));

  const undeclared = read.filter((input) => !declared.includes(input));
  const unspecified = declared.filter((input) => !read.includes(input));
  const unread = read.filter((input) => !taken.has(camelCase(input)));
  const outputs = action.outputs.map((output) => output.name);
  const unset = outputs.filter((output) => !SET_BY_RUNTIME.includes(output) && !named.has(output));
  const missing = SET_BY_RUNTIME.filter(
    (output) => !action.outputs.some((declared) => declared.name === output),
  );
  return [
    ...undeclared.map(
      (input) => `${folder}/action.yml: does not declare the input ${input}, which src/inputs.ts reads.`,
    ),
    ...unspecified.map(
      (input) => `${specFile}: does not read the input ${input}, which action.yml declares.`,
    ),
    ...unread.map(
      (input) => `${specFile}: the input ${input} is parsed, and nothing uses ${camelCase(input)}.`,
    ),
    ...unset.map((output) => `${folder}/action.yml: declares the output ${output}, which nothing sets.`),
    ...missing.map(
      (output) => `${folder}/action.yml: does not declare the output ${output}, which every action has.`,
    ),
  ];
}
