import { describe, expect, it } from "vitest";
import { startTelegram, UPGRADED_CHAT_ID } from "../../support/providers/telegram.ts";
import { ask, started } from "./ask.ts";

describe("the fake of Telegram", () => {
  const token = `123456:${"A1b-".repeat(8)}xyz`;
  const chats = { "-1": "member", "-2": "visible", "-3": "kicked", "-4": "upgraded" } as const;
  const telegram = () => started(startTelegram({ tokens: [token], chats }));

  it.each([
    ["a token it does not know", `123456:${"B1b-".repeat(8)}xyz`, 401, "Unauthorized"],
    ["a token without a colon", "123456", 401, "Unauthorized: invalid token specified"],
    ["a token that begins with 0", `0${token}`, 401, "Unauthorized: invalid token specified"],
    [
      "a token of more than 80 characters",
      token.padEnd(81, "x"),
      401,
      "Unauthorized: invalid token specified",
    ],
    ["a token with a slash, which ends the path", `${token}/x`, 404, "Not Found"],
  ])("refuses %s", async (_what, given, status, description) => {
    const { origin } = await telegram();
    expect(await ask(`${origin}/bot${given}/getMe`)).toEqual({
      status,
      body: { ok: false, error_code: status, description },
    });
  });

  it("lets a bot look at a public chat that it may not write to", async () => {
    const { origin, effects } = await telegram();
    const of = (method: string, chat: string) =>
      ask(`${origin}/bot${token}/${method}?chat_id=${chat}&action=typing`).then(({ status }) => status);
    expect([await of("getMe", ""), await of("getChat", "-1"), await of("sendChatAction", "-1")]).toEqual([
      200, 200, 200,
    ]);
    expect([await of("getChat", "-2"), await of("sendChatAction", "-2")]).toEqual([200, 403]);
    expect([await of("getChat", "-3"), await of("sendChatAction", "-3")]).toEqual([403, 403]);
    expect([await of("getChat", "-9"), await of("sendChatAction", "-9")]).toEqual([400, 400]);
    expect(effects).toEqual([]);
  });

  it("names the new id of a group that was upgraded, and insists on an action", async () => {
    const { origin } = await telegram();
    expect(await ask(`${origin}/bot${token}/getChat?chat_id=-4`)).toMatchObject({
      body: { parameters: { migrate_to_chat_id: UPGRADED_CHAT_ID } },
    });
    expect(await ask(`${origin}/bot${token}/sendChatAction?chat_id=-1`)).toMatchObject({ status: 400 });
  });

  it("tells a message that was sent", async () => {
    const { origin, effects } = await telegram();
    await ask(`${origin}/bot${token}/sendMessage`, { method: "POST" });
    expect(effects).toEqual(["sendMessage"]);
  });
});
