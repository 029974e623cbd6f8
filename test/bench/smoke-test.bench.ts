import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Row, round, type Setting, table } from "./table.ts";
import { compare } from "./timed.ts";

const CHECKS = 500;
const quiet = ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON"];

/** What 500 checks cost beside the public tools that do the same, and whether slow checks overlap. */
export async function benchSmokeTest({ root, folder, port, peers, rounds }: Setting): Promise<string> {
  const origin = `http://127.0.0.1:${port}`;
  const bundle = path.join(root, "build/dist/smoke-test/index.js");
  const smoke = (name: string, config: string) => {
    const file = path.join(folder, `${name}.yml`);
    writeFileSync(file, config);
    const env = {
      INPUT_CONFIG: file,
      INPUT_TIMEOUT: "5m",
      RUNNER_TEMP: folder,
      GITHUB_OUTPUT: touch(folder, "output"),
      GITHUB_STEP_SUMMARY: touch(folder, "summary"),
    };
    return { program: process.execPath, args: [bundle], env };
  };
  const bare = (count: number) => ({
    program: process.execPath,
    args: [...quiet, path.join(root, "test/bench/bare-client.ts"), origin, String(count), "10"],
  });
  const fast = (count: number): string => config(origin, count, "/health", 10);
  const urls = Array.from(
    { length: CHECKS },
    (_, index) => `url = "${origin}/health?${index}"\noutput = "/dev/null"`,
  ).join("\n");
  writeFileSync(path.join(folder, "curl.txt"), urls);
  const results = await compare(
    {
      "smoke-test, start-up (1 check)": smoke("one", fast(1)),
      [`smoke-test, ${CHECKS} checks`]: smoke("many", fast(CHECKS)),
      "smoke-test, 50 checks of 200 ms": smoke("slow", config(origin, 50, "/health?delay=200", 10)),
      "bare node:http client, start-up (1 request)": bare(1),
      [`bare node:http client, ${CHECKS} requests`]: bare(CHECKS),
      "curl --parallel (no assertions)": {
        program: "curl",
        args: ["-sS", "--parallel", "--parallel-max", "10", "-K", path.join(folder, "curl.txt")],
      },
      ...peerCommands(peers, folder, origin),
    },
    rounds,
  );
  const start = results.get("smoke-test, start-up (1 check)") ?? { cpu: 0, wall: 0, code: 1 };
  const many = results.get(`smoke-test, ${CHECKS} checks`) ?? start;
  const slow = results.get("smoke-test, 50 checks of 200 ms") ?? start;
  const bareStart = results.get("bare node:http client, start-up (1 request)") ?? start;
  const bareMany = results.get(`bare node:http client, ${CHECKS} requests`) ?? bareStart;
  const ours = many.cpu - start.cpu;
  const least = bareMany.cpu - bareStart.cpu;
  const rows: Row[] = [...results].map(([name, { cpu, wall, code }]) => [
    name,
    round(cpu),
    round(wall),
    `${round(cpu / many.cpu)}×`,
    String(code),
  ]);
  return [
    "## smoke-test",
    "",
    `${CHECKS} GET checks of 70 bytes of JSON on loopback, each with a status and one JSON field asserted, at concurrency 10. Median of ${rounds} interleaved rounds. The server is a process of its own.`,
    "",
    table(["run", "CPU s", "wall s", "CPU against ours", "exit code"], rows),
    "",
    `- Beyond start-up, ${CHECKS} checks use ${round(ours)} s of CPU (bar: 0.35 s, set on a machine where all of the bare client took 0.18 s). The bare client's requests take ${round(least)} s beyond its own start-up: ours is ${round(ours / least)} times that.`,
    `- 50 checks of 200 ms at concurrency 10 take ${round(slow.wall - start.wall)} s beyond start-up (bar: about 1 s).`,
    "",
  ].join("\n");
}

function config(origin: string, count: number, address: string, concurrency: number): string {
  const checks = Array.from({ length: count }, (_, index) =>
    [
      `  - name: check ${index}`,
      `    get: ${address}`,
      "    expect: { status: 200, json: { $.status: healthy } }",
    ].join("\n"),
  );
  return [`base-url: ${origin}`, `concurrency: ${concurrency}`, "checks:", ...checks, ""].join("\n");
}

function touch(folder: string, name: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, "");
  return file;
}

function peerCommands(peers: string | undefined, folder: string, origin: string) {
  if (peers === undefined) return {};
  const bin = (name: string): string => path.join(peers, "node_modules/.bin", name);
  const step = (index: number) => ({
    name: `step ${index}`,
    http: {
      url: `${origin}/health?${index}`,
      method: "GET",
      check: { status: 200, jsonpath: { "$.status": "healthy" } },
    },
  });
  const workflow = {
    version: "1.1",
    name: "bench",
    tests: { all: { steps: Array.from({ length: CHECKS }, (_, index) => step(index)) } },
  };
  writeFileSync(path.join(folder, "stepci.yml"), JSON.stringify(workflow));
  return {
    "stepci, 500 steps": {
      program: bin("stepci"),
      args: ["run", path.join(folder, "stepci.yml")],
      env: { STEPCI_DISABLE_ANALYTICS: "1" },
    },
    "bruno, 500 requests": { program: bin("bru"), args: ["run"], cwd: brunoCollection(folder, origin) },
    "autocannon -c10 -a500 (no assertions)": {
      program: bin("autocannon"),
      args: ["-c10", `-a${CHECKS}`, `${origin}/health`],
    },
  };
}

function brunoCollection(folder: string, origin: string): string {
  const collection = path.join(folder, "bruno");
  mkdirSync(collection, { recursive: true });
  writeFileSync(
    path.join(collection, "bruno.json"),
    JSON.stringify({ version: "1", name: "bench", type: "collection" }),
  );
  for (let index = 0; index < CHECKS; index += 1) {
    const text = [
      `meta {\n  name: check ${index}\n  type: http\n  seq: ${index + 1}\n}`,
      `get {\n  url: ${origin}/health?${index}\n  body: none\n  auth: none\n}`,
      "assert {\n  res.status: eq 200\n  res.body.status: eq healthy\n}\n",
    ].join("\n\n");
    writeFileSync(path.join(collection, `check-${index}.bru`), text);
  }
  return collection;
}
