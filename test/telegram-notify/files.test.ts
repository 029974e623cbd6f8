import { crc32, deflateSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTelegram, type Telegram } from "../support/telegram/server.ts";
import { type Finished, type Inputs, notify } from "./built-action.ts";

const GROUP = -100_200;

let telegram: Telegram;
beforeEach(async () => {
  telegram = await startTelegram({ chats: [{ id: GROUP }] });
});
afterEach(async () => {
  await telegram.stop();
  expect(telegram.misuses).toEqual([]);
});

type Files = Readonly<Record<string, string | Uint8Array>>;

const send = (files: Files, inputs: Inputs = {}): Promise<Finished> =>
  notify(
    telegram,
    {
      "chat-id": String(GROUP),
      template: "{{title}}",
      title: "Deployed",
      files: Object.keys(files).join("\n"),
      ...inputs,
    },
    { files },
  );

const shown = () => telegram.chat(GROUP).messages.map(({ file, text }) => [file?.kind, file?.name, text]);

/** A real picture, black, of the given size. */
function png(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    crc.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, crc]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  const pixels = deflateSync(Buffer.alloc((width + 1) * height));
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", pixels),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

describe("files of telegram-notify", () => {
  it("carry a short message as their caption", async () => {
    const result = await send({ "a.log": "one\n" });
    expect(shown()).toEqual([["document", "a.log", "Deployed"]]);
    expect(telegram.chat(GROUP).messages[0]?.file?.bytes.toString()).toBe("one\n");
    expect(result.messages).toEqual({ [GROUP]: telegram.chat(GROUP).messages[0]?.id });
  });

  it("are pictures where they are, as an album where there are several", async () => {
    await send({ "a.png": png(20, 10), "b.png": png(10, 20) });
    const [first, second] = telegram.chat(GROUP).messages;
    expect(shown()).toEqual([
      ["photo", "a.png", "Deployed"],
      ["photo", "b.png", ""],
    ]);
    expect(first?.album).toBeDefined();
    expect(second?.album).toBe(first?.album);
  });

  it("of different kinds go apart, and none is lost", async () => {
    await send({ "a.png": png(9, 9), "b.log": "b", "c.png": png(9, 9), "d.log": "d" });
    expect(
      shown()
        .map(([kind, name]) => `${kind} ${name}`)
        .sort(),
    ).toEqual(["document b.log", "document d.log", "photo a.png", "photo c.png"]);
    expect(shown().filter(([, , text]) => text === "Deployed")).toHaveLength(1);
  });

  it("are in albums of at most ten, each with more than one file or none", async () => {
    const files = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`${index}.log`, `${index}`]));
    const result = await send(files);
    expect(shown()).toHaveLength(11);
    expect(result.outputs["result"]).toBe("sent");
  });

  it("stand after a message that is too long for a caption", async () => {
    await send({ "a.log": "one" }, { title: "x".repeat(1025) });
    expect(shown()).toEqual([
      [undefined, undefined, "x".repeat(1025)],
      ["document", "a.log", ""],
    ]);
    await send({ "a.log": "one" }, { title: "😀".repeat(1024) });
    expect(shown()[2]).toEqual(["document", "a.log", "😀".repeat(1024)]);
  });

  it.each([
    ["is no picture for all its name", Buffer.from("no picture")],
    ["is too narrow for a photo", png(2100, 100)],
  ])("that %s still arrive", async (_, bytes) => {
    const result = await send({ "a.png": bytes });
    expect(shown()).toEqual([["document", "a.png", "Deployed"]]);
    expect(result.outputs["result"]).toBe("sent");
  });

  it.each([['quo"te;.log'], ["ünïcödé 😀.log"], ["percent%22.log"], ["back\\slash.log"]])(
    "arrive whatever they are called: %s",
    async (name) => {
      const result = await send({ [name]: "x" });
      expect(result.outputs["result"]).toBe("sent");
      expect(shown()).toMatchObject([["document", expect.any(String), "Deployed"]]);
      expect(telegram.chat(GROUP).messages[0]?.file?.bytes.toString()).toBe("x");
    },
  );

  it("that are not there do not keep the message from arriving, and are named", async () => {
    const result = await send(
      { "empty.log": "", "good.log": "x" },
      { files: "missing.log, empty.log, good.log" },
    );
    expect(result.ok).toBe(true);
    expect(shown()).toEqual([["document", "good.log", "Deployed"]]);
    const said = `${result.log}\n${result.summary}`;
    for (const name of ["missing.log", "empty.log"]) expect(said).toContain(name);
    expect(result.outputs["result"]).toBe("partial");
  });

  it("that Telegram refuses leave the message where it is", async () => {
    telegram.fail(
      { kind: "error", code: 400, description: "Bad Request: no files today" },
      { method: "sendDocument", times: 9 },
    );
    const result = await send({ "a.log": "x" });
    expect(telegram.chat(GROUP).texts).toEqual(["Deployed"]);
    expect(result).toMatchObject({ ok: true, outputs: { result: "partial" } });
    expect(`${result.log}\n${result.summary}`).toContain("no files today");
  });

  it("hold what is too long for the messages, whole and in order", async () => {
    const title = Array.from({ length: 900 }, (_, line) => `${line} ${"y".repeat(20)}`).join("\n");
    await send({}, { title, "max-parts": "2" });
    const { messages } = telegram.chat(GROUP);
    expect(messages.map(({ file }) => file?.kind)).toEqual([undefined, undefined, "document"]);
    const all = [messages[0]?.text, messages[1]?.text, messages[2]?.file?.bytes.toString().trimEnd()].join(
      "\n",
    );
    expect(all).toBe(title);
  });

  it("and a message of several parts answer and are pinned once", async () => {
    const title = "word ".repeat(1000);
    const first = await send({}, { title: "earlier" });
    await send({ "a.log": "x" }, { title, pin: "true", "reply-to": first.outputs["message-id"] ?? "" });
    const [earlier, ...messages] = telegram.chat(GROUP).messages;
    expect(messages).toHaveLength(3);
    expect(messages.map(({ pinned }) => pinned)).toEqual([true, false, false]);
    expect(messages[0]?.replyTo).toBe(earlier?.id);
  });
});

