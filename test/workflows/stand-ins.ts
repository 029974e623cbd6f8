import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { makeRelease, type Repositories } from "../deploy-flow/release.ts";
import { makeTempDir } from "../support/temp-dir.ts";

/** Puts the folder of the machine's own tool on the PATH, as setting it up would. */
const setUp = (variable: string): string => `import("node:fs").then(({ appendFileSync }) => {
  if (process.env.${variable}) appendFileSync(process.env.GITHUB_PATH, process.env.${variable} + "\\n");
});
`;

const SCRIPTS: Readonly<Record<string, string>> = {
  "actions/setup-python": setUp("PYTHON_FOLDER"),
  "actions/setup-node": setUp("NODE_FOLDER"),
  "actions/setup-go": setUp("GO_FOLDER"),
  // Each line of `path` that is there, into a folder with the artifact's name.
  "actions/upload-artifact": `import("node:fs").then(({ cpSync, existsSync }) => {
  const { ARTIFACTS, INPUT_NAME, INPUT_PATH } = process.env;
  for (const file of INPUT_PATH.split("\\n").filter((line) => line !== "" && existsSync(line)))
    cpSync(file, ARTIFACTS + "/" + INPUT_NAME + "/" + file.replace(/.*\\//, ""), { recursive: true });
});
`,
  "actions/download-artifact": `import("node:fs").then(({ cpSync }) => {
  const { ARTIFACTS, INPUT_NAME, INPUT_PATH } = process.env;
  cpSync(ARTIFACTS + "/" + INPUT_NAME, INPUT_PATH, { recursive: true });
});
`,
};

/** Whatever else a workflow names must not run in a test, and says so when it does. */
const UNEXPECTED = `console.log("::error::this stand-in must not run"); process.exitCode = 1;\n`;
const INPUTS = ["name", "path", "outputs", "input", "output"];

/**
 * A release, and stand-ins for every third party that its workflows name, by the pins that they have: what sets up a
 * language gives the machine's own, and `scripts` say what others do. A checkout is left to act, which has the work tree.
 */
export async function releaseWith(scripts: Readonly<Record<string, string>>): Promise<Repositories> {
  const released = Object.entries(await makeRelease()).filter(([name]) => name.startsWith("org/actions@"));
  const folder = makeTempDir("stand-ins").path;
  const made = pinsOfWorkflows().map((pin) => {
    const [name = ""] = pin.split("@");
    const place = path.join(folder, pin.replace(/\W/g, "-"));
    mkdirSync(place);
    const inputs = Object.fromEntries(INPUTS.map((input) => [input, { description: input }]));
    const runs = { using: "node24", main: "index.js" };
    writeFileSync(
      path.join(place, "action.yml"),
      stringify({ name: "Stand-in", description: pin, inputs, runs }),
    );
    writeFileSync(path.join(place, "index.js"), { ...SCRIPTS, ...scripts }[name] ?? UNEXPECTED);
    return [pin, place] as const;
  });
  return Object.fromEntries([...released, ...made]);
}

/** `owner/name@<commit>` of what stands in the workflows. Those in a folder of their repository run in no test. */
function pinsOfWorkflows(): string[] {
  const folder = path.join(REPOSITORY, ".github/workflows");
  const pins = readdirSync(folder).flatMap((file) => {
    const text = readFileSync(path.join(folder, file), "utf8");
    return [...text.matchAll(/uses: ([\w.-]+\/[\w.-]+@[0-9a-f]{40})/g)].map(([, pin = ""]) => pin);
  });
  return [...new Set(pins)].filter((pin) => !pin.startsWith("actions/checkout@"));
}
