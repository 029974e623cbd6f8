import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { groupsOf } from "../../actions/telegram-notify/src/attachments.ts";
import {
  messagesJson,
  messagesOf,
  parseChats,
  parseMessages,
} from "../../actions/telegram-notify/src/chat.ts";
import { readContext } from "../../actions/telegram-notify/src/context.ts";
import { parseFields } from "../../actions/telegram-notify/src/fields.ts";
import { firstError } from "../../actions/telegram-notify/src/first-error.ts";
import { parseMentions } from "../../actions/telegram-notify/src/mention.ts";
import { parseNeeds, statusOf } from "../../actions/telegram-notify/src/needs.ts";
import { planChat } from "../../actions/telegram-notify/src/plan.ts";
import type { Status } from "../../actions/telegram-notify/src/status.ts";
import { parseToken } from "../../actions/telegram-notify/src/token.ts";
import { isWorthTelling, type NotifyOn, transitionOf } from "../../actions/telegram-notify/src/transition.ts";
import { makeTempDir } from "../support/temp-dir.ts";

describe("needs", () => {
  it.each<[string[], Status]>([
    [["success"], "success"],
    [["success", "skipped"], "success"],
    [["skipped", "skipped"], "skipped"],
    [["success", "cancelled", "skipped"], "cancelled"],
    [["cancelled", "failure"], "failure"],
  ])("%j are a %s", (results, status) => {
    const json = JSON.stringify(
      Object.fromEntries(results.map((result, index) => [`j${index}`, { result, outputs: {} }])),
    );
    expect(statusOf(parseNeeds(json))).toBe(status);
  });

  it.each(["{}", "[]", "success", '{"a":{"result":"great"}}', '{"a":"success"}'])(
    "%s are refused",
    (text) => {
      expect(() => parseNeeds(text)).toThrow(/toJSON\(needs\)/);
    },
  );
});

describe("fields", () => {
  it.each([
    [
      "Region: eu\n\n Tier : web ",
      [
        ["Region", "eu"],
        ["Tier", "web"],
      ],
    ],
    ["At: 12:30: noon", [["At", "12:30: noon"]]],
    ["Link: https://a.example/", [["Link", "https://a.example/"]]],
    ["Log: one\n  two\nthree", [["Log", "one\n  two\nthree"]]],
    ["Empty:", [["Empty", ""]]],
    [
      '{"a b":"x: y\\nz","n":1,"t":true,"e":null}',
      [
        ["a b", "x: y\nz"],
        ["n", "1"],
        ["t", "true"],
        ["e", ""],
      ],
    ],
  ])("%j are %j", (text, fields) => {
    expect(parseFields(text).map(({ name, value }) => [name, value])).toEqual(fields);
  });

  it.each(["Region", "https://a.example", '{"a":', '{"a":[1]}'])("%j are refused", (text) => {
    expect(() => parseFields(text)).toThrow(/must|none/);
  });
});

describe("chats", () => {
  it("are numbers and names, each once", () => {
    expect(parseChats("-1001234567890, @team_x\n5,5")).toEqual(["-1001234567890", "@team_x", "5"]);
  });

  it.each(["team", "@x", "12.5", "@a b", "0", "-", "1, team"])("%j are refused", (text) => {
    expect(() => parseChats(text)).toThrow(/chat ids/);
  });
});

describe("messages by chat", () => {
  it("are read back as they were written", () => {
    const messages = new Map([
      ["-5", [1]],
      ["@team_x", [2, 3]],
    ]);
    expect(messagesJson(messages)).toBe('{"-5":1,"@team_x":[2,3]}');
    expect(parseMessages(messagesJson(messages))).toEqual(messages);
    expect(messagesOf(messages, "7")).toEqual([]);
  });

  it("are one number for whichever chat there is", () => {
    expect(messagesOf(parseMessages("42"), "-5")).toEqual([42]);
  });

  it.each(["0", "-1", "x", "[1]", '{"a":"b"}', '{"a":1.5}'])("%s are refused", (text) => {
    expect(() => parseMessages(text)).toThrow(/message-id/);
  });
});

describe("tokens and mentions", () => {
  it.each([
    "",
    "x",
    "123",
    "0123:abcdefghijklmnopqrstuvwx",
    "123:short",
    `1:${"x".repeat(90)}`,
    "1:abcdefghij klmnopqrstuvwxyz",
  ])("%j is no token", (text) => {
    expect(() => parseToken(text)).toThrow(/@BotFather/);
  });

  it("reads who is to be called", () => {
    expect(parseMentions("@anna_test, Bo Berg=12")).toEqual([
      { text: "@anna_test", user: undefined },
      { text: "Bo Berg", user: 12 },
    ]);
    expect(() => parseMentions("anna")).toThrow(/@anna/);
    expect(() => parseMentions("@anna_test,".repeat(21))).toThrow(/at most 20/);
  });
});

