import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { When } from "../support/telegram/fault.ts";
import { startTelegram, type Telegram } from "../support/telegram/server.ts";

const PERSON = 101;
const GROUP = -100_200;
const FORUM = -100_300;
const CHANNEL = -100_400;
const PNG = pngOf(64, 48);

let telegram: Telegram;
beforeEach(async () => {
  telegram = await startTelegram({
    chats: [
      { id: PERSON, title: "Somebody" },
      { id: GROUP, title: "Team" },
      { id: FORUM, topics: { 7: "Deploys" } },
      { id: CHANNEL, type: "channel", username: "Deploys_Test" },
      { id: -5, type: "group", migratedTo: GROUP },
      { id: -6, type: "group", standing: "kicked" },
      { id: -7, standing: "not a member" },
      { id: -8, standing: "muted" },
      { id: 9, standing: "blocked" },
      { id: 10, standing: "never met" },
      { id: 11, standing: "deactivated" },
      { id: -12, canPin: false },
    ],
  });
});
afterEach(() => telegram.stop());

type Reply = {
  readonly status: number;
  readonly headers: Headers;
  readonly ok: boolean;
  readonly result: { readonly message_id: number } & Record<string, unknown>;
  readonly description?: string;
  readonly parameters?: unknown;
};

async function post(
  method: string,
  body: NonNullable<RequestInit["body"]>,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const response = await fetch(`${telegram.url}/bot${telegram.token}/${method}`, {
    method: "POST",
    body,
    headers,
  });
  const answer = (await response.json()) as Omit<Reply, "status" | "headers">;
  return { status: response.status, headers: response.headers, ...answer };
}

const call = (method: string, parameters: unknown): Promise<Reply> =>
  post(method, JSON.stringify(parameters), { "content-type": "application/json" });

const say = (text: string, more: Record<string, unknown> = {}): Promise<Reply> =>
  call("sendMessage", { chat_id: GROUP, text, ...more });

const album = (...kinds: string[]) => {
  const form = new FormData();
  form.set("chat_id", String(GROUP));
  form.set("media", JSON.stringify(kinds.map((type, index) => ({ type, media: `attach://f${index}` }))));
  for (const index of kinds.keys()) form.set(`f${index}`, new Blob([PNG]), `${index}.png`);
  return post("sendMediaGroup", form);
};

const upload = (method: string, field: string, bytes: Uint8Array, name: string) => {
  const form = new FormData();
  form.set("chat_id", String(GROUP));
  form.set("caption", "<b>log</b>");
  form.set("parse_mode", "HTML");
  form.set(field, new Blob([Uint8Array.from(bytes)]), name);
  return post(method, form);
};

/** As much of a PNG as tells its size. */
function pngOf(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.write("\x89PNG\r\n\x1a\n", "latin1");
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}

