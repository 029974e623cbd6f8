import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Handler, type HttpServer, startHttpServer } from "../support/http-server.ts";
import { isRunning } from "../support/is-running.ts";
import { allSecrets, environmentOf, everythingAt, hiddenOf, WEB_PROBES } from "./everything.ts";
import { leaks } from "./leaks.ts";
import { startTalker } from "./talker.ts";
import { bundle, startValidation, validate } from "./validation.ts";

beforeAll(bundle);

const running: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

/** Servers that take every request and never answer; `asked` resolves when the last of the probes is waiting. */
async function silentServers(probes: number) {
  const asked = Promise.withResolvers<void>();
  let waiting = 0;
  const handler: Handler = () => {
    waiting++;
    if (waiting === probes) asked.resolve();
    return undefined;
  };
  const web: HttpServer = await startHttpServer(handler);
  const raw = await startTalker("silence");
  running.push(web, raw);
  const places = { web: web.origin, postgres: raw.port, ssh: raw.port, smtp: raw.port };
  return { places, asked: asked.promise };
}

// Both Zoho probes wait for one refresh.
const REQUESTS = WEB_PROBES.length - 1;

describe("the deadline of the step", () => {
  it("ends probes that wait as unknown, in time to report them", async () => {
    const { places } = await silentServers(REQUESTS);
    const secrets = allSecrets();
    const result = await validate({
      manifest: everythingAt(places, 0, "10m"),
      env: environmentOf(secrets, places.web),
      inputs: { timeout: "4s" },
    });
    for (const name of [...WEB_PROBES, "smtp", "database", "server"])
      expect(`${name} is ${result.probes[name]}`).toBe(`${name} is unknown`);
    expect(result).toMatchObject({
      exitCode: 0,
      outputs: { result: "unknown", valid: "false", invalid: "" },
    });
    expect(leaks(result.texts, hiddenOf(secrets))).toEqual([]);
    expect(result.orphans).toEqual([]);
  });

  it("fails the step with fail-on-unknown", async () => {
    const { places } = await silentServers(REQUESTS);
    const result = await validate({
      manifest: everythingAt(places, 0, "500ms"),
      env: environmentOf(allSecrets(), places.web),
      inputs: { "fail-on-unknown": "true" },
    });
    expect(result).toMatchObject({ exitCode: 1, outputs: { result: "unknown", valid: "false" } });
  });

  it("lets one slow probe keep no other from its verdict", async () => {
    const web = await startHttpServer((request) => (request.url === "/slow" ? undefined : {}));
    running.push(web);
    const result = await validate({
      manifest: {
        secrets: { API_TOKEN: {} },
        probes: {
          slow: { kind: "http", url: `${web.origin}/slow`, token: "API_TOKEN", timeout: "1s" },
          quick: { kind: "http", url: `${web.origin}/quick`, token: "API_TOKEN", timeout: "1s" },
        },
      },
      env: { API_TOKEN: allSecrets().credentials.API_TOKEN },
    });
    expect(result.probes).toEqual({ slow: "unknown", quick: "valid" });
  });
});

describe("a cancelled run", () => {
  it("stops every probe, leaks nothing, and says that it was cancelled", async () => {
    const { places, asked } = await silentServers(REQUESTS);
    const secrets = allSecrets();
    const validation = await startValidation({
      manifest: everythingAt(places, 0, "10m"),
      env: environmentOf(secrets, places.web),
      inputs: { timeout: "10m" },
    });
    await asked;
    validation.cancel();
    const result = await validation.done;
    expect(result).toMatchObject({
      conclusion: "cancelled",
      exitCode: 130,
      outputs: { result: "cancelled" },
    });
    expect(result.outputs["valid"] ?? "").not.toBe("true");
    expect(leaks(result.texts, hiddenOf(secrets))).toEqual([]);
    expect(result.orphans).toEqual([]);
  });

  it.each([
    ["that ends when it is told to", ""],
    ["that ignores SIGTERM", 'process.on("SIGTERM", () => undefined); setInterval(() => undefined, 1_000);'],
  ])("ends the program of a command %s, and the children of that", async (_, habit) => {
    const web = await startHttpServer();
    running.push(web);
    const pids = Promise.withResolvers<number[]>();
    web.answer(({ url }) => {
      pids.resolve(url.split("/").filter(Boolean).map(Number));
      return {};
    });
    const script = `
      ${habit}
      const child = require("node:child_process").spawn("sleep", ["600"]);
      require("node:http").get("${web.origin}/" + process.pid + "/" + child.pid);
    `;
    const validation = await startValidation({
      manifest: {
        secrets: { COMMAND_SECRET: { kind: "text" } },
        probes: {
          it: {
            kind: "command",
            run: [process.execPath, "-e", script],
            secrets: ["COMMAND_SECRET"],
            timeout: "10m",
          },
        },
      },
      env: { COMMAND_SECRET: allSecrets().credentials.COMMAND_SECRET },
      inputs: { timeout: "10m" },
    });
    const started = await pids.promise;
    expect(started.map(isRunning)).toEqual([true, true]);
    validation.cancel();
    const result = await validation.done;
    expect(result.conclusion).toBe("cancelled");
    expect(result.orphans).toEqual([]);
    await expect.poll(() => started.map(isRunning)).toEqual([false, false]);
  });
});
