import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { freePort } from "../support/ports.ts";
import type { Fault } from "../support/telegram/fault.ts";
import { startTelegram, type Telegram } from "../support/telegram/server.ts";
import { type Finished, type Inputs, notify, type Options, start } from "./built-action.ts";

const GROUP = -100_200;

let telegram: Telegram;
let github: HttpServer;
beforeEach(async () => {
  telegram = await startTelegram({ chats: [{ id: GROUP }, { id: -6, standing: "kicked" }] });
  github = await startHttpServer(() => ({ status: 404, json: { message: "Not Found" } }));
});
afterEach(async () => {
  await telegram.stop();
  await github.stop();
});

/** The forms in which a text can be written and still be read. */
function forms(secret: string): Readonly<Record<string, string>> {
  const bytes = Buffer.from(secret);
  const uri = encodeURIComponent(secret);
  return {
    plain: secret,
    base64: bytes.toString("base64"),
    "base64 after one byte": btoa(`x${secret}`),
    "base64 within a text": btoa(`me:${secret}\n`),
    base64url: bytes.toString("base64url"),
    hex: bytes.toString("hex"),
    "hex in capitals": bytes.toString("hex").toUpperCase(),
    uri,
    "uri in small letters": uri.replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase()),
    html: secret.replace(":", "&#58;"),
  };
}

/** What of a form depends on the secret alone: the ends of base64 hold bits of its neighbours. */
const core = (name: string, form: string): string => (name.startsWith("base64") ? form.slice(6, -6) : form);

/** Where the token, its secret half, or ten characters of that stand in a text, in whatever form. */
function traces(token: string, text: string): string[] {
  const half = token.slice(token.indexOf(":") + 1);
  const pieces = Array.from({ length: half.length - 9 }, (_, from) => half.slice(from, from + 10));
  const wholes = [token, half].flatMap((secret) => Object.entries(forms(secret)));
  return [
    ...wholes.filter(([name, form]) => text.includes(core(name, form))).map(([name]) => name),
    ...pieces.filter((piece) => text.includes(piece)).map((piece) => `the piece ${piece}`),
  ];
}

const run = (inputs: Inputs = {}, options: Options = {}, url = telegram.url): Promise<Finished> =>
  notify(
    { url, token: telegram.token },
    {
      "chat-id": String(GROUP),
      title: "Deployed",
      timeout: "5s",
      retries: "1",
      "github-token": "g".repeat(40),
      ...inputs,
    },
    { ...options, env: { RUNNER_DEBUG: "1", GITHUB_API_URL: github.origin, ...options.env } },
  );

/** All that could be read by somebody who must not know the token. */
function everything(result: Finished): string {
  const asked = github.requests.map((request) => JSON.stringify([request, request.body.toString()]));
  const chats = telegram
    .chat(GROUP)
    .messages.map(({ text, file }) => `${text}\n${file?.bytes.toString() ?? ""}`);
  return [result.left, result.log, JSON.stringify(result.annotations), ...asked, ...chats].join("\n");
}

