import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTelegram, type Telegram } from "../support/telegram/server.ts";
import { type Finished, type Inputs, notify } from "./built-action.ts";

const GROUP = -100_200;
const OTHER = -100_300;
const FORUM = -100_400;
const CHANNEL = -100_500;

let telegram: Telegram;
beforeEach(async () => {
  telegram = await startTelegram({
    chats: [
      { id: GROUP, title: "Team" },
      { id: OTHER, title: "Operations" },
      { id: FORUM, topics: { 7: "Deploys" } },
      { id: CHANNEL, type: "channel", username: "deploys_test" },
      { id: -5, type: "group", migratedTo: GROUP },
      { id: -6, standing: "kicked" },
      { id: -7, canPin: false },
    ],
  });
});
afterEach(async () => {
  await telegram.stop();
  expect(telegram.misuses).toEqual([]);
});

const send = (inputs: Inputs = {}): Promise<Finished> =>
  notify(telegram, { "chat-id": String(GROUP), title: "Deployed", ...inputs });

const idOf = (result: Finished, chat: number | string = GROUP): number => {
  const id = result.messages[String(chat)];
  if (typeof id !== "number") throw new Error(`no message in ${chat}: ${result.outputs["message-id"]}`);
  return id;
};

describe("a message of telegram-notify", () => {
  it("stands in the chat, with a sound, open to all, and without a preview of its links", async () => {
    const result = await send({ message: "see https://example.com/" });
    expect(result.ok).toBe(true);
    expect(telegram.chat(GROUP).messages).toMatchObject([
      { id: idOf(result), silent: false, protected: false, linkPreview: false, pinned: false, flaws: [] },
    ]);
    expect(telegram.chat(GROUP).texts[0]).toContain("Deployed");
    expect(telegram.chat(GROUP).texts[0]).toContain("see https://example.com/");
    expect(result.outputs).toMatchObject({ result: "sent", sent: "1", failed: "0" });
  });

  it("needs no inputs but the bot, the chat and the status", async () => {
    const result = await send({ title: "" });
    expect(result.ok).toBe(true);
    expect(telegram.chat(GROUP).texts[0]).toMatch(/^✅ \S/u);
    expect(telegram.chat(GROUP).texts[0]).toContain("example/app");
  });

  it("goes silently, protected, pinned, with a preview, where that is asked for", async () => {
    await send({ silent: "true", protect: "true", pin: "true", "link-preview": "true" });
    expect(telegram.chat(GROUP).messages).toMatchObject([
      { silent: true, protected: true, linkPreview: true, pinned: true },
    ]);
  });

  it("answers another, or nothing when that is gone", async () => {
    const first = await send();
    const second = await send({ "reply-to": first.outputs["message-id"] ?? "" });
    telegram.chat(GROUP).remove(idOf(second));
    const third = await send({ "reply-to": String(idOf(second)) });
    expect(telegram.chat(GROUP).message(idOf(third))).toMatchObject({ replyTo: undefined });
    expect([first, second, third].map(({ outputs }) => outputs["result"])).toEqual(["sent", "sent", "sent"]);
    expect(
      telegram.journal.of("sendMessage").map(({ parameters }) => parameters["reply_parameters"]),
    ).toMatchObject([undefined, { message_id: idOf(first) }, { message_id: idOf(second) }]);
  });

  it.each([
    ["7", 7],
    ["1", undefined],
    ["", undefined],
  ])("stands in the topic %s of a forum", async (thread, shown) => {
    await send({ "chat-id": String(FORUM), "thread-id": thread });
    expect(telegram.chat(FORUM).messages).toMatchObject([{ thread: shown }]);
  });

  it("does not stand elsewhere when its topic is gone", async () => {
    const result = await send({ "chat-id": String(FORUM), "thread-id": "8" });
    expect(telegram.chat(FORUM).messages).toEqual([]);
    expect(result).toMatchObject({ ok: true, outputs: { result: "failed", sent: "0", failed: "1" } });
    expect(result.log).toContain("message thread not found");
  });

  it("goes to every chat, by number and by name", async () => {
    const result = await send({ "chat-id": `${GROUP}\n${OTHER}, @Deploys_Test` });
    for (const chat of [GROUP, OTHER, CHANNEL]) expect(telegram.chat(chat).messages).toHaveLength(1);
    expect(Object.keys(result.messages)).toHaveLength(3);
    expect(result.outputs).toMatchObject({ result: "sent", sent: "3", failed: "0" });
  });

  it("goes to the chats that take it, and says which did not", async () => {
    const result = await send({ "chat-id": `${GROUP},-6,-8,${OTHER}` });
    expect(result.ok).toBe(true);
    expect(result.outputs).toMatchObject({ result: "partial", sent: "2", failed: "2" });
    expect(Object.keys(result.messages).sort()).toEqual([String(GROUP), String(OTHER)].sort());
    const said = result.annotations.map(({ message }) => message).join("\n");
    for (const part of ["-6", "bot was kicked", "-8", "chat not found"]) expect(said).toContain(part);
  });

  it("follows a group to where it has gone, and says so", async () => {
    const result = await send({ "chat-id": "-5" });
    expect(telegram.chat(GROUP).messages).toHaveLength(1);
    expect(result.outputs).toMatchObject({ result: "sent", sent: "1", failed: "0" });
    expect(result.log).toContain(String(GROUP));
    const edited = await send({
      "chat-id": "-5",
      title: "Again",
      "message-id": result.outputs["message-id"] ?? "",
    });
    expect(telegram.chat(GROUP).messages).toHaveLength(1);
    expect(edited.outputs["result"]).toBe("sent");
  });

  it("stays when it cannot be pinned, and that is said", async () => {
    const result = await send({ "chat-id": "-7", pin: "true" });
    expect(result.ok).toBe(true);
    expect(telegram.chat(-7).messages).toMatchObject([{ pinned: false }]);
    expect(idOf(result, -7)).toBeGreaterThan(0);
    expect(`${result.log}\n${result.summary}`).toContain("not enough rights to manage pinned messages");
  });

  it("leaves no summary when all went well, and one when it did not", async () => {
    expect((await send()).summary).toBe("");
    expect((await send({ "chat-id": "-6" })).summary).toContain("bot was kicked");
  });

  it("is only shown in a dry run", async () => {
    const result = await send({ "dry-run": "true", message: "look here" });
    expect(telegram.journal.entries).toEqual([]);
    expect(result.outputs).toMatchObject({ result: "planned" });
    expect(result.log).toContain("look here");
  });
});

