import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Row, round, type Setting, table } from "./table.ts";
import { compare } from "./timed.ts";

const SECRETS = 30;
const PROBES = 20;

/** Whether 20 probes of 200 ms overlap, and what 30 secrets cost. No public tool does the same. */
export async function benchValidateSecrets({ root, folder, port, rounds }: Setting): Promise<string> {
  const bundle = path.join(root, "build/dist/validate-secrets/index.js");
  const names = Array.from({ length: SECRETS }, (_, index) => `SECRET_${index}`);
  const values = Object.fromEntries(names.map((name) => [name, randomBytes(24).toString("base64url")]));
  const run = (title: string, secrets: readonly string[], probes: number) => {
    const home = path.join(folder, title);
    mkdirSync(home);
    const file = (name: string, text = ""): string => {
      writeFileSync(path.join(home, name), text);
      return path.join(home, name);
    };
    const url = `http://127.0.0.1:${port}/health?delay=200`;
    const manifest = {
      secrets: Object.fromEntries(secrets.map((name) => [name, { kind: "token" }])),
      probes: Object.fromEntries(
        secrets.slice(0, probes).map((name) => [name, { kind: "http", url, token: name }]),
      ),
    };
    const inputs = {
      INPUT_CONFIG: file("secrets.yml", JSON.stringify(manifest)),
      INPUT_PROBE: "true",
      "INPUT_FAIL-ON": "missing, malformed, invalid, insufficient, expired",
      "INPUT_FAIL-ON-UNKNOWN": "true",
      INPUT_INIT: "false",
      INPUT_TIMEOUT: "1m",
    };
    const runner = { RUNNER_TEMP: home, GITHUB_OUTPUT: file("output"), GITHUB_STEP_SUMMARY: file("summary") };
    return { program: process.execPath, args: [bundle], env: { ...values, ...inputs, ...runner } };
  };
  const few = "start-up (1 secret, no probe)";
  const many = `${SECRETS} secrets, ${PROBES} probes of 200 ms`;
  const results = await compare(
    { [few]: run("few", names.slice(0, 1), 0), [many]: run("many", names, PROBES) },
    rounds,
  );
  const rows: Row[] = [...results].map(([name, cost]) => [
    name,
    round(cost.cpu),
    round(cost.wall),
    String(cost.code),
  ]);
  const beyond = (results.get(many)?.wall ?? Number.NaN) - (results.get(few)?.wall ?? Number.NaN);
  return [
    "## validate-secrets",
    "",
    `Median of ${rounds} interleaved rounds; every probe has to be answered and accepted.`,
    "",
    table(["run", "CPU s", "wall s", "exit code"], rows),
    "",
    `- Beyond start-up, ${SECRETS} secrets with ${PROBES} probes of 200 ms take ${round(beyond)} s (bar: 1.5 s).`,
    "",
  ].join("\n");
}
