import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { freePort } from "../support/ports.ts";
import { startTelegram, type Telegram } from "../support/telegram/server.ts";
import { type Finished, type Inputs, notify, start } from "./built-action.ts";

const GROUP = -100_200;
const OTHER = -100_300;

let telegram: Telegram;
beforeEach(async () => {
  telegram = await startTelegram({ chats: [{ id: GROUP }, { id: OTHER }] });
});
afterEach(async () => {
  await telegram.stop();
  expect(telegram.misuses).toEqual([]);
});

const inputs = { "chat-id": String(GROUP), title: "Deployed" };
const send = (more: Inputs = {}): Promise<Finished> => notify(telegram, { ...inputs, ...more });

describe("a rate limit", () => {
  it.each(["both", "header", "body", "nowhere"] as const)("told in %s is waited for", async (tells) => {
    telegram.fail({ kind: "flood", seconds: 1, tells });
    const result = await send();
    expect(result).toMatchObject({ ok: true, outputs: { result: "sent" } });
    expect(telegram.chat(GROUP).messages).toHaveLength(1);
    expect(telegram.journal.entries.map(({ code }) => code)).toEqual([429, 200]);
  });

  it("is waited for as often as it comes, without using up the retries", async () => {
    telegram.fail({ kind: "flood", seconds: 0 }, { times: 3 });
    expect((await send({ retries: "0" })).outputs["result"]).toBe("sent");
    expect(telegram.journal.entries.map(({ code }) => code)).toEqual([429, 429, 429, 200]);
  });

  it("of more than the time there is ends the delivery at once", async () => {
    telegram.fail({ kind: "flood", seconds: 3600 });
    const result = await send({ timeout: "20s" });
    expect(result).toMatchObject({ ok: true, outputs: { result: "failed", sent: "0", failed: "1" } });
    expect(result.log).toMatch(/\b1 h\b/);
    expect(telegram.journal.entries).toHaveLength(1);
  });

  it("in one chat does not keep the message from another", async () => {
    telegram.fail({ kind: "flood", seconds: 3600 }, { chat: GROUP });
    const result = await send({ "chat-id": `${GROUP},${OTHER}`, timeout: "20s" });
    expect(telegram.chat(OTHER).messages).toHaveLength(1);
    expect(result.outputs).toMatchObject({ result: "partial", sent: "1", failed: "1" });
  });
});

describe("an error on the way", () => {
  const error = { kind: "error", code: 500, description: "Internal Server Error: restart" } as const;

  it.each([
    ["an error of the server", error],
    ["the page of a gateway", { kind: "page", status: 502 }],
    ["a reset connection", { kind: "reset" }],
  ] as const)("is tried again: %s, twice", async (_, fault) => {
    telegram.fail(fault, { times: 2 });
    const result = await send();
    expect(result).toMatchObject({ ok: true, outputs: { result: "sent", failed: "0" } });
    expect(telegram.chat(GROUP).messages).toHaveLength(1);
    expect(telegram.journal.methods).toEqual(["sendMessage", "sendMessage", "sendMessage"]);
  });

  it("is tried again as often as the input says", async () => {
    telegram.fail(error, { times: 9 });
    const result = await send({ retries: "1" });
    expect(telegram.journal.entries).toHaveLength(2);
    expect(result).toMatchObject({ ok: true, outputs: { result: "failed" } });
    expect(result.log).toContain("restart");
  });

  it.each([
    ["the connection is reset", { kind: "reset", after: true }],
    ["the gateway gives up", { kind: "page", status: 504, after: true }],
    ["the answer is cut off", { kind: "truncated" }],
  ] as const)(
    "after the message was sent leaves at most one message too many, and is said: %s",
    async (_, fault) => {
      telegram.fail(fault);
      const result = await send();
      const { messages } = telegram.chat(GROUP);
      expect([1, 2]).toContain(messages.length);
      if (messages.length === 2) expect(`${result.log}\n${result.summary}`).toMatch(/twice/i);
      else expect(result.outputs["result"]).not.toBe("sent");
    },
  );

  it("while editing leaves one message, as it should be", async () => {
    const first = await send({ title: "Deploying" });
    telegram.fail({ kind: "reset", after: true }, { method: "editMessageText" });
    const result = await send({ "message-id": first.outputs["message-id"] ?? "" });
    expect(telegram.chat(GROUP).texts).toMatchObject([expect.stringContaining("Deployed")]);
    expect(result.outputs["result"]).toBe("sent");
    expect(`${result.log}\n${result.summary}`).not.toMatch(/twice/i);
  });

  it("is no reason to stop once the server is back", async () => {
    const proxy = await startFaultProxy(telegram.http.port);
    await proxy.set({ kind: "refuse" });
    const running = start(
      { ...telegram, url: `http://127.0.0.1:${proxy.port}` },
      { ...inputs, retries: "100" },
    );
    await proxy.set({ kind: "none" });
    expect((await running.done).outputs["result"]).toBe("sent");
    expect(telegram.chat(GROUP).messages).toHaveLength(1);
    await proxy.stop();
  });

  it("that lasts is a warning, and the step goes on", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const result = await notify({ ...telegram, url }, { ...inputs, retries: "1" });
    expect(result).toMatchObject({ ok: true, outputs: { result: "failed", sent: "0", failed: "1" } });
    expect(result.annotations.map(({ level }) => level)).toEqual(["warning"]);
    expect(result.annotations[0]?.message).toMatch(/refused/i);
  });

  it("that lasts fails the step where that is asked for", async () => {
    telegram.fail(error, { times: 9 });
    const result = await send({ retries: "1", "on-error": "fail" });
    expect(result).toMatchObject({ exitCode: 1, outputs: { result: "failed" } });
    expect(result.annotations.map(({ level }) => level)).toEqual(["error"]);
  });

  it("is no error when the answer is only late", async () => {
    telegram.fail({ kind: "slow", ms: 1500 });
    const result = await send({ retries: "0" });
    expect(result).toMatchObject({ ok: true, annotations: [], outputs: { result: "sent" } });
    expect(telegram.chat(GROUP).messages).toHaveLength(1);
  });

  it("ends with the time there is, when no answer ever comes", async () => {
    telegram.fail({ kind: "hang" }, { times: 9 });
    const result = await send({ timeout: "1s" });
    expect(result).toMatchObject({ ok: true, outputs: { result: "failed" } });
    expect(telegram.chat(GROUP).messages).toEqual([]);
  });

  it("is no error of the step either when GitHub does not answer", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const result = await notify(
      telegram,
      { ...inputs, status: "failure", "github-token": "x".repeat(40) },
      { env: { GITHUB_API_URL: url } },
    );
    expect(result).toMatchObject({ ok: true, outputs: { result: "sent", transition: "" } });
    expect(telegram.chat(GROUP).messages).toHaveLength(1);
  });
});

