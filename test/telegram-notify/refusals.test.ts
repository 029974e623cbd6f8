import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTelegram, type Telegram } from "../support/telegram/server.ts";
import { type Inputs, notify } from "./built-action.ts";

let telegram: Telegram;
beforeEach(async () => {
  telegram = await startTelegram({ chats: [{ id: 1 }] });
});
afterEach(() => telegram.stop());

describe("inputs that are wrong fail the step, whatever on-error says, and send nothing", () => {
  it.each<[string, Inputs, RegExp]>([
    ["no chat", { "chat-id": "" }, /chat-id/],
    ["a chat that is a name without @", { "chat-id": "team" }, /chat-id/],
    ["no token", { token: "" }, /token/],
    ["a token that is none", { token: "not-a-token" }, /token/],
    ["an unknown status", { status: "great" }, /status/],
    ["an unknown format", { format: "latex" }, /format/],
    ["a template with an unknown placeholder", { template: "{{titel}}" }, /titel[\s\S]*title/],
    ["a template that is not closed", { template: "{{#failed}}" }, /template/],
    ["a template whose markup is not closed", { template: "<b>{{title}}", format: "html" }, /template/],
    ["two templates", { template: "a", "template-file": "b" }, /template/],
    ["a template file that is not there", { "template-file": "none.txt" }, /none\.txt/],
    ["a thread that is no number", { "thread-id": "general" }, /thread-id/],
    ["no messages to edit", { "message-id": "{" }, /message-id/],
    ["needs that are none", { needs: "success" }, /needs/],
    ["no number of parts", { "max-parts": "0" }, /max-parts/],
    ["an address that is none", { "api-url": "telegram" }, /api-url/],
    ["an address with a password", { "api-url": "https://me:secret@example.com" }, /api-url/],
    ["a wrong on-error", { "on-error": "ignore" }, /on-error/],
  ])("%s", async (_, inputs, named) => {
    const result = await notify(telegram, { "chat-id": "1", "on-error": "warn", ...inputs });
    expect(result.exitCode).toBe(1);
    expect(result.annotations.map(({ level }) => level)).toContain("error");
    expect(result.annotations.map(({ message }) => message).join("\n")).toMatch(named);
    expect(telegram.journal.entries).toEqual([]);
    expect(result.log).not.toContain("    at ");
  });

  it("all at once", async () => {
    const result = await notify(telegram, { "chat-id": "team", token: "x", format: "y", "max-parts": "z" });
    const said = result.annotations.map(({ message }) => message).join("\n");
    for (const name of ["chat-id", "token", "format", "max-parts"]) expect(said).toContain(name);
    expect(result.exitCode).toBe(1);
  });

  it("every unknown placeholder of a template", async () => {
    const result = await notify(telegram, { "chat-id": "1", template: "{{verson}}\n{{enviroment}}" });
    const said = result.annotations.map(({ message }) => message).join("\n");
    for (const name of ["verson", "enviroment", "line 2"]) expect(said).toContain(name);
    expect(telegram.journal.entries).toEqual([]);
  });
});