describe("the fake Bot API server", () => {
  it.each([
    [
      "JSON",
      (fields: Record<string, string>) => ({ body: JSON.stringify(fields), type: "application/json" }),
    ],
    ["a form", (fields: Record<string, string>) => ({ body: new URLSearchParams(fields), type: undefined })],
    [
      "a multipart form",
      (fields: Record<string, string>) => {
        const body = new FormData();
        for (const [name, value] of Object.entries(fields)) body.set(name, value);
        return { body, type: undefined };
      },
    ],
  ])("reads %s", async (_, encode) => {
    const { body, type } = encode({ chat_id: String(GROUP), text: "<i>ä</i>", parse_mode: "HTML" });
    const reply = await post("sendmessage", body, type === undefined ? {} : { "content-type": type });
    expect(reply).toMatchObject({ status: 200, ok: true, result: { text: "ä" } });
    expect(telegram.chat(GROUP).messages).toMatchObject([
      { id: reply.result.message_id, text: "ä", entities: [{ type: "italic", offset: 0, length: 1 }] },
    ]);
    expect(telegram.misuses).toEqual([]);
  });

  it("writes down every request, and what it answered", async () => {
    await say("a");
    await call("sendMessage", { chat_id: 1, text: "b" });
    expect(telegram.journal.entries).toMatchObject([
      { method: "sendMessage", parameters: { chat_id: GROUP, text: "a" }, code: 200 },
      { method: "sendMessage", code: 400, description: "Bad Request: chat not found" },
    ]);
  });

  it("tells of requests to come", async () => {
    const next = telegram.journal.next(({ method }) => method === "getMe");
    await say("a");
    await call("getMe", {});
    expect((await next).method).toBe("getMe");
  });

  it.each([
    ["an unknown token", (url: string, token: string) => `${url}/bot${token}x/getMe`, 401, "Unauthorized"],
    ["no token", (url: string) => `${url}/bot/getMe`, 401, "Unauthorized: invalid token specified"],
    ["another path", (url: string) => `${url}/getMe`, 404, "Not Found"],
    [
      "an unknown method",
      (url: string, token: string) => `${url}/bot${token}/get`,
      404,
      "Not Found: method not found",
    ],
  ])("refuses %s", async (_, address, code, description) => {
    const response = await fetch(address(telegram.url, telegram.token));
    expect(response.status).toBe(code);
    expect(await response.json()).toEqual({ ok: false, error_code: code, description });
  });

  it("serves under a path of its own", async () => {
    const other = await startTelegram({ chats: [], path: "/bots" });
    expect((await fetch(`${other.url}/bot${other.token}/getMe`)).status).toBe(200);
    expect((await fetch(`${other.http.origin}/bot${other.token}/getMe`)).status).toBe(404);
    await other.stop();
  });

  it.each([
    ["a parameter it does not know", { chat_id: GROUP, text: "a", disable_web_page_preview: true }],
    ["a number in a string", { chat_id: GROUP, text: "a", message_thread_id: "7" }],
    ["a string for a flag", { chat_id: GROUP, text: "a", protect_content: "true" }],
    [
      "an entity it does not know",
      { chat_id: GROUP, text: "a", entities: [{ type: "big", offset: 0, length: 1 }] },
    ],
    ["two ways of formatting", { chat_id: GROUP, text: "a", entities: [], parse_mode: "HTML" }],
    ["a chat that is no name and no number", { chat_id: "team", text: "a" }],
    ["a missing text", { chat_id: GROUP }],
  ])("takes %s for a misuse", async (_, parameters) => {
    expect((await call("sendMessage", parameters)).status).toBe(400);
    expect(telegram.misuses).toHaveLength(1);
    expect(telegram.chat(GROUP).messages).toEqual([]);
  });

  it.each([
    ["JSON that is none", "{", "application/json", "Bad Request: can't parse JSON object"],
    ["JSON that is no object", "[]", "application/json", "Bad Request: can't parse JSON object"],
    [
      "bytes that are no text",
      new Uint8Array([0x7b, 0xff]),
      "application/json",
      "Bad Request: strings must be encoded in UTF-8",
    ],
    [
      "a form without its boundary",
      "--x",
      "multipart/form-data; boundary=y",
      "Bad Request: can't parse multipart/form-data",
    ],
  ])("refuses %s", async (_, body, type, description) => {
    expect(await post("sendMessage", body, { "content-type": type })).toMatchObject({
      status: 400,
      description,
    });
  });

  it("takes parameters in the address for a misuse", async () => {
    await fetch(`${telegram.url}/bot${telegram.token}/sendMessage?chat_id=${GROUP}&text=a`);
    expect(telegram.misuses).toHaveLength(1);
  });

  it("refuses a link in an entity that it could not open", async () => {
    const entities = [{ type: "text_link", offset: 0, length: 1, url: "http://localhost/" }];
    expect((await say("a", { entities })).description).toBe(
      "Bad Request: entity URL 'http://localhost/' is invalid: Wrong HTTP URL",
    );
  });
});

