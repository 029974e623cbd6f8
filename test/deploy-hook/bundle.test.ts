import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { schemas } from "../../actions/deploy-hook/src/schemas.ts";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { type ActionResult, runAction } from "../../scripts/runner/run-action.ts";
import { some } from "../support/effort.ts";
import { type Render, startRender } from "../support/hooks/render.ts";
import { startHttpServer } from "../support/http-server.ts";
import { elsewhere, repeats, silence, troubles } from "../support/providers/troubles.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { leaks, type Texts } from "../validate-secrets/leaks.ts";
import type { Inputs } from "./run-here.ts";

let render: Render;
beforeAll(async () => {
  render = await startRender();
});
afterAll(() => render.stop());
beforeEach(() => {
  render.instead();
  render.apiInstead();
});

type Finished = ActionResult & { readonly texts: Texts };

/** Starts the built action as the runner would. What it leaves is read, and its report held to the schema. */
function start(inputs: Inputs, env: Readonly<Record<string, string>> = {}) {
  const temp = makeTempDir("runner-temp");
  onTestFinished(() => temp.remove());
  const given = {
    "hook-url": render.hook,
    platform: "render",
    "api-url": render.apiUrl,
    interval: "20ms",
    ...inputs,
  };
  const dir = path.join(REPOSITORY, "build/dist/deploy-hook");
  const running = runAction({ dir, temp: temp.path, inputs: given, env });
  const done = running.done.then((result): Finished => {
    const report = readFileSync(result.outputs["report"] ?? "", "utf8");
    schemas["report.schema.json"].parse(JSON.parse(report));
    const files = readdirSync(temp.path, { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    const texts = files.map(({ parentPath, name }) => [
      name,
      readFileSync(path.join(parentPath, name), "utf8"),
    ]);
    // The runner takes the masks out of the log.
    const stdout = result.stdout.replace(/^::add-mask::.*$/gm, "");
    return {
      ...result,
      texts: { ...Object.fromEntries(texts), stdout, stderr: result.stderr, log: result.log },
    };
  });
  return { ...running, done };
}

describe("the built action", () => {
  it("calls once, follows, and gives its outputs", async () => {
    const before = render.deploys.length;
    const result = await start({ "api-token": render.apiKey }).done;
    expect(result.conclusion).toBe("success");
    expect(result.outputs).toMatchObject({
      ...{
        result: "live",
        called: "yes",
        status: "live",
        "duration-seconds": expect.stringMatching(/^\d+$/),
      },
      "deploy-id": render.deploys.at(-1)?.id,
    });
    expect(render.deploys.length - before).toBe(1);
    expect(result.summary).toContain("The deploy is live");
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "says after %s that the hook had been called, and leaves nothing running",
    async (signal, code) => {
      render.goesThrough("build_in_progress");
      const running = start({ "api-token": render.apiKey });
      render.apiInstead((...request) => {
        running.kill(signal);
        render.apiInstead();
        return silence(...request);
      });
      const result = await running.done;
      expect(result.exitCode).toBe(code);
      expect(result.outputs).toMatchObject({
        result: "cancelled",
        called: "yes",
        "deploy-id": render.deploys.at(-1)?.id,
      });
      expect(result.annotations.map(({ message }) => message).join()).toContain(
        "the platform goes on with it",
      );
      expect(result.orphans).toEqual([]);
    },
  );

  it("says when it is cancelled while it waits for the answer that nobody knows, without a second call", async () => {
    const before = render.requests.length;
    let running: ReturnType<typeof start> | undefined;
    render.instead((...request) => {
      running?.cancel();
      return silence(...request);
    });
    running = start({});
    const result = await running.done;
    expect(result.outputs).toMatchObject({ result: "cancelled", called: "unknown" });
    expect(render.requests.length - before).toBe(1);
  });

  it("fails at its own deadline with what became of the call", async () => {
    render.instead(silence);
    const result = await start({ timeout: "1s", retries: "0" }).done;
    expect(result.conclusion).toBe("failure");
    expect(result.outputs).toMatchObject({ result: "unclear", called: "unknown" });
  });
});

describe("no secret gets out", () => {
  const debug = { RUNNER_DEBUG: "1" };
  const secrets = () => ({ hook: render.hook, token: render.apiKey });

  it.each(some(5, Object.entries(troubles)))("of a hook that %s", async (_name, trouble) => {
    render.instead(trouble);
    const result = await start({ "api-token": render.apiKey, timeout: "2s" }, debug).done;
    expect(leaks(result.texts, secrets())).toEqual([]);
  });

  it.each(some(3, [200, 201, 302, 400, 401, 404, 422, 500]))(
    "of a hook that repeats the request in an answer of %i",
    async (status) => {
      const other = randomBytes(16).toString("hex");
      const headers = `X-Key: ${other}\nAuthorization: Bearer ${other}q`;
      render.instead(repeats(status));
      const inputs = { platform: "generic", "api-url": "", headers, body: JSON.stringify({ key: other }) };
      const result = await start(inputs, debug).done;
      expect(leaks(result.texts, { hook: render.hook, other })).toEqual([]);
    },
  );

  it("to where a redirect leads", async () => {
    const stranger = await startHttpServer();
    onTestFinished(() => stranger.stop());
    render.instead(elsewhere(stranger.origin));
    const result = await start({}, debug).done;
    expect(result.outputs["result"]).toBe("refused");
    expect(stranger.connections()).toBe(0);
    expect(leaks(result.texts, secrets())).toEqual([]);
  });

  it.each(some(2, [200, 401, 404, 500]))(
    "of an API that repeats the request in an answer of %i",
    async (status) => {
      render.apiInstead(repeats(status));
      const result = await start({ "api-token": render.apiKey, timeout: "2s" }, debug).done;
      expect(result.conclusion).toBe("failure");
      expect(leaks(result.texts, secrets())).toEqual([]);
    },
  );

  it("in a command line", async () => {
    let commands = "";
    render.instead(() => {
      const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
      for (const id of processes) {
        try {
          commands += readFileSync(`/proc/${id}/cmdline`, "latin1");
        } catch {
          // It has ended in the meantime.
        }
      }
      return {};
    });
    await start({ "api-token": render.apiKey }).done;
    expect(commands).toContain("deploy-hook");
    expect(leaks({ commands }, secrets())).toEqual([]);
  });
});
