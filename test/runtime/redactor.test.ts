import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Redactor } from "../../shared/runtime/redactor.ts";

const redactorFor = (...secrets: string[]): Redactor => {
  const redactor = new Redactor();
  for (const secret of secrets) redactor.add(secret);
  return redactor;
};
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const hex = (text: string): string => Buffer.from(text).toString("hex");
const quoted = (text: string): string => JSON.stringify(text).slice(1, -1);
const lowerHex = (text: string): string => text.replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase());
const asciiJson = (text: string): string =>
  quoted(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
const numbered = (text: string): string => [...text].map((each) => `&#${each.codePointAt(0)};`).join("");
const html: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };

/** Encoders as other programs write them; each gives a text in which the secret could be read. */
const encoders: Record<string, (secret: string) => string> = {
  "as it is": (secret) => secret,
  base64,
  "base64 with a trailing newline": (secret) => base64(`${secret}\n`),
  "base64 after a user": (secret) => base64(`user:${secret}`),
  "base64 after a longer user": (secret) => base64(`users:${secret}`),
  "base64 after the longest user": (secret) => base64(`a user:${secret}`),
  "base64 before something": (secret) => base64(`${secret}:x`),
  "base64 in the middle, wrapped as `base64` wraps": (secret) =>
    base64(`{"a":"${secret}","b":1}`.repeat(4)).replace(/.{76}/g, "$&\n"),
  base64url: (secret) => Buffer.from(`${secret}~~`).toString("base64url"),
  "base64, percent-encoded": (secret) => encodeURIComponent(base64(secret)),
  hex,
  "upper-case hex": (secret) => hex(secret).toUpperCase(),
  "percent-encoding": encodeURIComponent,
  "percent-encoding in lower case": (secret) => lowerHex(encodeURIComponent(secret)),
  "percent-encoding of everything": (secret) => hex(secret).replace(/../g, "%$&"),
  "percent-encoding of a whole URL": encodeURI,
  "percent-encoding twice": (secret) => encodeURIComponent(encodeURIComponent(secret)),
  "form encoding": (secret) => new URLSearchParams({ s: secret }).toString(),
  JSON: quoted,
  "JSON in JSON": (secret) => quoted(quoted(secret)),
  "JSON in ASCII": asciiJson,
  "JSON in a URL": (secret) => encodeURIComponent(quoted(secret)),
  "a URL in JSON that escapes slashes": (secret) => quoted(encodeURI(secret)).replaceAll("/", "\\/"),
  "wrapped base64 in JSON": (secret) => quoted(base64(`{"a":"${secret}","b":1}`).replace(/.{16}/g, "$&\n")),
  "HTML entities": (secret) => secret.replace(/[&<>"']/g, (each) => html[each] ?? each),
  "numeric entities": numbered,
  "shell single quotes": (secret) => `'${secret.replaceAll("'", "'\\''")}'`,
  "shell single and double quotes": (secret) => `'${secret.replaceAll("'", `'"'"'`)}'`,
  "a CSV field": (secret) => `"${secret.replaceAll('"', '""')}"`,
  "an SQL literal": (secret) => `'${secret.replaceAll("'", "''")}'`,
  "backslashes before everything": (secret) => secret.replace(/[^A-Za-z0-9]/g, "\\$&"),
};

// Characters that every encoder treats differently, besides ordinary ones.
const letters = fc.constantFrom(..."abcXYZ012+/=%&?#@:;'\"\\<>$*-_. é漢😀{}[]|`~!");
const secrets = fc
  .array(letters, { minLength: 8, maxLength: 40 })
  .map((each) => each.join(""))
  .filter((secret) => secret.trim() === secret && !secret.includes("***"));
const around = fc.stringMatching(/^[ ,a-z\n]{0,30}$/);

for (const [name, encode] of Object.entries(encoders)) {
  test(`no secret survives in ${name}`, () => {
    fc.assert(
      fc.property(secrets, around, around, (secret, before, after) => {
        const redacted = redactorFor(secret).redact(`${before} ${encode(secret)} ${after}`);
        expect(redacted).toContain("***");
        expect(redacted).not.toContain(secret);
        // What is left of the encoded secret's own letters is at most what stood around it.
        expect(decodings(redacted).some((text) => text.includes(secret))).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
}

/** A text under decoders of this test's own, independent of the code under test. */
function decodings(text: string): string[] {
  const words = text.split(/[^A-Za-z0-9+/_=-]+/);
  const joined = text.replaceAll("\n", "").split(/[^A-Za-z0-9+/_=-]+/);
  const bytes = [...words, ...joined].flatMap((word) => [
    ...[0, 1, 2, 3].map((skip) => Buffer.from(word.slice(skip), "base64").toString()),
    Buffer.from(word, "hex").toString(),
  ]);
  const attempts = [
    () => decodeURIComponent(text),
    () => JSON.parse(`"${text.replaceAll("\n", "\\n")}"`) as string,
  ];
  const decoded = attempts.flatMap((attempt) => {
    try {
      return [attempt()];
    } catch {
      return [];
    }
  });
  return [...bytes, ...decoded];
}

test("bash's own quoting hides no secret", () => {
  const samples = [
    "pa ss'w\"o$rd\\x",
    "tab\there-and-more",
    "Ünïcödé pass",
    "line1word\nline2word",
    "a!b;c&d|e(f)",
  ];
  for (const secret of samples) {
    const printed = execFileSync("bash", ["--norc", "-c", 'printf "%q %s" "$S" "${S@Q}"'], {
      env: { PATH: process.env["PATH"], S: secret },
      stdio: ["ignore", "pipe", "inherit"],
    }).toString();
    expect(redactorFor(secret).redact(printed).replace(/[$' ]/g, ""), secret).toBe("******");
  }
});

const sample = "s3cr3t-Passw0rd!!"; // 17 characters, as in the table of leaks that the runner's own masks leave
const leaks: [string, string, (text: string) => string][] = [
  ["base64 with a newline", sample, (secret) => base64(`${secret}\n`)],
  ["base64 with the secret first", sample, (secret) => base64(`${secret}:x`)],
  ["base64 with the secret last", sample, (secret) => base64(`user:${secret}`)],
  ["base64url", `${sample}?>`, (secret) => Buffer.from(secret).toString("base64url")],
  ["hex", sample, hex],
  ["lower-case percent-encoding", "pass=word/0", (secret) => lowerHex(encodeURIComponent(secret))],
  ["split over two lines", sample, (secret) => `${secret.slice(0, 9)}\n${secret.slice(9)}`],
  ["one line of several", "first-line\nsecond-line\nthird-line", () => "second-line"],
  ["one field of a JSON secret", '{"user":"u","password":"hunter22"}', () => "hunter22"],
  [
    "a JSON secret written anew",
    '{"user":"u", "password":"hunter22"}',
    (s) => JSON.stringify(JSON.parse(s), null, 2),
  ],
  ["a database password, decoded", "postgres://app:p%40ss%2Fword@db/x", () => "p@ss/word"],
  ["a database password, as written", "postgres://app:p%40ss%2Fword@db/x", () => "p%40ss%2Fword"],
  ["a database password, encoded anew", "postgres://app:p%40ss%2fword@db/x", () => "p%40ss%2Fword"],
  ["a database password with a slash", "postgres://app:pa/ssword@db/x", () => "pa/ssword"],
  ["a password in a query", "postgres://db/x?user=a&password=hunter22", () => "hunter22"],
  ["a key in a query", "https://deploy.example/srv-1?key=abcd1234", () => "abcd1234"],
  ["a chat token in a path", "https://chat.example/bot123:AAE-x9y8Z7w6v5/send", () => "123:AAE-x9y8Z7w6v5"],
  [
    "a token in place of the user",
    "https://ghx_0123456789abcdef@git.example/a",
    () => "ghx_0123456789abcdef",
  ],
  ["a setting of a .env file", "NODE_ENV=production\nAPI_TOKEN='tok-en 99'\n", () => "tok-en 99"],
];
for (const [name, secret, print] of leaks) {
  test(`what the runner's masks let through is redacted: ${name}`, () => {
    const printed = print(secret);
    const redacted = redactorFor(secret).redact(`before ${printed} after`);
    expect(redacted).toContain("***");
    for (const word of printed.match(/[A-Za-z0-9]{4,}/g) ?? []) {
      if (!["user", "password"].includes(word)) expect(redacted).not.toContain(word);
    }
    expect(redacted).toMatch(/^before .* after$/s);
  });
}

test("base64 of a secret beside other text leaves no character that depends on the secret", () => {
  for (const user of ["a", "ab", "abc"]) {
    const [one, other] = ["0orrect-horse", "zattery-stapl"].map((secret) =>
      redactorFor(secret).redact(`Basic ${base64(`${user}:${secret}/x`)}.`),
    );
    expect(one).toBe(other);
    expect(one).toMatch(/^Basic [A-Za-z0-9]*\*\*\*[A-Za-z0-9=]*\.$/);
  }
});

test("secrets that overlap leave no remainder", () => {
  expect(redactorFor("abcdef", "defghi").redact("-abcdefghi-")).toBe("-***-");
  expect(redactorFor("abab").redact("-ababab-")).toBe("-***-");
  expect(redactorFor("password", "password1").redact("password1")).toBe("***");
  const pieces = fc.stringMatching(/^[ab]{4,7}$/);
  fc.assert(
    fc.property(
      fc.array(pieces, { minLength: 1, maxLength: 5 }),
      fc.stringMatching(/^[abc]{0,60}$/),
      (few, text) => {
        const covered = [...text].map((_, at) =>
          few.some((secret) =>
            [...secret].some((_, back) => at >= back && text.startsWith(secret, at - back)),
          ),
        );
        const expected = [...text].map((letter, at) => (covered[at] ? "\0" : letter)).join("");
        expect(redactorFor(...few).redact(text)).toBe(expected.replace(/\0+/g, "***"));
      },
    ),
    { numRuns: 1000 },
  );
});

test("redacting again changes nothing, also when a secret contains the mask", () => {
  expect(redactorFor("abcd", "x***y").redact("-xabcdy-")).toBe("-***-");
  const values = fc.stringMatching(/^[ab*]{4,6}$/);
  fc.assert(
    fc.property(
      fc.array(values, { maxLength: 4 }),
      fc.stringMatching(/^[ab*%\\&;20 ]{0,60}$/),
      (few, text) => {
        const redactor = redactorFor(...few);
        const once = redactor.redact(text);
        expect(redactor.redact(once)).toBe(once);
        for (const secret of few) expect(once).not.toContain(secret);
      },
    ),
    { numRuns: 1000 },
  );
});

test("a text without a secret is left as it is", () => {
  const redactor = redactorFor("zzzzQQQQzzzzQQQQ", "JJJJ~~~~JJJJ");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => redactor.redact(text) === text));
  const escapes = "100% \\d+ &amp; %zz \\u12 &#xffffff; '' \"\" \\400 \\";
  expect(redactor.redact(escapes)).toBe(escapes);
});

test("values under four characters are counted and not masked", () => {
  const redactor = redactorFor("abc", " no ", "", "  \n", "12");
  expect(redactor.weak()).toBe(3);
  expect(redactor.takeMasks()).toEqual([]);
  expect(redactor.redact("abc no 12")).toBe("abc no 12");
});

test("what is no secret of a URL stays readable", () => {
  const redactor = redactorFor("postgres://postgres:hunter22@db.example:5432/shop?sslmode=verify-full");
  expect(redactor.redact("postgres shop db.example:5432 verify-full")).toBe(
    "postgres shop db.example:5432 verify-full",
  );
});

test("the frame of a key stays readable, its lines do not", () => {
  const lines = ["-----BEGIN TEST KEY-----", "QUJDREVGR0hJSktMTU5PUFFS", "-----END TEST KEY-----"];
  const redactor = redactorFor(`${lines.join("\n")}\n`);
  expect(redactor.redact(`${lines[0]}\n${lines[1]}`)).toBe(`${lines[0]}\n***`);
  expect(redactor.redact(lines.join("\r\n"))).toBe("***");
});

test("a report is redacted in keys, strings and numbers, and keeps its shape", () => {
  const redactor = redactorFor("hunter22", "123456");
  const report = {
    "key hunter22": ["hunter22", { deep: "x hunter22 y" }],
    "key ***": 1,
    count: 123456,
    ratio: 0.5,
    none: null,
    at: new Date(0),
    ["__proto__"]: "hunter22",
  };
  expect(JSON.stringify(redactor.redactDeep(report))).toBe(
    '{"key ***":["***",{"deep":"x *** y"}],"key *** (2)":1,"count":"***","ratio":0.5,"none":null,' +
      '"at":"1970-01-01T00:00:00.000Z","__proto__":"***"}',
  );
});

test("masks are never short, and no line of a mask is", () => {
  const json = '{\n  "a": "hunter22",\n  "b": {\n    "c": "line one\\nline two"\n  }\n}';
  for (const mask of redactorFor(json, "abcd", "x\nlong enough").takeMasks()) {
    for (const line of mask.split("\n")) expect(line.trim().length).toBeGreaterThanOrEqual(4);
  }
});

test("masks are given once, those of later secrets alone", () => {
  const redactor = redactorFor("first-secret");
  expect(redactor.takeMasks()).toContain("first-secret");
  redactor.add("second-secret");
  redactor.add("first-secret");
  const later = redactor.takeMasks();
  expect(later).toContain("second-secret");
  expect(later).not.toContain("first-secret");
  expect(redactor.takeMasks()).toEqual([]);
});

test("masks hold the value, its lines, and the encodings that the runner does not derive", () => {
  const masks = redactorFor("first=line\nsecond line").takeMasks();
  const value = "first=line\nsecond line";
  expect(masks).toEqual(
    expect.arrayContaining([
      value,
      "first=line",
      "second line",
      hex(value),
      hex(value).toUpperCase(),
      base64(value).slice(0, -3),
      lowerHex(encodeURIComponent(value)),
      quoted(value),
    ]),
  );
});

test("a secret that was cut off is redacted up to the cut, also when that went through an escape", () => {
  const forms: ((secret: string) => string)[] = [
    (secret) => secret,
    base64,
    hex,
    encodeURIComponent,
    quoted,
    asciiJson,
    (secret) => [...secret].map((each) => html[each] ?? each).join(""),
  ];
  const cut = fc
    .tuple(
      fc.string({ minLength: 24, maxLength: 60, unit: fc.constantFrom(...'aB3"&<é=/ %') }),
      fc.constantFrom(...forms),
    )
    .map(([text, form]) => ({ secret: `k3y${text}`, encoded: form(`k3y${text}`) }));
  fc.assert(
    fc.property(cut, fc.integer({ min: 30, max: 80 }), ({ secret, encoded }, length) => {
      fc.pre(secret === secret.trim() && length < encoded.length);
      const redacted = redactorFor(secret).redact(`no: ${encoded.slice(0, length)}… (9 more characters)`);
      expect(redacted).toBe("no: ***… (9 more characters)");
    }),
  );
});

test("what only begins like a secret stays where nothing is cut off", () => {
  const redactor = redactorFor("production-8f2a");
  expect(redactor.redact("production is up… and runs")).toBe("production is up… and runs");
  expect(redactor.redact("to production… (4 more characters)")).toBe("to ***… (4 more characters)");
});
