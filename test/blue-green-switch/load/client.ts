import { Agent, get } from "node:http";

// Sends requests without a pause until its standard input ends: `node client.ts <url> <keep-alive> <closing> <pause-ms>`.
// Writes a line of JSON for each change of the release that answers, and a last one with what it has counted. Nothing
// is ever sent twice: an answer that did not come is lost.

const [, , url = "", keepAlive = "0", closing = "0", pauseMs = "0"] = process.argv;
const SHOWN = 5;
const counted = { requests: 0, lost: 0, wrong: 0, reused: 0, examples: [] as string[] };
const took: number[] = [];
let last = "";
let over = false;

process.stdin.on("end", () => (over = true)).resume();
await Promise.all([
  ...Array.from({ length: Number(keepAlive) }, () => work(new Agent({ keepAlive: true, maxSockets: 1 }))),
  ...Array.from({ length: Number(closing) }, () => work(new Agent({ keepAlive: false, maxSockets: 1 }))),
]);
const medianMs = took.sort((a, b) => a - b)[took.length >> 1] ?? 0;
process.stdout.write(`${JSON.stringify({ counted: { ...counted, medianMs } })}\n`, () => process.exit(0));

async function work(agent: Agent): Promise<void> {
  while (!over) {
    await once(agent);
    if (pauseMs !== "0") await new Promise((resolve) => setTimeout(resolve, Number(pauseMs)));
  }
}

function once(agent: Agent): Promise<void> {
  counted.requests += 1;
  const began = performance.now();
  return new Promise((resolve) => {
    const request = get(url, { agent, timeout: 30_000 }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () => {
        took.push(performance.now() - began);
        judge(response.statusCode ?? 0, body);
        resolve();
      });
      response.on("error", (error) => lose(error, resolve));
    });
    request.on("socket", () => {
      if (request.reusedSocket) counted.reused += 1;
    });
    request.on("timeout", () => request.destroy(new Error("no answer in 30 s")));
    request.on("error", (error) => lose(error, resolve));
  });
}

function lose(error: Error, resolve: () => void): void {
  counted.lost += 1;
  note(error.message);
  resolve();
}

function judge(status: number, body: string): void {
  const [, release] = /release=([\w.-]+);/.exec(body) ?? [];
  if (status !== 200 || release === undefined) {
    counted.wrong += 1;
    note(`${status} ${body.slice(0, 100)}`);
  } else if (release !== last) {
    last = release;
    // One clock for all processes of the machine.
    process.stdout.write(`${JSON.stringify({ release, at: Number(process.hrtime.bigint()) / 1e6 })}\n`);
  }
}

function note(example: string): void {
  if (counted.examples.length < SHOWN) counted.examples.push(example);
}
