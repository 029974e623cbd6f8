import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseHookAddress } from "../../actions/deploy-hook/src/address.ts";
import { parseHeaders, secretsIn } from "../../actions/deploy-hook/src/headers.ts";
import { UserError, UserErrors } from "../../shared/runtime/user-error.ts";
import { startHttpServer } from "../support/http-server.ts";
import { type Here, type Inputs, runHere } from "./run-here.ts";

const url = "https://hook.invalid/deploy/q3Vb7yTr2sXk9mNp4w?key=Zt5Lw8Rc1";

async function mistakes(inputs: Inputs): Promise<string[]> {
  const ended: unknown = await runHere(inputs).catch((error: unknown) => error);
  if (!(ended instanceof Error)) return (ended as Here).failures.map(({ where }) => where?.input ?? "");
  const problems = ended instanceof UserErrors ? ended.problems : [ended];
  return problems.map((problem) =>
    problem instanceof UserError ? (problem.where?.input ?? "") : String(problem),
  );
}

describe("inputs that do not fit", () => {
  it.each<[string, Inputs, string[]]>([
    ["no address", {}, ["hook-url"]],
    ["an address in the clear", { "hook-url": "http://hook.example/deploy" }, ["hook-url"]],
    ["no web address", { "hook-url": "file:///etc/passwd" }, ["hook-url"]],
    [
      "what is for platforms",
      { "hook-url": url, ref: "abcdef0", image: "a:1", "service-id": "s" },
      ["ref", "service-id", "image"],
    ],
    ["a body with GET", { "hook-url": url, method: "GET", body: "x" }, ["body"]],
    [
      "a body for Render",
      { "hook-url": url, platform: "render", body: "x", headers: "a: b" },
      ["body", "headers"],
    ],
    ["both ref and image", { "hook-url": url, platform: "render", ref: "abcdef0", image: "a:1" }, ["image"]],
    ["Railway without anything", { platform: "railway" }, ["api-token", "service-id"]],
    [
      "Railway by address",
      { platform: "railway", "hook-url": url, "api-token": "t", "service-id": "s" },
      ["hook-url"],
    ],
    [
      "a service for the API that nobody names",
      { "hook-url": url, platform: "render", "api-token": "t" },
      ["service-id"],
    ],
    [
      "an API in the clear",
      { "hook-url": url, platform: "render", "api-token": "t", "api-url": "http://a.example" },
      ["api-url"],
    ],
    ["a branch for a commit", { "hook-url": url, platform: "render", ref: "main" }, ["ref"]],
  ])("%s", async (_what, inputs, names) => {
    expect(await mistakes(inputs)).toEqual(names);
  });

  it.each(["x", ": b", "a:", "a b: c", "a: b\na: c", "Host: b", "content-length: 1", "a: b\u0000c"])(
    "such as the headers %j, without a word of what is in them",
    (text) => expect(() => parseHeaders(text)).toThrow(/^has /),
  );

  it("never show the address", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), (value) => {
        try {
          parseHookAddress(value);
        } catch (error) {
          expect(String(error)).not.toContain(value);
        }
      }),
    );
  });
});

it("tells secrets among headers from what only describes the message", () => {
  const headers = parseHeaders("Authorization: Bearer abc.def\r\n\nContent-Type: text/x-y\nX-Key:  k1 ");
  expect(headers).toEqual({ authorization: "Bearer abc.def", "content-type": "text/x-y", "x-key": "k1" });
  expect(secretsIn(headers)).toEqual(["Bearer abc.def", "abc.def", "k1", "k1"]);
});

describe("a generic hook", () => {
  it("gets method, headers and body as they were given", async () => {
    const server = await startHttpServer();
    const hook = `${server.origin}/a%20b/c+d?x=%2B&y=1+2`;
    const outcome = await runHere({ "hook-url": hook, headers: "X-Key: k1", body: '{"a":1}' });
    const plain = await runHere({ "hook-url": hook, body: "hello" });
    const get = await runHere({ "hook-url": hook, method: "GET" });
    await server.stop();
    expect([outcome, plain, get].map(({ result }) => result)).toEqual(["accepted", "accepted", "accepted"]);
    expect(
      server.requests.map(({ method, url: path, body, headers }) => [
        ...[method, path, body.toString(), headers["content-type"], headers["x-key"]],
      ]),
    ).toEqual([
      ["POST", "/a%20b/c+d?x=%2B&y=1+2", '{"a":1}', "application/json", "k1"],
      ["POST", "/a%20b/c+d?x=%2B&y=1+2", "hello", "text/plain", undefined],
      ["GET", "/a%20b/c+d?x=%2B&y=1+2", "", undefined, undefined],
    ]);
    expect(outcome.details["call"]).toMatchObject({ with: ["a body of 7 bytes", "the header x-key"] });
  });

  it("is not called in a dry run, which shows its host and nothing else of its address", async () => {
    const outcome = await runHere({ "hook-url": url, "dry-run": "true" });
    expect(outcome.result).toBe("planned");
    const shown = JSON.stringify(outcome);
    expect(shown).toContain("hook.invalid");
    for (const part of ["q3Vb7y", "Zt5Lw8", "/deploy/", "key="]) expect(shown).not.toContain(part);
  });
});