describe("an edit of telegram-notify", () => {
  const edit = (earlier: Finished, inputs: Inputs): Promise<Finished> =>
    send({ "message-id": earlier.outputs["message-id"] ?? "", ...inputs });

  it("changes the message in place, in every chat", async () => {
    const chats = { "chat-id": `${GROUP},${OTHER}` };
    const first = await send({ ...chats, status: "started", title: "Deploying" });
    const second = await edit(first, { ...chats, title: "Deployed" });
    for (const chat of [GROUP, OTHER]) {
      expect(telegram.chat(chat).messages).toHaveLength(1);
      expect(telegram.chat(chat).texts[0]).toContain("Deployed");
    }
    expect(second.messages).toEqual(first.messages);
    expect(second.outputs["result"]).toBe("sent");
  });

  it("with the same text is a success", async () => {
    const first = await send({ template: "{{title}}" });
    const second = await edit(first, { template: "{{title}}" });
    expect(second).toMatchObject({ ok: true, summary: "", outputs: { result: "sent", failed: "0" } });
    expect(second.messages).toEqual(first.messages);
    expect(telegram.journal.methods).toEqual(["sendMessage", "editMessageText"]);
  });

  it("of a message that is gone sends it anew", async () => {
    const first = await send();
    telegram.chat(GROUP).remove(idOf(first));
    const second = await edit(first, {});
    expect(idOf(second)).not.toBe(idOf(first));
    expect(telegram.chat(GROUP).messages).toMatchObject([{ id: idOf(second) }]);
    expect(second.outputs["result"]).toBe("sent");
  });

  it("of a long message keeps its parts, and makes or leaves what is more or less", async () => {
    const lines = (count: number) =>
      Array.from({ length: count }, (_, line) => `line ${line} ${"x".repeat(90)}`).join("\n");
    const long = await send({ message: lines(80) });
    expect(telegram.chat(GROUP).messages).toHaveLength(2);
    const longer = await edit(long, { message: lines(120) });
    expect(telegram.chat(GROUP).messages).toHaveLength(3);
    expect(telegram.chat(GROUP).texts.join("\n")).toContain("line 119");
    const short = await edit(longer, { message: "short" });
    expect(short.outputs["result"]).toBe("sent");
    const texts = telegram.chat(GROUP).texts.join("\n");
    expect(texts).toContain("short");
    expect(texts).not.toContain("line 119");
    expect(telegram.chat(GROUP).messages).toMatchObject([{ id: [long.messages[GROUP]].flat()[0] }]);
  });

  it("is made where notify-on would ask for no message", async () => {
    const first = await send({ status: "started" });
    const second = await edit(first, { status: "success", title: "Through", "notify-on": "failure" });
    expect(telegram.chat(GROUP).texts).toMatchObject([expect.stringContaining("Through")]);
    expect(second.outputs["result"]).toBe("sent");
  });
});

describe("notify-on", () => {
  it.each([
    ["failure", "success", 0],
    ["failure", "failure", 1],
    ["always", "success", 1],
  ])("%s: a %s makes %i messages", async (notifyOn, status, messages) => {
    const result = await send({ "notify-on": notifyOn, status });
    expect(telegram.chat(GROUP).messages).toHaveLength(messages);
    expect(result).toMatchObject({ ok: true, outputs: { result: messages === 0 ? "quiet" : "sent" } });
  });
});

describe("mention", () => {
  it("calls people by name and by number, when it failed", async () => {
    await send({ status: "failure", mention: "@somebody, A person=12345" });
    await send({ status: "success", mention: "@somebody, A person=12345" });
    const [failed, fine] = telegram.chat(GROUP).messages;
    expect(failed?.text).toMatch(/@somebody A person$/);
    expect(failed?.entities).toContainEqual(
      expect.objectContaining({ type: "text_mention", user: { id: 12345 } }),
    );
    expect(failed?.entities).toContainEqual(expect.objectContaining({ type: "mention" }));
    expect(fine?.text).not.toContain("somebody");
  });
});
