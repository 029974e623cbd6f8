import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { startTelegram, type Telegram } from "../support/telegram/server.ts";
import { type Inputs, notify } from "./built-action.ts";

const CHAT = 8;

let telegram: Telegram;
let github: HttpServer;
let before: string;
beforeEach(async () => {
  telegram = await startTelegram({ chats: [{ id: CHAT }] });
  github = await startHttpServer(({ url }) => ({
    json: url.includes("/runs?") ? { workflow_runs: [run(6, before)] } : run(7),
  }));
});
afterEach(async () => {
  await telegram.stop();
  await github.stop();
});

const run = (number: number, conclusion: string | null = null) => ({
  id: number,
  run_number: number,
  workflow_id: 1,
  head_branch: "main",
  head_sha: "a".repeat(40),
  status: conclusion === null ? "in_progress" : "completed",
  conclusion,
});

const tell = (inputs: Inputs) =>
  notify(
    telegram,
    { "chat-id": String(CHAT), "notify-on": "change", "github-token": "t".repeat(40), ...inputs },
    { env: { GITHUB_API_URL: github.origin, GITHUB_RUN_ID: "7" } },
  );

describe("notify-on change", () => {
  it.each([
    ["success", "failure", "new", 1],
    ["failure", "failure", "still", 0],
    ["failure", "success", "recovered", 1],
    ["success", "success", "ok", 0],
  ])("after a %s: a %s is %s, and makes %i messages", async (earlier, status, transition, messages) => {
    before = earlier;
    const result = await tell({ status });
    expect(result).toMatchObject({
      ok: true,
      outputs: { transition, result: messages === 0 ? "quiet" : "sent" },
    });
    expect(telegram.chat(CHAT).messages).toHaveLength(messages);
    expect(result.summary).toBe("");
  });

  it("sends what it cannot compare, and says so", async () => {
    github.answer(() => ({ status: 403, json: { message: "Resource not accessible by integration" } }));
    const result = await tell({ status: "success" });
    expect(result).toMatchObject({ ok: true, outputs: { transition: "", result: "sent" } });
    expect(result.annotations).toMatchObject([
      { level: "notice", message: expect.stringMatching(/not known/) },
    ]);
    expect(result.log).toContain("Resource not accessible by integration; does the job have actions: read");
  });

  it("edits a message all the same: an edit makes no noise", async () => {
    before = "success";
    const first = await notify(telegram, { "chat-id": String(CHAT), status: "started" });
    const result = await tell({ status: "success", "message-id": first.outputs["message-id"] ?? "" });
    expect(result.outputs["result"]).toBe("sent");
    expect(telegram.chat(CHAT).texts).toEqual([expect.stringContaining("succeeded")]);
  });
});