describe("a chat of the fake Bot API server", () => {
  it.each([
    [1, 400, "Bad Request: chat not found"],
    ["", 400, "Bad Request: chat_id is empty"],
    ["@nobody_here", 400, "Bad Request: chat not found"],
    ["@Somebody", 400, "Bad Request: chat not found"],
    [-6, 403, "Forbidden: bot was kicked from the group chat"],
    [-7, 403, "Forbidden: bot is not a member of the supergroup chat"],
    [-8, 400, "Bad Request: not enough rights to send text messages to the chat"],
    [9, 403, "Forbidden: bot was blocked by the user"],
    [10, 403, "Forbidden: bot can't initiate conversation with a user"],
    [11, 403, "Forbidden: user is deactivated"],
  ])("%s: %i %s", async (chat_id, status, description) => {
    expect(await call("sendMessage", { chat_id, text: "a" })).toMatchObject({ status, description });
    expect(telegram.misuses).toEqual([]);
  });

  it("is found by its public name", async () => {
    expect((await call("getChat", { chat_id: "@deploys_test" })).result).toMatchObject({ id: CHANNEL });
    await call("sendMessage", { chat_id: "@deploys_test", text: "a" });
    expect(telegram.chat(CHANNEL).texts).toEqual(["a"]);
  });

  it("tells where it has gone", async () => {
    expect(await call("sendMessage", { chat_id: -5, text: "a" })).toMatchObject({
      status: 400,
      description: "Bad Request: group chat was upgraded to a supergroup chat",
      parameters: { migrate_to_chat_id: GROUP },
    });
  });

  it("keeps topics apart, and does not know the General topic by its number", async () => {
    const reply = await call("sendMessage", { chat_id: FORUM, text: "a", message_thread_id: 7 });
    expect(reply.result).toMatchObject({ message_thread_id: 7, is_topic_message: true });
    for (const message_thread_id of [1, 8])
      expect(await call("sendMessage", { chat_id: FORUM, text: "a", message_thread_id })).toMatchObject({
        description: "Bad Request: message thread not found",
      });
    await call("sendMessage", { chat_id: GROUP, text: "a", message_thread_id: 8 });
    expect(telegram.chat(GROUP).messages).toMatchObject([{ thread: undefined }]);
    expect(telegram.chat(FORUM).messages).toMatchObject([{ thread: 7 }]);
  });

  it("remembers how a message was sent", async () => {
    const first = await say("a", { disable_notification: true, protect_content: true });
    await say("https://example.com", {
      link_preview_options: { is_disabled: true },
      reply_parameters: { message_id: first.result.message_id },
    });
    expect(telegram.chat(GROUP).messages).toMatchObject([
      { silent: true, protected: true, linkPreview: true, replyTo: undefined },
      { silent: false, protected: false, linkPreview: false, replyTo: first.result.message_id },
    ]);
  });

  it("refuses a reply to what is gone, unless that may be", async () => {
    expect(await say("a", { reply_parameters: { message_id: 1 } })).toMatchObject({
      description: "Bad Request: message to be replied not found",
    });
    await say("a", { reply_parameters: { message_id: 1, allow_sending_without_reply: true } });
    expect(telegram.chat(GROUP).messages).toMatchObject([{ replyTo: undefined }]);
  });
});

