import fc from "fast-check";
import { expect, test } from "vitest";
import * as z from "zod";
import { readConfig } from "../../shared/runtime/config.ts";
import { UserError, UserErrors } from "../../shared/runtime/user-error.ts";

const common = { name: z.string(), needs: z.string().optional() };
const page = z.strictObject({
  ...common,
  get: z.string().startsWith("/"),
  expect: z
    .strictObject({
      status: z.number().int().min(100).max(599),
      under: z.string().regex(/^\d+ms$/, { error: "must be a duration such as 500ms" }),
    })
    .partial()
    .optional(),
});
const certificate = z.strictObject({
  ...common,
  tls: z.string(),
  expect: z.strictObject({ "days-left": z.string() }).optional(),
});
const schema = z.strictObject({
  "base-url": z.url().optional(),
  version: z.string().optional(),
  mode: z.union([z.literal("none"), z.array(z.string()), z.number()]).optional(),
  store: z
    .discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("s3"), bucket: z.string().min(1) }),
      z.strictObject({ kind: z.literal("ssh"), path: z.string() }),
    ])
    .optional(),
  place: z
    .union([
      z.strictObject({ at: z.literal("home"), room: z.string() }),
      z.strictObject({ at: z.literal("away"), country: z.string() }),
    ])
    .optional(),
  env: z.record(z.string().regex(/^[A-Z_]+$/), z.string()).optional(),
  when: z.preprocess(
    (value) => value,
    z.lazy(() => z.strictObject({ day: z.int() }).optional()),
  ),
  checks: z
    .array(z.union([page, certificate]))
    .min(1)
    .default([{ name: "x", get: "/" }]),
});

/** Every mistake found, as `line:column message | hint`, without the place that the hint ends with. */
function mistakes(text: string): string[] {
  try {
    readConfig(text, "smoke.yml", schema);
    return [];
  } catch (error) {
    const problems = error instanceof UserErrors ? error.problems : [error as UserError];
    return problems.map(({ message, hint, where }) => {
      expect(where?.file).toBe("smoke.yml");
      if (where?.line === undefined) return `${message} | ${hint}`;
      const see = ` See smoke.yml, line ${where.line}, column ${where.column}.`;
      expect(hint.endsWith(see)).toBe(true);
      return `${where.line}:${where.column} ${message} | ${hint.slice(0, -see.length)}`;
    });
  }
}

test("a file that keeps to the schema is read, with the place of each of its parts", () => {
  const text = `# checks
base-url: https://shop.example
checks:
  - name: health
    get: /health
    expect: { status: 200 }
  - &tls
    name: "certificate"
    tls: shop.example:443
  - *tls
`;
  const { value, locate } = readConfig(text, "smoke.yml", schema);
  expect(value.checks.map(({ name }) => name)).toEqual(["health", "certificate", "certificate"]);
  const places: [PropertyKey[], string][] = [
    [[], "2:1"],
    [["base-url"], "2:11"],
    [["checks"], "3:1"],
    [["checks", 0], "4:5"],
    [["checks", 0, "expect"], "6:5"],
    [["checks", 0, "expect", "status"], "6:23"],
    [["checks", 0, "expect", "under"], "6:5"],
    [["checks", 1, "name"], "8:11"],
    [["checks", 2], "10:5"],
    [["checks", 2, "tls"], "9:10"],
    [["checks", 9, "tls"], "3:1"],
    [["absent", "deeper"], "2:1"],
  ];
  for (const [path, place] of places) {
    const { line, column } = locate(path);
    expect(`${line}:${column}`, path.join(".")).toBe(place);
  }
  expect(locate(["base-url"], "key")).toMatchObject({ line: 2, column: 1 });
});

test("JSON is read like YAML", () => {
  const text = '{\n\t"base-url": "https://shop.example",\n\t"checks": [{"name": "a", "get": "/"}]\n}\n';
  expect(readConfig(text, "smoke.json", schema).value["base-url"]).toBe("https://shop.example");
  expect(mistakes('{"base-url": 1}')).toEqual([
    "1:14 base-url: must be a text, but is the number 1. | Put it in quotes.",
  ]);
});

test("defaults and conversions of the schema apply", () => {
  const converting = z.strictObject({
    every: z
      .string()
      .transform((text) => text.length)
      .default(3),
  });
  expect(readConfig("every: four", "c.yml", converting).value.every).toBe(4);
  expect(readConfig("{}", "c.yml", converting).value.every).toBe(3);
});

test("every mistake of a file is reported at once, in its order", () => {
  const text = `chekcs: []
base-url: shop
version: 1.10
checks:
  - name: a
    gett: /x
  - get: /x
    name: b
    expect: { status: often, under: soon }
`;
  expect(mistakes(text)).toEqual([
    "1:1 chekcs: unknown key. | Known keys: base-url, version, mode, store, place, env, when, checks.",
    '2:11 base-url: must be a URL with its scheme, such as https://shop.example, but is the text "shop". | Change the value.',
    "3:10 version: must be a text, but is the number 1.1. | Put it in quotes.",
    '5:5 checks[0]: needs one of the keys "get", "tls". | Add the one that is meant.',
    '6:5 checks[0].gett: unknown key. | Did you mean "get"?',
    '9:23 checks[1].expect.status: must be a number, but is the text "often". | Change the value.',
    '9:37 checks[1].expect.under: must be a duration such as 500ms, but is the text "soon". | Change the value.',
  ]);
});

