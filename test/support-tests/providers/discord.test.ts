import { describe, expect, it } from "vitest";
import { startDiscord } from "../../support/providers/discord.ts";
import { ask, started } from "./ask.ts";

describe("the fake of Discord", () => {
  it("knows its webhooks, and tells what a request has done", async () => {
    const { origin, effects } = await started(startDiscord({ "100": "good-token" }));
    const hook = `${origin}/api/v10/webhooks/100`;
    expect(await ask(`${hook}/good-token`)).toMatchObject({ status: 200, body: { name: "Deploys" } });
    expect(await ask(`${hook}/bad-token`)).toMatchObject({ status: 401, body: { code: 50_027 } });
    expect(await ask(`${origin}/api/webhooks/101/good-token`)).toMatchObject({
      status: 404,
      body: { code: 10_015 },
    });
    expect(effects).toEqual([]);
    await ask(`${hook}/good-token`, { method: "POST" });
    expect(effects).toEqual(["POST of the webhook"]);
  });

  it("turns away who has no name", async () => {
    const { origin } = await started(startDiscord({ "100": "good-token" }));
    const headers = { "user-agent": "" };
    expect(await ask(`${origin}/api/webhooks/100/good-token`, { headers })).toMatchObject({ status: 403 });
  });
});
