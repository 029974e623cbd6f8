import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { Cancelled } from "../../shared/runtime/cancellation.ts";
import { certificates } from "../support/certificates.ts";
import { some } from "../support/effort.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { type Render, startRender } from "../support/hooks/render.ts";
import { startHttpServer } from "../support/http-server.ts";
import { freePort } from "../support/ports.ts";
import { type Here, type Inputs, runHere } from "./run-here.ts";
import { startWire } from "./wire.ts";

let render: Render;
let proxy: FaultProxy;
beforeAll(async () => {
  render = await startRender();
  proxy = await startFaultProxy(render.port);
});
afterAll(async () => {
  await proxy.stop();
  await render.stop();
});
beforeEach(async () => {
  render.instead();
  await proxy.set({ kind: "none" });
});

const through = (port: number, path = new URL(render.hook)): string =>
  `http://127.0.0.1:${port}${path.pathname}${path.search}`;
const call = (inputs: Inputs = {}): Promise<Here> =>
  runHere({ "hook-url": render.hook, platform: "render", "answer-timeout": "2s", ...inputs });
const facts = (outcome: Here) => [outcome.result, outcome.outputs["called"]];

describe("the hook is called exactly once", () => {
  it.each(["POST", "GET"])("by %s, with the commit and what else stands in the address", async (method) => {
    const before = render.deploys.length;
    const ref = "c0ffee".repeat(7).slice(0, 40);
    const outcome = await call({ method, ref });
    expect(facts(outcome)).toEqual(["accepted", "yes"]);
    expect(render.deploys.slice(before)).toMatchObject([{ ref, image: undefined }]);
    expect(outcome.outputs["deploy-id"]).toBe(render.deploys.at(-1)?.id);
    expect(render.requests.at(-1)?.method).toBe(method);
  });

  it("with an image whose name needs an escape", async () => {
    const image = `docker.io/library/nginx@sha256:${"ab".repeat(32)}`;
    await call({ image });
    expect(render.deploys.at(-1)?.image).toBe(image);
  });

  it("when the answer breaks off after any of its bytes", async () => {
    const whole = 400; // More than the answer has.
    for (const afterBytes of some(12, [...Array(whole).keys()].slice(1))) {
      await proxy.set({ kind: "cut", afterBytes });
      const before = render.deploys.length;
      const outcome = await call({ "hook-url": through(proxy.port) });
      expect(render.deploys.length - before, `cut after ${afterBytes} bytes`).toBe(1);
      const told = outcome.outputs["deploy-id"] === render.deploys.at(-1)?.id;
      expect(facts(outcome)).toEqual(told ? ["accepted", "yes"] : ["unclear", "unknown"]);
      expect(outcome.failures).toHaveLength(told ? 0 : 1);
    }
  });

  it("when the connection is reset after any byte of the request", async () => {
    for (const bytes of some(12, [...Array(200).keys()].slice(1))) {
      const wire = await startWire((socket, got) => {
        if (got.length >= bytes) socket.resetAndDestroy();
      });
      const outcome = await call({ "hook-url": through(wire.port) });
      expect(wire.received, `reset after ${bytes} bytes`).toHaveLength(1);
      expect(facts(outcome)).toEqual(["unclear", "unknown"]);
    }
  });

  it("or provably not at all, when the connection is reset at once", async () => {
    const wire = await startWire((socket) => socket.resetAndDestroy());
    const outcome = await call({ "hook-url": through(wire.port), retries: "3" });
    // Whether the client learns of the connection before it learns of its end is up to the kernel.
    if (outcome.result === "not-sent") for (const { bytes } of wire.received) expect(bytes).toHaveLength(0);
    else expect(facts(outcome)).toEqual(["unclear", "unknown"]);
  });

  it("when no answer comes", async () => {
    const wire = await startWire(() => undefined);
    const outcome = await call({ "hook-url": through(wire.port), "answer-timeout": "300ms" });
    expect(facts(outcome)).toEqual(["unclear", "unknown"]);
    expect(wire.received).toHaveLength(1);
    expect(outcome.failures[0]?.message).toContain("may have been called: no answer within 300 ms");
    expect(outcome.failures[0]?.hint).toContain("before this is run again");
  });

  it.each([500, 502, 503, 504, 408, 302, 303])("when it answers %i", async (status) => {
    const before = render.requests.length;
    render.instead(() => ({ status, headers: { location: "/", "retry-after": "1" } }));
    expect(facts(await call())).toEqual(["unclear", "unknown"]);
    expect(render.requests.length - before).toBe(1);
  });
});