describe("a change", () => {
  it.each([
    ["failure", undefined, "new"],
    ["failure", true, "new"],
    ["failure", false, "still"],
    ["success", undefined, "ok"],
    ["success", true, "ok"],
    ["success", false, "recovered"],
    ["rolled-back", true, "new"],
    ["cancelled", false, undefined],
    ["started", true, undefined],
  ] as const)("of a %s after a success: %s is %s", (status, succeeded, transition) => {
    expect(transitionOf(status, succeeded === undefined ? undefined : { succeeded })).toBe(transition);
  });

  it.each<[NotifyOn, Status, Parameters<typeof isWorthTelling>[2], boolean]>([
    ["always", "started", undefined, true],
    ["failure", "failure", "still", true],
    ["failure", "rolled-back", "new", true],
    ["failure", "success", "recovered", false],
    ["failure", "cancelled", undefined, false],
    ["change", "failure", "new", true],
    ["change", "failure", "still", false],
    ["change", "success", "recovered", true],
    ["change", "success", "ok", false],
    ["change", "failure", undefined, true],
    ["change", "success", undefined, true],
    ["change", "started", undefined, false],
  ])("with notify-on %s, a %s that is %s is told: %s", (notifyOn, status, transition, told) => {
    expect(isWorthTelling(notifyOn, status, transition)).toBe(told);
  });
});

describe("the first error of a log", () => {
  const at = "2026-01-01T00:00:00.0000000Z ";
  it.each([
    [
      [
        `${at}ok`,
        `${at}##[error]\u001b[31mboom\u001b[0m`,
        `${at}##[error]Process completed with exit code 1.`,
      ],
      "boom",
    ],
    [
      [`${at}##[group]Run x`, `${at}npm ERR! missing`, `${at}##[error]Process completed with exit code 1.`],
      "npm ERR! missing",
    ],
    [[`${at}##[error]Process completed with exit code 1.`, `${at}##[error]later`], "later"],
    [[`${at}##[error]Process completed with exit code 2.`], "Process completed with exit code 2."],
    [[`${at}all well`, ""], undefined],
  ])("of %j is %j", (lines, error) => {
    expect(firstError(lines.join("\r\n"))).toBe(error);
  });
});

describe("the context", () => {
  const env = { GITHUB_SHA: "c".repeat(40), GITHUB_REPOSITORY: "acme/shop", GITHUB_REF_NAME: "main" };
  async function contextOf(event: unknown) {
    const folder = makeTempDir("event");
    onTestFinished(() => folder.remove());
    const file = path.join(folder.path, "event.json");
    writeFileSync(file, typeof event === "string" ? event : JSON.stringify(event));
    return readContext({ ...env, GITHUB_EVENT_PATH: file });
  }

  it("of a push has its commit", async () => {
    const head = { id: env.GITHUB_SHA, message: "Fix\n\nmore", author: { name: "Robin", username: "robin" } };
    expect(await contextOf({ head_commit: head, compare: "https://github.com/c" })).toMatchObject({
      commit: { sha: env.GITHUB_SHA, title: "Fix", author: "Robin" },
      compareUrl: "https://github.com/c",
    });
  });

  it("of a pull request has its head, and not the merge that nobody knows", async () => {
    const pull = {
      title: "A change",
      html_url: "https://github.com/p/1",
      head: { sha: "d".repeat(40), ref: "fix" },
      user: { login: "robin" },
    };
    expect(await contextOf({ pull_request: pull })).toMatchObject({
      branch: "fix",
      commit: { sha: "d".repeat(40), title: "A change", author: "robin" },
      compareUrl: "https://github.com/p/1/files",
    });
  });

  it.each(["", "{", "null", '{"head_commit":7}'])(
    "of the event %j has what the runner says",
    async (event) => {
      expect(await contextOf(event)).toMatchObject({
        branch: "main",
        commit: { sha: env.GITHUB_SHA, title: "" },
      });
    },
  );
});

describe("the plan of a chat", () => {
  const text = (length: number) => ({ text: "x".repeat(length), entities: [] });
  const file = (kind: "photo" | "document") => ({ kind, name: "a", bytes: Buffer.from("a") });
  const options = { silent: false, protect: false, pin: false, linkPreview: false, thread: undefined };
  const plan = (parts: readonly { text: string; entities: never[] }[], edit?: string, thread?: number) =>
    planChat(
      "-5",
      { parts, rest: undefined, remarks: [] },
      [[file("document")]],
      { edit: edit === undefined ? undefined : parseMessages(edit), replyTo: undefined },
      { ...options, thread },
    );

  it("makes a short text the caption of the files, unless it replaces a message", () => {
    expect(plan([text(1024)])).toMatchObject({ caption: text(1024), parts: [] });
    expect(plan([text(1025)])).toMatchObject({ caption: undefined, parts: [{ text: text(1025) }] });
    expect(plan([text(1)], "7")).toMatchObject({ caption: undefined, parts: [{ replaces: 7 }] });
  });

  it("replaces parts one by one, and removes those that are too many", () => {
    expect(plan([text(1), text(2)], '{"-5":[7]}').parts.map(({ replaces }) => replaces)).toEqual([
      7,
      undefined,
    ]);
    expect(plan([text(1)], '{"-5":[7,8,9]}').surplus).toEqual([8, 9]);
  });

  it("leaves the General topic out", () => {
    expect([plan([text(1)], undefined, 1).thread, plan([text(1)], undefined, 2).thread]).toEqual([
      undefined,
      2,
    ]);
  });

  it("puts pictures and documents into albums of ten of a kind", () => {
    const files = [...Array.from({ length: 12 }, () => file("photo")), file("document"), file("photo")];
    expect(groupsOf(files).map((group) => [group[0]?.kind, group.length])).toEqual([
      ["photo", 10],
      ["photo", 3],
      ["document", 1],
    ]);
  });
});
