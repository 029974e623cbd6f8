import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { leaks } from "./leaks.ts";
import { bundle, type Trial, type Validation, validate } from "./validation.ts";
import { freshValues } from "./values.ts";

beforeAll(bundle);

let server: HttpServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

/** Runs what must be refused: everything wrong is told, nobody is asked, and nothing leaks. */
async function refused(trial: Trial): Promise<Validation> {
  const result = await validate(trial);
  expect(result).toMatchObject({ exitCode: 1, outputs: { result: "error" } });
  expect(result.outputs["valid"]).not.toBe("true");
  expect(result.connections).toEqual([]);
  expect(result.programs).toEqual([]);
  expect(leaks(result.texts, trial.env ?? {})).toEqual([]);
  return result;
}

const errorsOf = ({ annotations }: Validation) =>
  annotations
    .filter(({ level }) => level === "error")
    .map(({ message, line, col }) => ({ message, line, col }));

const env = (({ API_TOKEN, TELEGRAM_BOT_TOKEN, SMTP_PASSWORD }) => ({
  API_TOKEN,
  TELEGRAM_BOT_TOKEN,
  SMTP_PASSWORD,
}))(freshValues());

describe("a manifest with mistakes", () => {
  it("is refused with all of them at once, each with its place and the nearest known word", async () => {
    server = await startHttpServer();
    const result = await refused({
      manifest: `environments: [production]
secrets:
  TELEGRAM_BOT_TOKEN: { kind: telegram-bot-tokn }
  API_TOKEN: { requird: [production] }
probes:
  alerts: { kind: telegram, token: TELEGRAM_BOT_TOKEN, chat-i: "-1", api-url: "${server.origin}" }
`,
      env,
    });
    const errors = errorsOf(result);
    const lineOf = (text: string) =>
      errors.filter(({ message }) => message.includes(text)).map(({ line }) => line);
    expect(lineOf("telegram-bot-token")).toEqual([3]);
    expect(lineOf("required")).toEqual([4]);
    expect(lineOf('"chat-id"')).toEqual([6]);
    expect(server.connections()).toBe(0);
  });

  it("is refused when a probe, an environment or a rule names what it lacks", async () => {
    const result = await refused({
      manifest: `environments: [production]
secrets:
  API_TOKEN: { required: [producton], differs-from: API_TOKN }
  TELEGRAM_BOT_TOKEN: {}
probes:
  alerts: { kind: telegram, token: TELEGRAM_BOT_TOKN }
  other: { kind: telegram, token: TELEGRAM_BOT_TOKEN, for: [prodution] }
`,
      env,
    });
    const lines = errorsOf(result).map(({ line }) => line);
    expect(lines.toSorted()).toEqual([3, 3, 6, 7]);
    const hints = errorsOf(result)
      .map(({ message }) => message)
      .join("\n");
    for (const nearest of ["production", "API_TOKEN", "TELEGRAM_BOT_TOKEN"])
      expect(hints).toContain(`Did you mean ${nearest}?`);
  });

  it.each([
    ["duplicate names", "secrets:\n  API_TOKEN: {}\n  API_TOKEN: {}\n", 3],
    ["broken YAML", "secrets:\n  API_TOKEN: {}\n bad\n", 3],
    ["an unclosed list", "secrets:\n  API_TOKEN: {}\nprobes: [\n", undefined],
    ["a tab as indentation", "secrets:\n\tAPI_TOKEN: {}\n", 2],
  ])("is refused for %s, with the place", async (_what, manifest, line) => {
    const [error] = errorsOf(await refused({ manifest, env }));
    expect(error?.line).toBeGreaterThan(0);
    if (line !== undefined) expect(error?.line).toBe(line);
  });

  it.each([
    ["an empty file", ""],
    ["no secrets", "secrets: {}\n"],
    ["a list", "- a\n- b\n"],
    ["a secret whose value stands in the file", `secrets:\n  API_TOKEN: ${env.API_TOKEN}\n`],
    [
      "a value where a name belongs",
      `secrets:\n  API_TOKEN: {}\nprobes:\n  it: { kind: github, token: ${env.API_TOKEN} }\n`,
    ],
    [
      "an address with a password",
      `secrets:\n  API_TOKEN: {}\nprobes:\n  it: { kind: github, token: API_TOKEN, api-url: "https://me:${env.API_TOKEN}@x.example" }\n`,
    ],
    [
      "an address without a scheme",
      "secrets:\n  API_TOKEN: {}\nprobes:\n  it: { kind: github, token: API_TOKEN, api-url: x.example }\n",
    ],
    [
      "an unknown kind of probe",
      "secrets:\n  API_TOKEN: {}\nprobes:\n  it: { kind: githb, token: API_TOKEN }\n",
    ],
  ])("is refused for %s", async (_what, manifest) => {
    expect(errorsOf(await refused({ manifest, env })).length).toBeGreaterThan(0);
  });
});

describe("inputs with mistakes", () => {
  const manifest = { environments: ["production"], secrets: { API_TOKEN: {} } };

  it.each<[string, Record<string, string>, string]>([
    ["a config that is not there", { config: "other.yml" }, "other.yml"],
    ["an environment that the manifest lacks", { environment: "producton" }, "production"],
    ["a verdict that does not exist", { "fail-on": "mising" }, "missing"],
    ["unknown among fail-on", { "fail-on": "unknown" }, "fail-on-unknown"],
    ["none beside others", { "fail-on": "none, missing" }, "none"],
    ["a boolean that is none", { probe: "perhaps" }, "probe"],
    ["a timeout that is none", { timeout: "soon" }, "timeout"],
  ])("are refused for %s", async (_what, inputs, word) => {
    const errors = errorsOf(await refused({ manifest, env, inputs }));
    expect(errors.map(({ message }) => message).join("\n")).toContain(word);
  });

  it("are refused together", async () => {
    const inputs = { "fail-on": "mising", probe: "perhaps", timeout: "soon" };
    expect(errorsOf(await refused({ manifest, env, inputs }))).toHaveLength(3);
  });

  it.each([
    ["that are no JSON", `API_TOKEN=${env.API_TOKEN}`],
    ["that break off", JSON.stringify(env).slice(0, -12)],
    ["that are a list", JSON.stringify([env.API_TOKEN])],
    ["with something else than texts", JSON.stringify({ API_TOKEN: { deep: env.API_TOKEN } })],
  ])("are refused for secrets %s, without any of them", async (_what, secrets) => {
    const result = await validate({ manifest, inputs: { secrets } });
    expect(result).toMatchObject({ exitCode: 1, outputs: { result: "error" } });
    expect(leaks(result.texts, env)).toEqual([]);
  });
});