describe("a call that was provably not taken", () => {
  it("is tried again when nobody listens, and says so when nobody ever does", async () => {
    const outcome = await call({ "hook-url": through(await freePort()), retries: "2" });
    expect(facts(outcome)).toEqual(["not-sent", "no"]);
    expect(outcome.details["attempts"]).toBe(3);
    expect(outcome.slept).toBe(1_000 + 2_000);
    expect(outcome.failures[0]?.message).toBe("The deploy hook was not reached: connection refused.");
  });

  it("is tried again when the name does not resolve", async () => {
    const outcome = await call({
      "hook-url": "https://hook.invalid/deploy/srv-1?key=0123456789abcdef",
      retries: "1",
    });
    expect(facts(outcome)).toEqual(["not-sent", "no"]);
    expect(outcome.details["attempts"]).toBe(2);
  });

  it("is made once the server is back", async () => {
    await proxy.set({ kind: "refuse" });
    const before = render.deploys.length;
    const outcome = await runHere(
      { "hook-url": through(proxy.port), platform: "render", retries: "1" },
      { meanwhile: () => proxy.set({ kind: "none" }) },
    );
    expect(facts(outcome)).toEqual(["accepted", "yes"]);
    expect(render.deploys.length - before).toBe(1);
  });

  it("waits as long as a 429 asks, and is then made once", async () => {
    const before = render.deploys.length;
    let turnedAway = 0;
    render.instead(() => {
      if (++turnedAway === 2) render.instead();
      return { status: 429, headers: { "retry-after": "7" } };
    });
    const outcome = await call();
    expect(facts(outcome)).toEqual(["accepted", "yes"]);
    expect(outcome.slept).toBe(14_000);
    expect(render.deploys.length - before).toBe(1);
  });

  it.each([
    ["does not say how long", {}],
    ["asks for longer than the timeout", { "retry-after": "86400" }],
  ])("is left at that when a 429 %s", async (_what, headers: Record<string, string>) => {
    const before = render.requests.length;
    render.instead(() => ({ status: 429, headers }));
    expect(facts(await call())).toEqual(["refused", "no"]);
    expect(render.requests.length - before).toBe(1);
  });

  it.each([400, 401, 403, 404, 405, 410, 422])("is not repeated after HTTP %i", async (status) => {
    const before = render.requests.length;
    render.instead(() => ({ status }));
    const outcome = await call();
    expect(facts(outcome)).toEqual(["refused", "no"]);
    expect(outcome.failures).toHaveLength(1);
    expect(render.requests.length - before).toBe(1);
  });

  it.each([307, 308])("does not follow a %i, not even to the same server", async (status) => {
    const before = render.requests.length;
    render.instead((request) => ({
      status,
      headers: { location: `${render.origin}${request.url}&again=1` },
    }));
    const outcome = await call();
    expect(facts(outcome)).toEqual(["refused", "no"]);
    expect(outcome.failures[0]?.message).toContain(new URL(render.origin).host);
    expect(render.requests.length - before).toBe(1);
  });
});

describe("under TLS", () => {
  it("sends nothing to a server whose certificate is wrong, and does not try again", async () => {
    const { wrongName, expired, selfSigned } = await certificates();
    for (const certificate of [wrongName, expired, selfSigned]) {
      const server = await startHttpServer(() => ({}), { certificate });
      onTestFinished(() => server.stop());
      const outcome = await call({ "hook-url": `${server.origin}/deploy/srv-1?key=0123456789abcdef` });
      expect(facts(outcome)).toEqual(["not-sent", "no"]);
      expect(server.requests).toEqual([]);
      expect(server.connections()).toBe(1);
    }
  });

  it("tries again when the connection breaks within the handshake, before anything was sent", async () => {
    const wire = await startWire((socket, got) => {
      if (got.length > 0) socket.resetAndDestroy();
    });
    const outcome = await call({
      "hook-url": `https://localhost:${wire.port}/deploy/srv-1?key=0123456789abcdef`,
      retries: "2",
    });
    expect(facts(outcome)).toEqual(["not-sent", "no"]);
    expect(wire.received).toHaveLength(3);
    for (const { bytes } of wire.received) expect(bytes.toString("latin1")).not.toContain("srv-1");
  });

  it("tries again when the server is silent within the handshake", async () => {
    const wire = await startWire(() => undefined);
    const url = `https://localhost:${wire.port}/deploy/srv-1?key=0123456789abcdef`;
    const outcome = await call({ "hook-url": url, retries: "1", "answer-timeout": "300ms" });
    expect(facts(outcome)).toEqual(["not-sent", "no"]);
    expect(wire.received).toHaveLength(2);
  });
});

describe("a cancelled run", () => {
  const cancelled = (when: (stop: AbortController) => Promise<Here>): Promise<Here> =>
    when(new AbortController());
  const told = (outcome: Here) => outcome.annotations?.map(({ message }) => message).join("\n");

  it("says that the hook was not called when it had not been", async () => {
    const url = through(await freePort());
    const outcome = await cancelled((stop) =>
      runHere(
        { "hook-url": url, platform: "render", retries: "20" },
        { stop, onLine: (line) => line.includes("Try 2") && stop.abort(new Cancelled("SIGINT")) },
      ),
    );
    expect(outcome.outputs["called"]).toBe("no");
    expect(outcome.failures).toEqual([]);
    expect(told(outcome)).toBe("The deploy hook was not called.");
  });

  it("waits a moment for the answer to what it has sent", async () => {
    const before = render.deploys.length;
    const outcome = await cancelled((stop) => {
      render.instead(async () => {
        stop.abort(new Cancelled("SIGTERM"));
        return { json: { deploy: { id: "dep-late" } } };
      });
      return runHere({ "hook-url": render.hook, platform: "render" }, { stop });
    });
    expect(outcome.outputs).toMatchObject({ called: "yes", "deploy-id": "dep-late" });
    expect(told(outcome)).toContain("had been called: the platform goes on with it (dep-late)");
    expect(render.deploys.length).toBe(before);
  });

  it("says that nobody knows when no answer came", async () => {
    const stop = new AbortController();
    const wire = await startWire((_socket, got) => {
      if (got.length > 0) stop.abort(new Cancelled("SIGINT"));
    });
    const outcome = await runHere({ "hook-url": through(wire.port), platform: "render" }, { stop });
    expect(outcome.outputs["called"]).toBe("unknown");
    expect(told(outcome)).toContain("may have been called: the run was cancelled before its answer came");
    expect(wire.received).toHaveLength(1);
  });

  it("does not call any more when it was cancelled before", async () => {
    const stop = new AbortController();
    stop.abort(new Cancelled("SIGINT"));
    const before = render.requests.length;
    expect((await runHere({ "hook-url": render.hook, platform: "render" }, { stop })).outputs["called"]).toBe(
      "no",
    );
    expect(render.requests.length).toBe(before);
  });
});