describe("an answer of the service", () => {
  it.each([
    [401, "Unauthorized"],
    [404, "Not Found"],
    [403, "Forbidden: bot was kicked from the supergroup chat"],
    [400, "Bad Request: chat not found"],
  ])("that will not change is not asked for again: %i %s", async (code, description) => {
    telegram.fail({ kind: "error", code, description }, { times: 9 });
    const result = await send();
    expect(telegram.journal.entries).toHaveLength(1);
    expect(result).toMatchObject({ ok: true, outputs: { result: "failed" } });
    expect(result.annotations).toMatchObject([{ level: "warning" }]);
    expect(result.log).toContain(description.replace(/^[\w ]+: /, ""));
  });

  it("cannot issue commands of the runner", async () => {
    const description = "Bad Request: x\n::error::owned\n::set-output name=sent::9\n##[error]owned";
    telegram.fail({ kind: "error", code: 400, description });
    const result = await send();
    expect(result.annotations.map(({ level }) => level)).toEqual(["warning"]);
    expect(result.stdout).not.toMatch(/^\s*::(?:error|set-output)::/m);
    expect(result.outputs["sent"]).toBe("0");
  });

  it("from something else than the service is not believed", async () => {
    telegram.http.answer(() => ({ json: { status: "ok" } }));
    const result = await send({ retries: "0" });
    expect(result).toMatchObject({ ok: true, outputs: { result: "failed", sent: "0" } });
  });

  it("that leads elsewhere is not followed", async () => {
    const other = await startTelegram({ chats: [{ id: GROUP }] });
    telegram.http.answer(({ url }) => ({ status: 307, headers: { location: `${other.url}${url}` } }));
    const result = await send({ retries: "0" });
    expect(other.http.connections()).toBe(0);
    expect(result.outputs["result"]).toBe("failed");
    await other.stop();
  });
});

describe("a cancelled telegram-notify", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "stops at once on %s, though the server is silent",
    async (signal) => {
      telegram.fail({ kind: "hang" }, { times: 9 });
      const asked = telegram.journal.next();
      const running = start(telegram, inputs);
      await asked;
      running.kill(signal);
      const result = await running.done;
      expect(result.exitCode).toBe(signal === "SIGINT" ? 130 : 143);
      expect(result.outputs).toMatchObject({ result: "cancelled" });
      expect(result.orphans).toEqual([]);
    },
  );

  it("stops while it waits for a rate limit, and says what was sent", async () => {
    telegram.fail({ kind: "flood", seconds: 60 }, { chat: OTHER });
    const asked = telegram.journal.next(({ parameters }) => String(parameters["chat_id"]) === String(OTHER));
    const running = start(telegram, { ...inputs, "chat-id": `${GROUP},${OTHER}` });
    await asked;
    running.kill("SIGTERM");
    const result = await running.done;
    expect(result.exitCode).toBe(143);
    expect(telegram.chat(GROUP).messages).toHaveLength(1);
    expect(telegram.chat(OTHER).messages).toEqual([]);
    expect(result.messages).toEqual({ [GROUP]: telegram.chat(GROUP).messages[0]?.id });
  });
});
