import fc from "fast-check";
import { marked } from "marked";
import { expect, test } from "vitest";
import { Redactor } from "../../shared/runtime/redactor.ts";
import { visible } from "../../shared/runtime/remote-text.ts";
import {
  code,
  codeBlock,
  details,
  fitSummary,
  heading,
  link,
  paragraph,
  plain,
  table,
} from "../../shared/runtime/summary.ts";

const render = (markdown: string): string => marked.parse(markdown, { async: false, gfm: true });

/** What a reader gets: the elements of the rendered Markdown in order, and its text. */
function rendered(markdown: string): { elements: string[]; text: string } {
  const html = render(markdown).replaceAll("<!-- -->", "");
  const elements = [...html.matchAll(/<([a-z0-9]+)/g)].map((match) => match[1] ?? "");
  return { elements, text: textOf(html.replace(/\n/g, "").replaceAll("<br>", "\n")) };
}

function textOf(html: string): string {
  const named: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"' };
  return html
    .replace(/<[^>]*>/g, "")
    .replace(/&(?:#(\d+)|([a-z]+));/g, (_, number, name) =>
      number === undefined ? (named[name] ?? "?") : String.fromCodePoint(Number(number)),
    );
}

const pieces = fc.constantFrom(
  ..."*|**|_|__|`|```|~~|[|](|)|!|<|>|<b>|</details>|&|&amp;|&#42;|\\|\\*|#|# |##|-|- |+ |1. |1)|= |---|:-:|  |\t".split(
    "|",
  ),
  ...[
    "|",
    "\n",
    "\n\n",
    "\r\n",
    "a",
    "B",
    " ",
    ":",
    "http://x.example",
    "www.x.example",
    "a@b.example",
    "@me",
    "#1",
  ],
  ...[
    "GH-1",
    "o/r#2",
    ":tada:",
    "$x$",
    "$",
    "[^1]",
    "[x]: y",
    "> ",
    "    ",
    "\u00a0",
    "é",
    "😀",
    "<!--",
    "-->",
    "0",
  ],
);
const text = fc.oneof(
  fc.array(pieces, { maxLength: 12 }).map((each) => each.join("")),
  fc.string({ unit: "grapheme", maxLength: 30 }),
);
const breaks = (shown: string): string[] => [...shown.matchAll(/\n/g)].map(() => "br");
const oneLine = (shown: string): string => shown.replace(/\s*[\r\n]\s*/g, " ");

test("any text shows exactly as it is in a paragraph, with no element of its own", () => {
  fc.assert(
    fc.property(text, (given) => {
      const shown = visible(given);
      const { elements, text } = rendered(`a ${plain(given)} z`);
      expect(text).toBe(`a ${shown} z`);
      expect(elements).toEqual(["p", ...breaks(shown)]);
    }),
    { numRuns: 2000 },
  );
});

test("any text shows exactly as it is at the start and the end of a section", () => {
  fc.assert(
    fc.property(text, (given) => {
      const shown = visible(given);
      fc.pre(/[^\n]/.test(shown)); // Line breaks alone are no paragraph.
      const { elements, text } = rendered(paragraph(plain(given)));
      expect(text).toBe(shown);
      expect(elements).toEqual(["p", ...breaks(shown)]);
    }),
    { numRuns: 2000 },
  );
});

test("any text shows exactly as it is in a heading", () => {
  fc.assert(
    fc.property(text, (given) => {
      const { elements, text } = rendered(heading(2, `x${given}`));
      expect(elements).toEqual(["h2"]);
      expect(text).toBe(oneLine(visible(`x${given}`)));
    }),
    { numRuns: 1000 },
  );
});

test("any texts make a table of exactly those cells", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { maxLength: 4 }), text, (rows, title) => {
      const made = table({
        columns: [{ title }, { title: "n", align: "right" }],
        rows: rows.map(([one, other]) => [plain(one), code(other)]),
      });
      const { elements, text } = rendered(made);
      expect(text).toBe(`${visible(title)}n${rows.flat().map(visible).join("")}`);
      const cells = rows.map(([one, other]) => [
        "tr",
        "td",
        ...breaks(visible(one)),
        "td",
        "code",
        ...breaks(visible(other)),
      ]);
      const head = ["table", "thead", "tr", "th", ...breaks(visible(title)), "th"];
      expect(elements).toEqual([...head, ...(rows.length === 0 ? [] : ["tbody"]), ...cells.flat()]);
    }),
    { numRuns: 2000 },
  );
});

test("any text stays within its folded part and its block of code", () => {
  fc.assert(
    fc.property(text, text, (title, body) => {
      const html = render(`${details(title, codeBlock(body, "sql"))}\n\nend`);
      const [head = "", block = "", after = ""] = html.split(/<\/summary>|<\/code>/);
      expect(textOf(head.replaceAll("<br>", "\n"))).toBe(oneLine(visible(title)));
      expect([...head.matchAll(/<\w+/g)].flat()).toEqual(["<details", "<summary"]);
      expect(textOf(block).trimStart().replace(/\n$/, "")).toBe(visible(body).trimStart().replace(/\n$/, ""));
      expect([...block.matchAll(/<\w+/g)].flat()).toEqual(["<pre", "<code"]);
      expect(after.replaceAll("\n", "")).toBe("</pre></details><p>end</p>");
    }),
    { numRuns: 2000 },
  );
});

