import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { hostScript } from "../../scripts/docs/host-script.ts";
import { partOf } from "../../scripts/system/parts.ts";
import { makeAgentHost } from "../blue-green-switch/agent/host.ts";
import { startRouter } from "../blue-green-switch/agent/router.ts";
import { type Counted, startLoad } from "../blue-green-switch/load/load.ts";
import { startShopHost, switchOn } from "../blue-green-switch/shop-host.ts";
import { start } from "../support/started.ts";
import { type Setting, table } from "./table.ts";

const SWITCHES = 100;
const CLIENTS = 64;
const BETWEEN_MS = 150;
const WEB_APP = path.join(import.meta.dirname, "../blue-green-switch/load/web-app.ts");

// A client asks again after so long where the time is measured, so that the machine has some to spare.
const PAUSE_MS = 100;

/** What a hundred switches under load lose, how soon the new colour answers, and what a run adds to a deploy. */
export async function benchBlueGreenSwitch({
  root,
  rounds,
  count = SWITCHES,
}: Pick<Setting, "root" | "rounds"> & { readonly count?: number }): Promise<string> {
  const rows: string[][] = [];
  for (const router of ["nginx", "haproxy", "caddy"] as const) {
    if (partOf(router).find() === undefined) continue;
    const full = await switches(root, router, { count, pauseMs: 0 });
    const spared = await switches(root, router, { count, pauseMs: PAUSE_MS });
    rows.push([
      router,
      String(full.firsts.length + spared.firsts.length),
      String(full.counted.requests + spared.counted.requests),
      String(full.counted.lost + spared.counted.lost),
      String(full.counted.wrong + spared.counted.wrong),
      ...[full, spared].flatMap(({ rate, anyMs, firsts }) => [
        rate.toFixed(0),
        anyMs.toFixed(1),
        at(firsts, 0.5).toFixed(1),
        at(firsts, 0.95).toFixed(1),
      ]),
    ]);
  }
  const overheads: number[] = [];
  for (let round = 0; round < rounds; round += 1) overheads.push(await overhead());
  return [
    "## blue-green-switch",
    "",
    `${count} switches of each router at full load and ${count} at a bounded one, driven as the agent on the host does it, while ${CLIENTS} clients with kept connections and ${CLIENTS} that open one for each request ask without a pause, or with one of ${PAUSE_MS} ms, in a process of their own. The time is from the command to the first answer of the new colour that a client in a third process gets, which asks every millisecond or two; beside it stands what that client waits for any answer, switch or not. Clients, routers and colours share the machine: at full load the time is that of waiting for a processor. As in a deploy, a program that tells the router is started before the switch.`,
    "",
    table(
      [
        ...["router", "switches", "requests", "lost", "wrong"],
        ...["full load, requests/s", "any answer, median ms", "first answer, median ms", "95 %"],
        ...["bounded, requests/s", "any answer, median ms", "first answer, median ms", "95 %"],
      ],
      rows,
    ),
    "",
    `- What a run adds to a deploy, besides health, window and drain, over one SSH connection: ${(at(overheads, 0.5) / 1_000).toFixed(2)} s (bar: 3 s).`,
    "",
  ].join("\n");
}

type Switches = {
  readonly counted: Counted;
  readonly firsts: readonly number[];
  /** Requests a second. */
  readonly rate: number;
  /** What the client that looks for the first answer waits for any answer, at the median. */
  readonly anyMs: number;
};

async function switches(
  root: string,
  router: "nginx" | "haproxy" | "caddy",
  { count, pauseMs }: { readonly count: number; readonly pauseMs: number },
): Promise<Switches> {
  const host = await makeAgentHost({ router });
  const started = await startRouter(host, router);
  const colors = await Promise.all(
    (["blue", "green"] as const).map((color) =>
      start({
        command: process.execPath,
        args: ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", WEB_APP, String(host.ports[color]), color],
        ready: () => answers(host.ports[color]),
      }),
    ),
  );
  const url = `http://127.0.0.1:${host.ports.router}/health`;
  const driver = await startDriver(root, host.root, path.join(host.directory, "driver.sh"));
  const load = startLoad({ url, keepAlive: CLIENTS, closing: CLIENTS, pauseMs });
  const probe = startLoad({ url, keepAlive: 1, closing: 0, pauseMs: 1 });
  const firsts: number[] = [];
  try {
    await Promise.all([load.answered("blue"), probe.answered("blue")]);
    const began = now();
    for (let index = 0; index < count; index += 1) {
      // What the colour before has begun is answered meanwhile.
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
      const color = index % 2 === 0 ? "green" : "blue";
      const answered = probe.answered(color);
      const from = now();
      driver.stdin.write(`${color}\n`);
      firsts.push((await answered) - from);
    }
    const seconds = (now() - began) / 1_000;
    const [many, one] = await Promise.all([load.stop(), probe.stop()]);
    const counted = {
      ...many,
      requests: many.requests + one.requests,
      lost: many.lost + one.lost,
      wrong: many.wrong + one.wrong,
    };
    return { counted, firsts, rate: counted.requests / seconds, anyMs: one.medianMs };
  } finally {
    driver.stdin.end();
    for (const each of [started, ...colors]) await each.stop();
    host.remove();
  }
}

/** The agent's own driver of the router, which switches to each colour that it reads. */
async function startDriver(root: string, stateRoot: string, file: string) {
  const script = await hostScript(root, "blue-green-switch");
  const main = '\nmain "$@"\n';
  if (script === undefined || !script.text.endsWith(main)) throw new Error("the agent does not end in main");
  const variables = `root=$1 app=shop home=$1/shop deploy=bench operation=run phase=bench
actor='' run_url='' release='' from='' to='' events=/dev/null out=/dev/null event_number=0 began=0 for_person=0 force=0 ready_pid=''
mkdir -p "$home/log"
use_plan "$home/incoming/snippet/plan"
router_ready "$second"
while read -r color; do router_set "$color" && router_ready "$(other "$color")"; done
`;
  writeFileSync(file, `${script.text.slice(0, -main.length)}\n${variables}`);
  return spawn("sh", [file, stateRoot], { stdio: ["pipe", "inherit", "inherit"] });
}

/** One deploy beside another, as a workflow does it, and how long it took beyond what it has to wait for. */
async function overhead(): Promise<number> {
  const host = await startShopHost();
  try {
    const config = { stability: "1s", settle: "0s", drain: "0s" };
    await switchOn(host, { release: "r1" }, config).done;
    const { durationMs, outputs, log } = await switchOn(host, { release: "r2" }, config).done;
    if (outputs["result"] !== "deployed") throw new Error(log);
    const report: Report = JSON.parse(readFileSync(outputs["report"] ?? "", "utf8"));
    const waited = report.hosts
      .flatMap(({ phases }) => phases)
      .filter(({ phase }) => ["healthy", "switched", "draining"].includes(phase))
      .reduce((sum, { ms }) => sum + ms, 0);
    return durationMs - waited;
  } finally {
    await host.stop();
  }
}

type Report = {
  readonly hosts: readonly { readonly phases: readonly { readonly phase: string; readonly ms: number }[] }[];
};

function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/health`).then(
    () => true,
    () => false,
  );
}

function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function at(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}
