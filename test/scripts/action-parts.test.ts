import path from "node:path";
import { describe, expect, test } from "vitest";
import { actionNames, REPOSITORY } from "../../scripts/bundle/repository.ts";
import { inputVariables, readFlags } from "../../scripts/runner/flags.ts";
import { isSecretInput } from "../../scripts/runner/secret-input.ts";
import { summaryText } from "../../scripts/runner/summary-text.ts";
import { seconds, TerminalLog } from "../../scripts/runner/terminal-log.ts";
import { plainStyle, styleFor } from "../../scripts/runner/terminal-style.ts";
import { textWidth } from "../../scripts/runner/text-width.ts";
import { UserErrors } from "../../shared/runtime/user-error.ts";

describe("the name of an input tells whether it is a secret", () => {
  test.each([
    ...[
      "github-token",
      "db-password",
      "ssh-key",
      "ssh-key-passphrase",
      "database-url",
      "age-identity",
      "secrets",
    ],
    ...[
      "s3-secret-access-key",
      "webhook-url",
      "render-deploy-hook",
      "slack-webhook",
      "Redis URL",
      "SMTP_PASSWORD",
    ],
  ])("%s is one", (name) => expect(isSecretInput(name)).toBe(true));

  test.each([
    ...[
      "config",
      "url",
      "base-url",
      "version-url",
      "ssh-host",
      "ssh-known-hosts",
      "ssh-key-file",
      "key-prefix",
    ],
    ...["ssh-public-key", "token-lifetime", "keyring", "monkey", "hooks-enabled"],
  ])("%s is none", (name) => expect(isSecretInput(name)).toBe(false));

  test("it says the same as the sources of every action do", async () => {
    const names = await actionNames(REPOSITORY);
    expect(names).not.toEqual([]);
    for (const name of names) {
      const { spec } = await import(path.join(REPOSITORY, "actions", name, "src/inputs.ts"));
      const fields = Object.entries(spec as Record<string, { readonly secret: boolean }>);
      const secret = fields.filter(([, field]) => field.secret).map(([input]) => input);
      expect(fields.map(([input]) => input).filter(isSecretInput)).toEqual(secret);
    }
  });
});

describe("flags", () => {
  const names = ["config", "timeout", "dry-run", "ssh-key", "note"];

  test("a value stands after the flag or behind '=', and none means true", () => {
    const args = ["--config", "a b", "--timeout=2m", "--note=--x=y", "--dry-run"];
    expect(readFlags(args, names, {}).inputs).toEqual({
      config: "a b",
      timeout: "2m",
      note: "--x=y",
      "dry-run": "true",
    });
    expect(readFlags(["--dry-run", "--note", ""], names, {}).inputs).toEqual({ "dry-run": "true", note: "" });
  });

  test("secrets come from the environment, the INPUT_ variable first; other inputs from INPUT_ alone, after the flags", () => {
    const env = { SSH_KEY: "plain", CONFIG: "no", INPUT_TIMEOUT: "1m", INPUT_NOTE: "" };
    expect(readFlags(["--timeout", "2m"], names, env)).toEqual({
      inputs: { timeout: "2m", "ssh-key": "plain" },
      secrets: ["plain"],
    });
    expect(readFlags([], names, { ...env, INPUT_SSH_KEY: "first" })).toMatchObject({
      inputs: { "ssh-key": "first", timeout: "1m" },
    });
    expect(inputVariables("config")).toEqual(["INPUT_CONFIG"]);
  });

  test("all mistakes are reported at once, and none shows a value", () => {
    const args = ["--cofnig", "hidden", "--config", "a", "hidden", "--config=b", "--ssh-key", "hidden"];
    const mistakes = (): unknown => {
      try {
        return readFlags(args, names, {});
      } catch (error) {
        return error;
      }
    };
    const error = mistakes();
    expect(error).toBeInstanceOf(UserErrors);
    const texts = (error as UserErrors).problems.map(({ message, hint }) => `${message} ${hint}`);
    expect(texts).toEqual([
      "--cofnig: the action has no such input. Did you mean --config?",
      expect.stringContaining("Argument 5 after the action's name belongs to no flag."),
      expect.stringContaining("--config: is given twice."),
      expect.stringMatching(/--ssh-key: a secret on a command line.*INPUT_SSH_KEY or SSH_KEY/),
    ]);
    expect(texts.join()).not.toContain("hidden");
  });
});

describe("on a terminal", () => {
  test("groups are indented and timed, also one that was left open, and annotations are marked", () => {
    const printed: string[] = [];
    let now = 0;
    const log = new TerminalLog(
      (line) => printed.push(line),
      plainStyle,
      () => now,
    );
    log.take({ kind: "group", text: "Checks" });
    log.take({ kind: "text", text: "health" });
    now = 1234;
    log.take({ kind: "endgroup", text: "" });
    log.take({ kind: "error", text: "two\nlines" });
    log.take({ kind: "group", text: "Open" });
    log.end();
    expect(printed).toEqual(["▾ Checks", "  health", "  1.2 s", "✗ two", "  lines", "▾ Open", "  0.0 s"]);
  });

  test.each([
    [40, "0.0 s"],
    [9_949, "9.9 s"],
    [9_951, "10 s"],
    [59_600, "1 min 0 s"],
    [125_000, "2 min 5 s"],
  ])("%d ms reads %s", (milliseconds, text) => expect(seconds(milliseconds)).toBe(text));

  test("colours are for a terminal, and not where NO_COLOR is set", () => {
    expect(styleFor({ isTTY: true }, {})("red", "x")).toBe("\u001b[31mx\u001b[39m");
    expect(styleFor({ isTTY: true }, { NO_COLOR: "1" })("red", "x")).toBe("x");
    expect(styleFor({}, {})("red", "x")).toBe("x");
  });

  test.each([
    ["abc", 3],
    ["✅ é", 4],
    ["⚠️", 2],
    ["👩‍💻", 2],
    ["日本", 4],
    ["✗ ▾", 3],
  ])("%s is %d columns wide", (text, width) => expect(textWidth(text)).toBe(width));

  test("a summary reads as text: tables aligned, folds open, character references and tags gone", () => {
    const markdown = [
      "### ❌ shop&#46;example<!-- -->: 1 of 2 failed",
      "",
      "| Check | Verdict | ms |",
      "| --- | --- | --: |",
      "| <code>a&#95;b</code> | ✅ passed | 9 |",
      "| login | ❌ failed<br>status **500** | 1200 |",
      "",
      "<details><summary>More &amp; &#x41;</summary>",
      "",
      "See [the page](https://shop.example/x) or [https://shop.example](https://shop.example), `code`.",
      "",
      "```json",
      "{}",
      "```",
      "",
      "</details>",
      "",
      "1. one",
      "2. two",
      "   - three",
      "",
      "> quoted",
    ].join("\n");
    expect(summaryText(markdown, plainStyle)).toBe(
      [
        "❌ shop.example: 1 of 2 failed",
        "",
        "Check  Verdict       ms",
        "─────  ──────────  ────",
        "a_b    ✅ passed      9",
        "login  ❌ failed   1200",
        "       status 500",
        "",
        "▾ More & A",
        "",
        "See the page (https://shop.example/x) or https://shop.example, code.",
        "",
        "  {}",
        "",
        "1. one",
        "2. two",
        "   • three",
        "",
        "│ quoted",
        "",
      ].join("\n"),
    );
  });
});
