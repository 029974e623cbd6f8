import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import type { StandIns } from "../deploy-flow/release.ts";

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

/**
 * Stand-ins for every third party that the reusable workflows name, by the pins that they have: what sets up a language
 * gives the machine's own. A checkout is left to act, which has the work tree for it.
 */
export function standIns(scripts: Readonly<Record<string, string>> = {}): StandIns {
  const folder = path.join(REPOSITORY, ".github/workflows");
  const texts = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), "utf8"));
  const pins = texts.flatMap((text) => [...text.matchAll(/uses: ([\w./-]+)@([0-9a-f]{40})/g)]);
  const all = { ...SCRIPTS, ...scripts };
  return Object.fromEntries(
    pins.flatMap(([, name = "", commit = ""]) =>
      name === "actions/checkout" || name.split("/").length > 2
        ? []
        : [
            [
              `${name}@${commit}`,
              { inputs: ["name", "path", "outputs", "input", "output"], script: all[name] ?? UNEXPECTED },
            ] as const,
          ],
    ),
  );
}