const cases: [string, string, (string | RegExp)[]][] = [
  [
    "an unknown key with one near it",
    "checks: [{name: a, get: /, expct: {}}]",
    ['1:28 checks[0].expct: unknown key. | Did you mean "expect"?'],
  ],
  [
    "a key of another kind of check",
    "checks: [{name: a, get: /, expect: {days-left: 3}}]",
    ["1:37 checks[0].expect.days-left: unknown key. | Known keys: status, under."],
  ],
  [
    "a missing key",
    "checks:\n  - get: /",
    ['2:5 checks[0].name: is missing. | Add "name": it must be a text.'],
  ],
  [
    "a key without a value",
    "checks:\n  - name:\n    get: /",
    ["2:5 checks[0].name: must be a text, but is empty. | Give it a value, or remove the key."],
  ],
  [
    "no option of a union fits a text",
    "mode: some",
    ['1:7 mode: must be "none" or a list or a number, but is the text "some". | Change the value.'],
  ],
  [
    "no option of a union fits a mapping",
    "mode: {}",
    ['1:1 mode: must be "none" or a list or a number, but is a mapping. | Change the value.'],
  ],
  [
    "a text where a mapping is meant",
    "checks: [text]",
    ['1:10 checks[0]: must be a mapping, but is the text "text". | Change the value.'],
  ],
  [
    "an unknown kind",
    "store: {kind: ftp}",
    ['1:15 store.kind: must be one of "s3", "ssh", but is the text "ftp". | Change the value.'],
  ],
  [
    "a kind that is missing",
    "store: {bucket: b}",
    ['1:1 store.kind: is missing. | Add "kind": it must be one of "s3", "ssh".'],
  ],
  [
    "a mistake within a kind",
    "store: {kind: s3, bucket: [b]}",
    ["1:19 store.bucket: must be a text, but is a list. | Change the value."],
  ],
  [
    "an unknown choice in a plain union",
    "place: {at: sea, room: a}",
    ['1:13 place.at: must be one of "home", "away", but is the text "sea". | Change the value.'],
  ],
  [
    "a mistake in the chosen option of a plain union",
    "place: {at: home, room: 3}",
    ["1:25 place.room: must be a text, but is the number 3. | Put it in quotes."],
  ],
  [
    "a key that is not allowed in a record",
    "env: {a: b}",
    ["1:7 env.a: this key must match /^[A-Z_]+$/. | Rename it."],
  ],
  [
    "an empty text",
    "store: {kind: s3, bucket: ''}",
    ["1:27 store.bucket: must not be empty. | Change the value."],
  ],
  ["a key with blanks", "env: {A B: c}", ['1:7 env["A B"]: this key must match /^[A-Z_]+$/. | Rename it.']],
  ["a value of a record", "env: {A: [1]}", ["1:7 env.A: must be a text, but is a list. | Change the value."]],
  [
    "a number out of its bounds",
    "checks: [{name: a, get: /, expect: {status: 99}}]",
    ["1:45 checks[0].expect.status: must be at least 100. | Change the value."],
  ],
  [
    "a fraction",
    "checks: [{name: a, get: /, expect: {status: 200.5}}]",
    ["1:45 checks[0].expect.status: must be a whole number, but is the number 200.5. | Change the value."],
  ],
  [
    "a wrong beginning",
    "checks: [{name: a, get: x}]",
    ['1:25 checks[0].get: must start with "/", but is the text "x". | Change the value.'],
  ],
  ["an empty list", "checks: []", ["1:1 checks: must not be an empty list. | Change the value."]],
  [
    "a near key behind preprocess and lazy",
    "when: {dya: 1}",
    [
      '1:1 when.day: is missing. | Add "day": it must be a number.',
      '1:8 when.dya: unknown key. | Did you mean "day"?',
    ],
  ],
  ["a list at the top", "- a", ["1:1 smoke.yml: must be a mapping, but is a list. | Change the value."]],
  [
    "a text at the top",
    "only words",
    ['1:1 smoke.yml: must be a mapping, but is the text "only words". | Change the value.'],
  ],
  [
    "an empty file",
    "",
    ["smoke.yml: the file is empty. | Write the settings into it; the README of the action has an example."],
  ],
  [
    "comments alone",
    "# a\n",
    ["smoke.yml: the file is empty. | Write the settings into it; the README of the action has an example."],
  ],
  [
    "two documents",
    "version: a\n---\nversion: b",
    ["3:1 smoke.yml: a second document starts here. | Keep one document in the file."],
  ],
  [
    "a key twice",
    "version: a\nversion: b",
    ["2:1 version: this key stands twice in one mapping. | Keep one of the two."],
  ],
  [
    "an empty key twice",
    "'': a\n'': b",
    ['2:1 "": this key stands twice in one mapping. | Keep one of the two.'],
  ],
  ["a tab", "env:\n\tA: b", ["2:1 smoke.yml: a tab where blanks are needed. | Indent with blanks."]],
  ["a bracket left open", "checks: [", [/^1:1[01] smoke\.yml: not valid YAML: .+\. \| Mend the syntax\.$/]],
  [
    "a tag",
    "version: !!binary aGk=",
    ["1:10 smoke.yml: a tag that YAML 1.2 core does not have. | Remove the word with the `!`."],
  ],
  [
    "YAML 1.1",
    "%YAML 1.1\n---\nversion: a",
    ["1:1 smoke.yml: YAML 1.1 is not supported. | Remove the %YAML line."],
  ],
  [
    "an alias of nothing",
    "version: *v",
    ["1:10 *v: no anchor of this name before it. | Write the value out instead of the alias."],
  ],
  [
    "an alias of itself",
    "mode: &m [a, *m]",
    ["1:14 *m: stands within its own anchor. | Write the value out instead of the alias."],
  ],
  [
    "a merge key",
    "checks: [{<<: {name: a}, name: b, get: /}]",
    ['1:11 checks[0]["<<"]: unknown key. | Known keys: name, needs, get, expect.'],
  ],
  ["the booleans of YAML 1.1 are texts", "version: yes\nmode: [no, on]", []],
  [
    "a deep nest",
    "[".repeat(500_000),
    [/^\S+ smoke\.yml: nested more than 100 levels deep\. \| Make the file flatter\.$/],
  ],
  [
    "a deep nest of dashes",
    "- ".repeat(500_000),
    [/^\S+ smoke\.yml: nested more than 100 levels deep\. \| Make the file flatter\.$/],
  ],
  [
    "a deep nest of lines",
    Array.from({ length: 1400 }, (_, at) => `${" ".repeat(at)}a:`).join("\n"),
    [/^\S+ smoke\.yml: nested more than 100 levels deep\. \| Make the file flatter\.$/],
  ],
  [
    "a file too big",
    `version: ${"x".repeat(1024 * 1024)}`,
    ["smoke.yml: 1,048,585 bytes, more than 1 MiB. | Split the file."],
  ],
];
for (const [name, text, expected] of cases) {
  test(`a mistake is told: ${name}`, () => {
    expect(mistakes(text)).toEqual(
      expected.map((each) => (typeof each === "string" ? each : expect.stringMatching(each))),
    );
  });
}

