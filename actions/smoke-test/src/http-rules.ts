import { createHash } from "node:crypto";
import type { Followed } from "../../../shared/http/follow.ts";
import type { Redactor } from "../../../shared/runtime/redactor.ts";
import type { CaptureConfig, ExpectConfig } from "./config-schema.ts";
import { parseJsonPath, queryJson, readJson } from "./json-path.ts";
import { type Matcher, mismatch, show, textMismatch } from "./matcher.ts";
import { firstMatch, isFound } from "./pattern.ts";
import { listOf } from "./plan.ts";
import { own } from "./template.ts";
import { describeThreshold, holds } from "./threshold.ts";

type Status = number | string;

// Every captured value is searched for in all that is printed, in some twenty encodings. Tokens are far shorter.
const LONGEST_CAPTURE = 32_768;

/** What in the answer is not as expected, in the words of the report; nothing when all is well. */
export function judgeAnswer(expect: ExpectConfig, answer: Followed, redactor: Redactor): string[] {
  const text = lazy(() => answer.body.toString("utf8"));
  return [
    ...judgeStatus(listOf<Status>(expect.status), answer.status),
    ...judgeEntries("header ", expect.headers, (name) => header(answer, name), redactor),
    ...judgeEntries("cookie ", expect.cookies, (name) => answer.cookies.get(name), redactor),
    ...judgeJson(expect.json, text, redactor),
    ...listOf<string>(expect.contains)
      .filter((part) => !text().includes(part))
      .map((part) => `body: ${show(part)} does not stand in it`),
    ...listOf<string>(expect.matches)
      .filter((pattern) => !isFound(pattern, text()))
      .map((pattern) => `body: /${show(pattern).slice(1, -1)}/ is not found in it`),
    ...judgeBytes(expect, answer.body),
    ...judgeRedirects(expect, answer, redactor),
  ];
}

/** Whether a status is one of those expected; 2xx when nothing is said. */
export function isExpectedStatus(expected: readonly Status[], status: number): boolean {
  const allowed = expected.length === 0 ? ["2xx"] : expected;
  return allowed.some((one) =>
    typeof one === "number" ? one === status : one.startsWith(String(status)[0] ?? "-"),
  );
}

function judgeStatus(expected: readonly Status[], status: number): string[] {
  if (isExpectedStatus(expected, status)) return [];
  return [`status: expected ${expected.length === 0 ? "2xx" : expected.join(" or ")}, got ${status}`];
}

function judgeEntries(
  kind: string,
  expected: Readonly<Record<string, Matcher>> | undefined,
  read: (name: string) => string | undefined,
  redactor: Redactor,
): string[] {
  return Object.entries(expected ?? {}).flatMap(([name, matcher]) => {
    const wrong = textMismatch(matcher, read(name), redactor);
    return wrong === undefined ? [] : [`${kind}${name}: ${wrong}`];
  });
}

function judgeJson(
  expected: Readonly<Record<string, Matcher>> | undefined,
  text: () => string,
  redactor: Redactor,
): string[] {
  const entries = Object.entries(expected ?? {});
  if (entries.length === 0) return [];
  const document = readJson(text());
  if (document === undefined) return ["body: expected JSON, got something else"];
  return entries.flatMap(([path, matcher]) => {
    const found = queryJson(parseJsonPath(path), document.value);
    const wrong =
      found.length === 0 ? mismatch(matcher, undefined, redactor) : firstMismatch(matcher, found, redactor);
    return wrong === undefined ? [] : [`${path}: ${wrong}`];
  });
}

function firstMismatch(matcher: Matcher, found: readonly unknown[], redactor: Redactor): string | undefined {
  return found.map((value) => mismatch(matcher, value, redactor)).find((wrong) => wrong !== undefined);
}

function judgeBytes({ bytes, sha256 }: ExpectConfig, body: Buffer): string[] {
  const problems: string[] = [];
  if (bytes !== undefined && !holds(bytes, body.length)) {
    problems.push(`bytes: expected ${describeThreshold(bytes)}, got ${body.length}`);
  }
  if (sha256 !== undefined) {
    const actual = createHash("sha256").update(body).digest("hex");
    if (actual !== sha256.toLowerCase())
      problems.push(`sha256: expected ${sha256.toLowerCase()}, got ${actual}`);
  }
  return problems;
}

function judgeRedirects(expect: ExpectConfig, answer: Followed, redactor: Redactor): string[] {
  const problems: string[] = [];
  const { redirects } = expect;
  const seen = answer.redirects.map(({ to }) => to);
  if (typeof redirects === "number" && redirects !== seen.length) {
    problems.push(`redirects: expected ${redirects}, got ${seen.length}`);
  } else if (Array.isArray(redirects)) {
    const expected = redirects.map(
      (address, index) => URL.parse(address, answer.redirects[index]?.from)?.href ?? address,
    );
    if (JSON.stringify(expected) !== JSON.stringify(seen)) {
      problems.push(
        `redirects: expected ${expected.map(show).join(" → ")}, got ${seen.map(show).join(" → ") || "none"}`,
      );
    }
  }
  const finalUrl = expect["final-url"];
  const wrong = finalUrl === undefined ? undefined : mismatch(finalUrl, answer.url.href, redactor);
  if (wrong !== undefined) problems.push(`final-url: ${wrong}`);
  return problems;
}

/** What a check captures, by name, and what is wrong with the rest in the words of the report. */
export function readCaptures(
  config: Readonly<Record<string, CaptureConfig>>,
  answer: Followed,
): { readonly captures: ReadonlyMap<string, string>; readonly problems: readonly string[] } {
  const text = lazy(() => answer.body.toString("utf8"));
  const captures = new Map<string, string>();
  const problems: string[] = [];
  for (const [name, source] of Object.entries(config)) {
    const value = readCapture(source, answer, text) ?? "";
    if (value === "") problems.push(`capture ${name}: there is no such value in the answer`);
    else if (value.length > LONGEST_CAPTURE)
      problems.push(`capture ${name}: the value is longer than ${LONGEST_CAPTURE} characters`);
    else captures.set(name, value);
  }
  return { captures, problems };
}

function readCapture(source: CaptureConfig, answer: Followed, text: () => string): string | undefined {
  if (typeof source === "string") return scalarAt(source, text());
  if ("header" in source) return header(answer, source.header);
  if ("cookie" in source) return answer.cookies.get(source.cookie);
  return firstMatch(source.matches, text());
}

/** The one scalar at a JSONPath of a JSON text, as text. */
export function scalarAt(path: string, text: string): string | undefined {
  const document = readJson(text);
  const found = document === undefined ? [] : queryJson(parseJsonPath(path), document.value);
  const [value] = found;
  if (found.length !== 1 || value === null || typeof value === "object") return undefined;
  return String(value);
}

/** A header of the answer by its name in any case, several joined by commas. */
export function header(answer: Followed, name: string): string | undefined {
  const value = own(answer.headers, name.toLowerCase());
  return value === undefined ? undefined : decodeHeader(Array.isArray(value) ? value.join(", ") : value);
}

/** Node.js reads headers as Latin-1; servers that send more than ASCII send UTF-8. */
function decodeHeader(value: string): string {
  if (!/[\u{80}-\u{ff}]/u.test(value)) return value;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(value, "latin1"));
  } catch {
    return value;
  }
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