describe("the token does not get out", () => {
  it.each<[string, Fault]>([
    ["a refusal that repeats it", { kind: "error", code: 400, description: "TOKEN" }],
    ["a wrong token", { kind: "error", code: 401, description: "Unauthorized: TOKEN" }],
    ["an error that repeats it encoded", { kind: "error", code: 500, description: "FORMS" }],
    ["a reset", { kind: "reset" }],
    ["a page", { kind: "page", status: 502 }],
    ["no answer", { kind: "hang" }],
    ["a rate limit", { kind: "flood", seconds: 3600 }],
  ])("with %s", async (_, fault) => {
    const { token } = telegram;
    const description =
      fault.kind === "error"
        ? fault.description
            .replace("TOKEN", `https://api/bot${token}/sendMessage ${token}`)
            .replace("FORMS", Object.values(forms(token)).join(" "))
        : "";
    telegram.fail(fault.kind === "error" ? { ...fault, description } : fault, { times: 9 });
    const result = await run({ "on-error": "fail" });
    expect(result.exitCode).toBe(1);
    expect(traces(token, everything(result))).toEqual([]);
  });

  it.each([
    ["nobody listens", async () => `http://127.0.0.1:${await freePort()}`],
    ["the name does not exist", async () => "http://telegram.invalid"],
    ["the server speaks no TLS", async () => telegram.url.replace("http:", "https:")],
    ["the path is wrong", async () => `${telegram.url}/elsewhere`],
  ])("when %s", async (_, address) => {
    const result = await run({}, {}, await address());
    expect(result.outputs["result"]).toBe("failed");
    expect(traces(telegram.token, everything(result))).toEqual([]);
  });

  it("when all is well, or only partly", async () => {
    const result = await run({ "chat-id": `${GROUP},-6`, pin: "true" });
    expect(result.outputs["result"]).toBe("partial");
    expect(traces(telegram.token, everything(result))).toEqual([]);
  });

  it("into the messages, though the title, a field or a log has it", async () => {
    const { token } = telegram;
    const address = `https://api.telegram.org/bot${token}/getMe`;
    const result = await run({
      title: `failed: ${address}`,
      message: token,
      fields: JSON.stringify({ url: address, secret: token.split(":")[1] }),
    });
    expect(telegram.chat(GROUP).messages).toHaveLength(1);
    expect(traces(token, everything(result))).toEqual([]);
  });

  it("into the messages, though colours and invisible characters stand in the midst of it", async () => {
    const { token } = telegram;
    const broken = (by: string) => `${token.slice(0, 20)}${by}${token.slice(20)}`;
    await run({ title: broken("\u001b[31m"), message: `${broken("\r")} ${broken("\u001b[0m")}` });
    expect(telegram.chat(GROUP).messages).toHaveLength(1);
    expect(traces(token, telegram.chat(GROUP).texts.join("\n"))).toEqual([]);
  });

  it("into a template that asks for it", async () => {
    const result = await run({ template: "{{env.INPUT_TOKEN}}" });
    expect(traces(telegram.token, everything(result))).toEqual([]);
  });

  it("when it is malformed, and so refused", async () => {
    const half = telegram.token.split(":")[1] ?? "";
    for (const token of [`0${telegram.token}`, `bot${telegram.token}`, `${telegram.token} x`, half]) {
      const result = await run({ token });
      expect(result.exitCode).toBe(1);
      expect(traces(telegram.token, everything(result))).toEqual([]);
    }
  });

  it("when the step is cancelled", async () => {
    telegram.fail({ kind: "hang" });
    const asked = telegram.journal.next();
    const running = start(telegram, { "chat-id": String(GROUP), title: "x" }, { env: { RUNNER_DEBUG: "1" } });
    await asked;
    running.kill("SIGTERM");
    expect(traces(telegram.token, everything(await running.done))).toEqual([]);
  });

  it("without these tests noticing it", () => {
    for (const [name, form] of Object.entries(forms(telegram.token)))
      expect(traces(telegram.token, `a ${form} z`)).toContain(name);
    expect(traces(telegram.token, telegram.token.slice(-10))).not.toEqual([]);
  });
});

describe("the token of GitHub", () => {
  it("goes to GitHub, and nowhere else", async () => {
    const token = `ghs_${"abcDEF123456".repeat(3)}`;
    const result = await run({ status: "failure", "github-token": token });
    expect(result.outputs["result"]).toBe("sent");
    expect(github.requests.length).toBeGreaterThan(0);
    expect(github.requests.every(({ headers }) => headers.authorization === `Bearer ${token}`)).toBe(true);
    const elsewhere = telegram.http.requests.map((request) =>
      JSON.stringify([request, request.body.toString()]),
    );
    expect([result.left, ...elsewhere].join("\n")).not.toContain(token);
  });
});