describe("a message of the fake Bot API server", () => {
  const edit = (message_id: number, text: string) =>
    call("editMessageText", { chat_id: GROUP, message_id, text, parse_mode: "HTML" });

  it("is edited in place, and remembers what it was", async () => {
    const { result } = await say("started");
    await edit(result.message_id, "<b>deployed</b>");
    expect(telegram.chat(GROUP).messages).toMatchObject([
      { text: "deployed", entities: [{ type: "bold" }], earlier: ["started"] },
    ]);
    expect(await edit(result.message_id, "<b>deployed</b> ")).toMatchObject({
      status: 400,
      description: expect.stringMatching(/^Bad Request: message is not modified: /),
    });
    expect((await edit(result.message_id, "deployed")).status).toBe(200);
  });

  it("cannot be edited when it is gone", async () => {
    const { result } = await say("a");
    telegram.chat(GROUP).remove(result.message_id);
    expect(await edit(result.message_id, "b")).toMatchObject({
      description: "Bad Request: message to edit not found",
    });
  });

  it("has either a text or a caption to edit", async () => {
    const text = await say("a");
    const file = await upload("sendDocument", "document", Buffer.from("x"), "a.log");
    const caption = (message_id: number) =>
      call("editMessageCaption", { chat_id: GROUP, message_id, caption: "new" });
    expect((await edit(file.result.message_id, "b")).description).toBe(
      "Bad Request: there is no text in the message to edit",
    );
    expect((await caption(text.result.message_id)).description).toBe(
      "Bad Request: there is no caption in the message to edit",
    );
    expect((await caption(file.result.message_id)).status).toBe(200);
    expect(telegram.chat(GROUP).texts).toEqual(["a", "new"]);
  });

  it("is deleted, once", async () => {
    const { result } = await say("a");
    const remove = () => call("deleteMessage", { chat_id: GROUP, message_id: result.message_id });
    expect((await remove()).result).toBe(true);
    expect(telegram.chat(GROUP).messages).toEqual([]);
    expect((await remove()).description).toBe("Bad Request: message to delete not found");
  });

  it("cannot be deleted after two days", async () => {
    const { result } = await say("a");
    const [message] = telegram.chat(GROUP).messages;
    message?.sentAt.setDate(message.sentAt.getDate() - 3);
    expect(await call("deleteMessage", { chat_id: GROUP, message_id: result.message_id })).toMatchObject({
      description: "Bad Request: message can't be deleted",
    });
  });

  it("is pinned by who may, if it is there", async () => {
    const { result } = await say("a");
    const pin = (chat_id: number, message_id: number) => call("pinChatMessage", { chat_id, message_id });
    expect((await pin(GROUP, result.message_id)).result).toBe(true);
    expect(telegram.chat(GROUP).messages).toMatchObject([{ pinned: true, pinSilent: false }]);
    expect((await pin(GROUP, 1)).description).toBe("Bad Request: message to pin not found");
    const other = await call("sendMessage", { chat_id: -12, text: "a" });
    expect((await pin(-12, other.result.message_id)).description).toBe(
      "Bad Request: not enough rights to manage pinned messages in the chat",
    );
  });
});

describe("files on the fake Bot API server", () => {
  it.each([
    ["sendDocument", "document"],
    ["sendPhoto", "photo"],
  ])("%s keeps the file with its name and caption", async (method, kind) => {
    await upload(method, kind, PNG, "ä.png");
    const [message] = telegram.chat(GROUP).messages;
    expect(message).toMatchObject({
      text: "log",
      entities: [{ type: "bold" }],
      file: { kind, name: "ä.png" },
    });
    expect(message?.file?.bytes).toEqual(PNG);
  });

  it.each([
    ["sendDocument", "document", Buffer.alloc(0), "file must be non-empty"],
    ["sendPhoto", "photo", Buffer.from("text"), "IMAGE_PROCESS_FAILED"],
    ["sendPhoto", "photo", pngOf(9000, 1001), "PHOTO_INVALID_DIMENSIONS"],
    ["sendPhoto", "photo", pngOf(2100, 100), "PHOTO_INVALID_DIMENSIONS"],
    [
      "sendPhoto",
      "photo",
      Buffer.concat([PNG, Buffer.alloc(10 << 20)]),
      "file of size 10485792 bytes is too big for a photo; the maximum size is 10485760 bytes",
    ],
    ["sendPhoto", "document", PNG, "there is no photo in the request"],
  ])("%s refuses what is no good (%s)", async (method, field, bytes, reason) => {
    const { description } = await upload(method, field, bytes, "a");
    expect(description).toBe(`Bad Request: ${reason}`);
    expect(telegram.chat(GROUP).messages).toEqual([]);
  });

  it("refuses more than 50 MB", async () => {
    expect(await upload("sendDocument", "document", Buffer.alloc(50 << 20), "a")).toMatchObject({
      status: 413,
      description: "Request Entity Too Large",
    });
  });

  it("keeps an album together", async () => {
    const { result } = await album("photo", "photo", "video");
    expect(result).toHaveLength(3);
    const albums = telegram.chat(GROUP).messages.map(({ album: id }) => id);
    expect(new Set(albums).size).toBe(1);
    expect(albums).toHaveLength(3);
  });

  it("refuses an album that is none", async () => {
    expect((await album("document", "photo")).description).toBe(
      "Bad Request: document can't be mixed with other media types",
    );
    expect((await album(...new Array<string>(11).fill("photo"))).description).toBe(
      "Bad Request: too many messages to send as an album",
    );
    expect(telegram.misuses).toEqual([]);
    await album("photo");
    expect(telegram.misuses).toHaveLength(1);
    expect(telegram.chat(GROUP).messages).toEqual([]);
  });

  it("takes a file that nothing names for a misuse, and sends nothing", async () => {
    const form = new FormData();
    form.set("chat_id", String(GROUP));
    form.set("document", new Blob(["x"]), "a");
    form.set("thumb", new Blob(["x"]), "b");
    expect((await post("sendDocument", form)).status).toBe(400);
    expect(telegram.misuses).toHaveLength(1);
    expect(telegram.chat(GROUP).messages).toEqual([]);
  });
});

