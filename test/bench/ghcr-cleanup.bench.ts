import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "yaml";
import { startGitHubPackages } from "../support/github-packages/server.ts";
import { EXPECTED, fillPackage } from "./ghcr-data.ts";
import { type Row, round, type Setting, table } from "./table.ts";
import { timed } from "./timed.ts";

// What public tools ask of GitHub and the registry for the same package: every page, and every manifest.
const PEERS_READS = 5_053;

/** What a dry run over five thousand versions asks for, cold and with a cache, and what deciding on 100,000 takes. */
export async function benchGhcrCleanup({ root, folder }: Setting): Promise<string> {
  const bundle = path.join(root, "build/dist/ghcr-cleanup/index.js");
  const server = await startGitHubPackages({ registry: "memory" });
  const rows: Row[] = [];
  try {
    fillPackage(server.package("acme/shop"), Date.now());
    const token = server.tokens.issue();
    for (const title of ["cold", "with the cache of the run before"]) {
      const home = path.join(folder, `ghcr ${title}`);
      mkdirSync(home);
      const file = (name: string): string => {
        writeFileSync(path.join(home, name), "");
        return path.join(home, name);
      };
      const inputs = {
        ...defaults(root),
        INPUT_PACKAGES: "shop",
        INPUT_OWNER: "acme",
        "INPUT_GITHUB-TOKEN": token,
        "INPUT_REGISTRY-URL": server.registryUrl,
        "INPUT_KEEP-LAST": "0",
        "INPUT_MAX-PERCENT": "100",
        "INPUT_DRY-RUN": "true",
        "INPUT_MANIFEST-CACHE": path.join(folder, "manifests.json"),
      };
      const output = file("output");
      const env = {
        ...inputs,
        GITHUB_API_URL: server.apiUrl,
        RUNNER_TEMP: home,
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: file("summary"),
      };
      const from = server.journal.length;
      const cost = await timed({ program: process.execPath, args: [bundle], env });
      const calls = server.journal.slice(from);
      const pages = calls.filter(({ side }) => side === "api").length;
      const deleted = outputNamed(output, "deleted");
      if (cost.code !== 0 || deleted !== String(EXPECTED.deleted)) {
        throw new Error(
          `the dry run ended with ${cost.code}, and would delete ${deleted}: ${EXPECTED.deleted} expected`,
        );
      }
      rows.push([
        title,
        String(pages),
        String(calls.length - pages),
        String(calls.length),
        round(cost.cpu),
        round(cost.wall),
      ]);
    }
  } finally {
    await server.stop();
  }
  const decided = decideOnMany(folder);
  return [
    "## ghcr-cleanup",
    "",
    `A dry run over ${EXPECTED.versions} versions, of which ${EXPECTED.deleted} may go. Public tools read ${PEERS_READS} times; the bar is 2,400.`,
    "",
    table(["run", "calls to GitHub", "to the registry", "together", "CPU s", "wall s"], rows),
    "",
    `- Deciding on ${decided.versions} versions takes ${round(decided.cpuMs / 1_000)} s of CPU and ${Math.round(decided.megabytes)} MiB, ${Math.round(decided.ownMegabytes)} of them beyond the facts (bar: 2 s, 300 MB).`,
    `- The bundle has ${Math.round(statSync(bundle).size / 1_024)} KiB (bar: 1 MB).`,
    "",
  ].join("\n");
}

type Decided = {
  readonly versions: number;
  readonly cpuMs: number;
  readonly megabytes: number;
  readonly ownMegabytes: number;
};

function decideOnMany(folder: string): Decided {
  // Without its types: taking them away would count as memory of the decision.
  const script = plainScript(new URL("ghcr-decide.ts", import.meta.url), folder);
  const done = spawnSync(process.execPath, [script], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`the decision failed:\n${done.stderr}`);
  return JSON.parse(done.stdout) as Decided;
}

/** Writes a module and what it imports as JavaScript into a folder, and returns the path of its copy. */
function plainScript(file: URL, folder: string, made = new Map<string, string>()): string {
  const known = made.get(file.href);
  if (known !== undefined) return known;
  const copy = path.join(folder, `decide-${made.size}.mjs`);
  made.set(file.href, copy);
  const text = stripTypeScriptTypes(readFileSync(file, "utf8"));
  const plain = text.replace(
    /from "(\.[^"]+\.ts)"/g,
    (_, imported: string) =>
      `from "${pathToFileURL(plainScript(new URL(imported, file), folder, made)).href}"`,
  );
  writeFileSync(copy, plain);
  return copy;
}

/** The defaults of action.yml, which the runner would hand over. */
function defaults(root: string): Record<string, string> {
  const text = readFileSync(path.join(root, "build/dist/ghcr-cleanup/action.yml"), "utf8");
  const { inputs } = parse(text) as {
    readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  };
  const named = Object.entries(inputs).map(([name, input]) => [
    `INPUT_${name.toUpperCase()}`,
    input.default ?? "",
  ]);
  return Object.fromEntries(named) as Record<string, string>;
}

function outputNamed(file: string, name: string): string | undefined {
  const text = readFileSync(file, "utf8");
  return new RegExp(`^${name}(?:=|<<(\\S+)\\n)(.*)$`, "m").exec(text)?.[2];
}
