import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { leaks } from "./leaks.ts";
import { freshValues } from "./values.ts";

const values = freshValues();
const found = (text: string) => leaks({ log: text }, values).map((leak) => leak.split(" ")[0]);
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("the search for leaks", () => {
  const {
    SMTP_PASSWORD: password,
    SLACK_WEBHOOK: webhook,
    COMMAND_SECRET: lines,
    SERVICE_ACCOUNT: account,
  } = values;

  it.each<[string, string, string]>([
    ["a secret as it is", "SMTP_PASSWORD", `login with ${password} failed`],
    ["its first eight characters", "SMTP_PASSWORD", `login with ${password.slice(0, 8)}… failed`],
    ["its last eight characters", "SMTP_PASSWORD", password.slice(-8)],
    ["base64 of it with a line end", "SMTP_PASSWORD", base64(`${password}\n`)],
    ["base64 of user and password", "SMTP_PASSWORD", base64(`me:${password}`)],
    ["base64 of password and more", "SMTP_PASSWORD", base64(`${password}:x`)],
    ["base64url", "SMTP_PASSWORD", Buffer.from(password).toString("base64url")],
    ["hexadecimal digits", "SMTP_PASSWORD", Buffer.from(password).toString("hex")],
    ["percent-encoding in lower case", "SMTP_PASSWORD", encodeURIComponent(password).toLowerCase()],
    ["form encoding", "SMTP_PASSWORD", new URLSearchParams({ p: password }).toString()],
    ["JSON in JSON", "SMTP_PASSWORD", JSON.stringify(JSON.stringify(password))],
    ["a plain hash", "SMTP_PASSWORD", createHash("sha256").update(password).digest("hex")],
    ["a part of a hash", "SMTP_PASSWORD", createHash("sha256").update(password).digest("hex").slice(0, 8)],
    ["the token of an address alone", "SLACK_WEBHOOK", webhook.slice(webhook.lastIndexOf("/") + 1)],
    ["one line of several", "COMMAND_SECRET", lines.split("\n")[1] ?? ""],
    ["one string of a JSON value", "SERVICE_ACCOUNT", JSON.parse(account).key.second],
  ])("finds %s", (_what, name, text) => {
    expect(found(text)).toContain(name);
  });

  it("finds nothing where there is nothing", () => {
    const text = `https://hooks.slack.com/services/ xoxb-*** ${"the quick brown fox ".repeat(50)}`;
    expect(leaks({ log: text }, values)).toEqual([]);
  });
});