test("nothing that GitHub would turn into a mention, a link, an emoji or a formula is left in one piece", () => {
  const made = plain("@me o/r#12 GH-3 :tada: $x$ https://a.example www.a.example a@b.example");
  expect(made.replace(/&#\d+;/g, (entity) => String.fromCodePoint(Number(entity.slice(2, -1))))).not.toMatch(
    /@\w|#\d|GH-\d|:tada:|\$x\$|:\/\/|www\./,
  );
});

test("a link goes where it says, and only to the web", () => {
  const { elements } = rendered(link("a [b](c) | d", "https://x.example/a(b)?q=1&copy=2|3"));
  expect(elements).toEqual(["p", "a"]);
  expect(render(link("t", "https://x.example/a(b)?q=1&copy=2|3 <i>"))).toContain(
    '<a href="https://x.example/a%28b%29?q=1&amp;copy=2%7C3%20%3Ci%3E">t</a>',
  );
  for (const address of ["javascript:alert(1)", "data:text/html,x", "no address", ""]) {
    expect(link("t*", address)).toBe(plain("t*"));
  }
});

test("a table aligns its columns, fills short rows and refuses long ones", () => {
  const columns = [{ title: "a" }, { title: "b", align: "right" }, { title: "c", align: "center" }] as const;
  expect(table({ columns, rows: [["1"], ["1", "2", "3"]] })).toBe(
    "| a | b | c |\n| --- | --: | :-: |\n| 1 |  |  |\n| 1 | 2 | 3 |",
  );
  expect(() => table({ columns: [{ title: "a" }], rows: [["1", "2"]] })).toThrow("2 cells for 1 columns");
});

test("the fence of a block is longer than any in it", () => {
  expect(codeBlock("a\n````\nb\n", "sh")).toBe("`````sh\na\n````\nb\n`````");
});

test("a secret is still found in a text made safe for Markdown", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-zA-Z0-9*_|@#$:<>&`~.\\/+=-]{6,20}$/), (secret) => {
      const redactor = new Redactor();
      redactor.add(secret);
      expect(redactor.redact(`| ${plain(`a ${secret} b`)} |`)).toMatch(/^\| a \*\*\*(?:<!-- -->)? b \|$/);
    }),
    { numRuns: 2000 },
  );
});

const rows = (count: number): string[][] =>
  Array.from({ length: count }, (_, at) => [plain(`row ${at}`), "é😀"]);
const columns = [{ title: "name" }, { title: "value" }];
const sections = [
  heading(3, "Verdict"),
  table({ columns, rows: rows(30) }),
  details("Log", `${codeBlock("line\n".repeat(40), "text")}\n\n${table({ columns, rows: rows(15) })}`),
  paragraph("the end"),
];

test("a summary that fits is left whole", () => {
  const whole = `${sections.join("\n\n")}\n`;
  expect(fitSummary(sections, Buffer.byteLength(whole))).toBe(whole);
  expect(fitSummary(sections)).toBe(whole);
});

test("at every limit a summary is within it, well-formed, a start of the whole, and says what is missing", () => {
  const whole = `${sections.join("\n\n")}\n`;
  for (let limit = 0; limit < Buffer.byteLength(whole); limit++) {
    const cut = fitSummary(sections, limit);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(limit);
    if (limit < 300) continue;
    expect(cut).toContain("Left out");
    expect(cut).toMatch(/^### Verdict\n/);
    expect(cut.split("<details>").length).toBe(cut.split("</details>").length);
    expect((cut.match(/^```/gm) ?? []).length % 2).toBe(0);
    const kept = cut.slice(0, cut.indexOf("> ✂️")).replace(/\n(?:```\n)?(?:\n<\/details>\n)?\n*$/, "");
    expect(whole.startsWith(kept), `limit ${limit}: ${JSON.stringify(kept.slice(-60))}`).toBe(true);
    expect(rendered(cut).elements).toContain("blockquote");
    expect(rendered(cut).text).toContain("The JSON report has everything.");
    for (const made of cut.split("\n\n").filter((part) => part.startsWith("|"))) {
      expect(made.split("\n").length).toBeGreaterThan(2);
    }
  }
});

test("what is left out is counted", () => {
  const long = table({ columns, rows: rows(100) });
  expect(fitSummary([long, "b", "c"], 1000)).toMatch(
    /: [0-9]+ lines of this part and 2 more parts\. The JSON/,
  );
  expect(fitSummary(["a", "x".repeat(5000)], 1000)).toContain("size: this part. The JSON");
  const cut = fitSummary([long], 1000);
  const left = Number(/([0-9]+) lines of/.exec(cut)?.[1]);
  expect(cut.split("\n").filter((line) => line.startsWith("|")).length + left).toBe(102);
});

test("a summary over the runner's limit is cut below it", () => {
  const huge = fitSummary([heading(3, "x"), table({ columns, rows: rows(100_000) })]);
  expect(Buffer.byteLength(huge)).toBeLessThanOrEqual(1024 * 1024);
  expect(Buffer.byteLength(huge)).toBeGreaterThan(1024 * 1024 - 400);
});
