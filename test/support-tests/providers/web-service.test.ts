import { describe, expect, it } from "vitest";
import { startWebService } from "../../support/providers/web-service.ts";
import { ask, bearer, started } from "./ask.ts";

describe("the fake of an API of one's own", () => {
  it("knows tokens, users and who may not", async () => {
    const { origin, effects } = await started(
      startWebService({ tokens: ["t-1"], users: { me: "a:b" }, forbidden: ["t-2"] }),
    );
    const status = async (headers: Record<string, string>) => (await ask(`${origin}/me`, { headers })).status;
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });
    expect(await status(bearer("t-1").headers)).toBe(200);
    expect(await status({ "x-api-key": "t-1" })).toBe(200);
    expect(await status(basic("me:a:b"))).toBe(200);
    expect(await status(basic("me:a"))).toBe(401);
    expect(await status(bearer("t-2").headers)).toBe(403);
    expect(await status({})).toBe(401);
    expect(effects).toEqual([]);
    await ask(`${origin}/me`, { method: "POST" });
    expect(effects).toEqual(["POST /me"]);
  });
});