test("aliases that multiply are refused before they fill the memory", () => {
  const lines = Array.from({ length: 12 }, (_, at) => {
    const items = Array<string>(9).fill(at === 0 ? "x" : `*a${at - 1}`);
    return `k${at}: &a${at} [${items.join(", ")}]`;
  });
  expect(mistakes(lines.join("\n"))).toEqual([
    "smoke.yml: its aliases stand for too many copies. | Write some of the values out instead.",
  ]);
});

test("of very many mistakes the first hundred are told, and the number of the others", () => {
  const text = Array.from({ length: 5000 }, (_, at) => `x${at}: 1`).join("\n");
  const told = mistakes(text);
  expect(told).toHaveLength(101);
  expect(told.at(-1)).toBe("smoke.yml: 4,900 more mistakes. | Mend the ones above first.");
});

const pieces = fc.constantFrom(
  ..."checks:,name:,get:,tls:,expect:,store:,kind: s3,version:,mode:,env:,A:,- ,-,  ,\n,\n  ,\n    ,{,},[,]".split(
    ",",
  ),
  ..."&a ,*a,!!str ,!x ,|\n ,>-\n ,\",',#c\n,---\n,...\n,%YAML 1.2\n,? ,: ,<<: ,__proto__: ,~,200,0x1F,.inf,/,\t,\0,\ufeff,é".split(
    ",",
  ),
  ",",
);
const broken = fc.oneof(
  fc.array(pieces, { maxLength: 25 }).map((each) => each.join("")),
  fc.string({ unit: "binary" }),
  fc.json(),
);

test("whatever the file holds, it is read or refused with places inside it", () => {
  fc.assert(
    fc.property(broken, (text) => {
      const lines = text.split(/\r\n?|\n/).length;
      try {
        readConfig(text, "c.yml", schema);
      } catch (error) {
        const problems = error instanceof UserErrors ? error.problems : [error];
        for (const problem of problems) {
          expect(problem).toBeInstanceOf(UserError);
          const { message, hint, where } = problem as UserError;
          expect(message).toMatch(/^[\s\S]+: [\s\S]+\.$/);
          expect(hint).not.toBe("");
          expect(where?.line ?? 1).toBeLessThanOrEqual(lines);
        }
      }
    }),
    { numRuns: 5000 },
  );
});