describe("an edit of a message with files", () => {
  const edit = (earlier: Finished, inputs: Inputs): Promise<Finished> =>
    send({}, { "message-id": earlier.outputs["message-id"] ?? "", ...inputs });
  const long = (lines: number) =>
    Array.from({ length: lines }, (_, line) => `${line} ${"z".repeat(90)}`).join("\n");

  it.each([
    ["pictures", { "a.png": png(9, 9), "b.png": png(9, 9) }],
    ["documents", { "a.log": "a", "b.log": "b" }],
    ["one document", { "a.log": "a" }],
  ])("changes their caption, and leaves them where they are: %s", async (_, files: Files) => {
    const first = await send(files, { title: "Deploying" });
    const before = shown();
    const second = await edit(first, {});
    expect(second).toMatchObject({ ok: true, outputs: { result: "sent" } });
    expect(shown()).toEqual(
      before.map(([kind, name, text]) => [kind, name, text === "Deploying" ? "Deployed" : text]),
    );
    expect(second.messages).toEqual(first.messages);
  });

  it("leaves files where they are that stand beside it", async () => {
    const first = await send({ "a.log": "a", "b.png": png(9, 9) }, { title: long(30) });
    expect(shown()).toHaveLength(3);
    await edit(first, { title: "short" });
    expect(shown()).toEqual([
      [undefined, undefined, "short"],
      ["document", "a.log", ""],
      ["photo", "b.png", ""],
    ]);
  });

  it.each([
    ["shorter", "1", 10, [undefined]],
    ["of more messages", "3", 110, [undefined, undefined, undefined]],
    ["as long", "1", 100, [undefined, "message.txt"]],
  ])("takes the rest of the earlier text away when it is %s", async (_, parts, lines, names) => {
    const first = await send({}, { title: long(100).replaceAll("z", "y"), "max-parts": "1" });
    expect(shown().map(([, name]) => name)).toEqual([undefined, "message.txt"]);
    const second = await edit(first, { title: long(lines), "max-parts": parts });
    expect(second.outputs["result"]).toBe("sent");
    expect(shown().map(([, name]) => name)).toEqual(names);
    const all = telegram.chat(GROUP).messages.map(({ file, text }) => file?.bytes.toString() ?? text);
    expect(all.join("\n").trimEnd()).toBe(long(lines));
  });
});
