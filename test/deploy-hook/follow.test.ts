import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Cancelled } from "../../shared/runtime/cancellation.ts";
import { type Render, startRender } from "../support/hooks/render.ts";
import { troubles } from "../support/providers/troubles.ts";
import { type Here, type Inputs, type Options, runHere } from "./run-here.ts";

let render: Render;
beforeAll(async () => {
  render = await startRender();
});
afterAll(() => render.stop());
beforeEach(() => {
  render.apiInstead();
  render.instead();
});

const follow = (inputs: Inputs = {}, options: Options = {}): Promise<Here> =>
  runHere(
    {
      ...{
        "hook-url": render.hook,
        platform: "render",
        "api-token": render.apiKey,
        "api-url": render.apiUrl,
      },
      ...inputs,
    },
    options,
  );
const facts = (outcome: Here) => [outcome.result, outcome.outputs["status"], outcome.failures.length];

describe("a deploy on Render is followed", () => {
  it("through its states until it is live", async () => {
    const states = ["created", "queued", "build_in_progress", "pre_deploy_in_progress", "update_in_progress"];
    render.goesThrough(...states, "live");
    const outcome = await follow();
    expect(facts(outcome)).toEqual(["live", "live", 0]);
    expect(outcome.outputs["deploy-id"]).toBe(render.deploys.at(-1)?.id);
    for (const state of states) expect(outcome.log).toContain(`status=${state} after`);
    expect(outcome.slept).toBe(states.length * 5_000);
  });

  it.each(["build_failed", "pre_deploy_failed", "update_failed", "canceled", "deactivated"])(
    "until it ends as %s, which fails the step",
    async (state) => {
      render.goesThrough("build_in_progress", state);
      const outcome = await follow();
      expect(facts(outcome)).toEqual(["failed", state, 1]);
      expect(outcome.outputs["called"]).toBe("yes");
    },
  );

  it("through a state that is not known, without taking it for an end", async () => {
    render.goesThrough("build_in_progress", "warming_up", "live");
    expect(facts(await follow())).toEqual(["live", "live", 0]);
  });

  it.each([
    ["build_in_progress", "its last state was build_in_progress"],
    ["shiny_new_state", "its last state was shiny_new_state, which is none that is known"],
  ])("until the time is over when it stays %s, which fails the step", async (state, why) => {
    render.goesThrough(state);
    const outcome = await follow({ timeout: "2m" });
    expect(facts(outcome)).toEqual(["unfinished", state, 1]);
    expect(outcome.failures[0]?.message).toContain(why);
  });

  it.each([null, 7, "live\nlive", { live: true }, ["live"]])("and %j is no state at all", async (status) => {
    render.apiInstead(() => ({ json: { id: "dep-1", status } }));
    expect(facts(await follow({ timeout: "1m" }))).toEqual(["unfinished", "", 1]);
  });

  it.each(Object.entries(troubles))("though the API %s for a while", async (_name, trouble) => {
    render.goesThrough("build_in_progress", "live");
    let left = 3;
    render.apiInstead((...request) => {
      if (--left === 0) render.apiInstead();
      return trouble(...request);
    });
    expect(facts(await follow({ timeout: "4h" }))).toEqual(["live", "live", 0]);
  });

  it("though the API does not know it yet", async () => {
    let left = 4;
    render.apiInstead(() => {
      if (--left === 0) render.apiInstead();
      return { status: 404 };
    });
    expect(facts(await follow())).toEqual(["live", "live", 0]);
  });

  it("no longer when the API never knows it", async () => {
    render.apiInstead(() => ({ status: 404 }));
    const outcome = await follow();
    expect(facts(outcome)).toEqual(["unfinished", "", 1]);
    expect(outcome.slept).toBe(25_000);
  });

  it("no longer when the token is refused, and asks only once with it", async () => {
    const before = render.requests.length;
    const outcome = await follow({ "api-token": "rnd_wrong" });
    expect(facts(outcome)).toEqual(["unfinished", "", 1]);
    expect(outcome.failures[0]?.message).toContain("the API refuses the token (HTTP 401)");
    expect(outcome.outputs["called"]).toBe("yes");
    expect(render.requests.length - before).toBe(2);
  });

  it("as slowly as the API asks for", async () => {
    render.goesThrough("live");
    render.apiInstead(() => {
      render.apiInstead();
      return { status: 429, headers: { "retry-after": "60" } };
    });
    expect((await follow()).slept).toBe(60_000);
  });

  it("until the run is cancelled, which says that the platform goes on", async () => {
    render.goesThrough("build_in_progress");
    const stop = new AbortController();
    const onLine = (line: string) => line.includes("status=build") && stop.abort(new Cancelled("SIGINT"));
    const outcome = await follow({}, { stop, onLine });
    expect(outcome.failures).toEqual([]);
    expect(outcome.outputs).toMatchObject({ called: "yes", status: "build_in_progress" });
    expect(outcome.annotations?.[0]?.message).toContain("the platform goes on with it");
  });
});

describe("an answer that names no deploy", () => {
  const blueprint = {
    status: 200,
    body: "sync started, https://dashboard.render.com/blueprint/exs-1/sync/exe-2",
  };

  it("is a warning when the deploy is not followed", async () => {
    render.instead(() => blueprint);
    const outcome = await runHere({ "hook-url": render.hook, platform: "render" });
    expect(facts(outcome)).toEqual(["accepted", "", 0]);
    expect(outcome.annotations?.[0]?.message).toContain("named no deploy");
  });

  it("fails the step when it was to be followed", async () => {
    render.instead(() => blueprint);
    expect(facts(await follow())).toEqual(["unfinished", "", 1]);
  });

  it.each(["../../../v1/owners", "dep-1?x=1", "a b", "", 5, null])("and %j is no name", async (id) => {
    render.instead(() => ({ json: { deploy: { id } } }));
    const outcome = await follow();
    expect(outcome.outputs["deploy-id"]).toBe("");
    expect(outcome.failures).toHaveLength(1);
  });
});