describe("a failing fake Bot API server", () => {
  it.each([
    ["both", "1", { retry_after: 1 }],
    ["header", "1", undefined],
    ["body", null, { retry_after: 1 }],
    ["nowhere", null, undefined],
  ] as const)("says in %s how long to wait", async (tells, header, parameters) => {
    telegram.fail({ kind: "flood", seconds: 1, tells });
    const reply = await say("a");
    expect(reply.status).toBe(429);
    expect(reply.headers.get("retry-after")).toBe(header);
    expect(reply.parameters).toEqual(parameters);
  });

  it("takes a call before the end of the wait for a misuse, in that chat alone", async () => {
    telegram.fail({ kind: "flood", seconds: 60 });
    await say("a");
    expect(await say("b")).toMatchObject({ status: 429, description: "Too Many Requests: retry after 60" });
    expect(telegram.misuses).toHaveLength(1);
    expect((await call("sendMessage", { chat_id: PERSON, text: "c" })).status).toBe(200);
  });

  it.each([
    [{ kind: "reset" }, 0],
    [{ kind: "reset", after: true }, 1],
    [{ kind: "page", status: 502 }, 0],
    [{ kind: "page", status: 502, after: true }, 1],
    [{ kind: "truncated" }, 1],
  ] as const)("%o: %i messages in the chat", async (fault, messages) => {
    telegram.fail(fault);
    await expect(say("a")).rejects.toThrow();
    expect(telegram.chat(GROUP).messages).toHaveLength(messages);
    expect((await say("b")).status).toBe(200);
  });

  it("may answer late, and still answers", async () => {
    telegram.fail({ kind: "slow", ms: 20 });
    const late = say("a");
    await telegram.journal.next(({ method }) => method === "sendMessage");
    expect((await say("b")).status).toBe(200);
    expect((await late).status).toBe(200);
    expect(telegram.chat(GROUP).texts).toEqual(["a", "b"]);
  });

  it("leaves a call without an answer until it stops", async () => {
    telegram.fail({ kind: "hang" });
    const arrived = telegram.journal.next();
    const answer = say("a");
    const failed = expect(answer).rejects.toThrow();
    await arrived;
    await telegram.stop();
    await failed;
  });

  it.each([
    [{ method: "getMe" }, [200, 200]],
    [{ chat: PERSON }, [200, 200]],
    [{ chat: String(GROUP) }, [500, 200]],
    [{ times: 2 }, [500, 500]],
    [{ skip: 1 }, [200, 500]],
  ] as [When, number[]][])("fails the calls it is told to: %o", async (when, codes) => {
    telegram.fail({ kind: "error", code: 500, description: "Internal Server Error" }, when);
    expect([(await say("a")).status, (await say("b")).status]).toEqual(codes);
  });

  it("forgets faults that have not come", async () => {
    telegram.fail({ kind: "hang" });
    telegram.heal();
    expect((await say("a")).status).toBe(200);
  });
});
