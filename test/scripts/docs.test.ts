import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { code, flow, replaceMarked, sectionOf, table } from "../../scripts/docs/markdown.ts";
import { writeDocs } from "../../scripts/docs.ts";
import { makeScratchRepository, type ScratchRepository } from "./scratch-repository.ts";

const ACTION = `name: ping
description: Asks whether anybody is there.
inputs:
  url:
    description: |
      Where to ask.
      One address.

      Redirects | are followed.
    required: true
  tries:
    description: How often.
    default: 3
outputs:
  answer:
    description: What was said.
runs:
  using: node24
  main: index.js
`;
const README = `# ping

Hand-written.

<!-- generated:inputs -->
old
<!-- /generated:inputs -->
<!-- generated:outputs -->
<!-- /generated:outputs -->

## Permissions

\`contents: read\`, for the config file.

## Notes

More by hand.
`;
const SCHEMAS = `import * as z from "zod";
const duration = z.string().transform(Number);
export const schemas = {
  "config.schema.json": z.strictObject({ timeout: duration.prefault("5s") }),
  "report.schema.json": z.strictObject({ result: z.enum(["passed", "failed"]) }),
};
`;

let scratch: ScratchRepository;
beforeEach(() => {
  scratch = makeScratchRepository();
  scratch.write({
    "README.md": "# All\n<!-- generated:actions -->\n<!-- /generated:actions -->\n",
    "actions/ping/action.yml": ACTION,
    "actions/ping/README.md": README,
    "actions/ping/src/schemas.ts": SCHEMAS,
  });
});
afterEach(() => scratch.remove());

describe("writing the documentation", () => {
  it("fills the tables between the markers and keeps every hand-written line", async () => {
    await writeDocs(scratch.root);
    const tables = [
      "| Input | Required | Default | Description |",
      "| --- | --- | --- | --- |",
      "| `url` | yes |  | Where to ask. One address.<br>Redirects \\| are followed. |",
      "| `tries` | no | `3` | How often. |",
      "<!-- /generated:inputs -->",
      "<!-- generated:outputs -->",
      "| Output | Description |",
      "| --- | --- |",
      "| `answer` | What was said. |",
      "<!-- /generated:outputs -->",
    ];
    const [before] = README.split("old");
    const after = README.slice(README.indexOf("\n\n## Permissions"));
    expect(scratch.read("actions/ping/README.md")).toBe(before + tables.join("\n") + after);
  });

  it("lists every action in the README of the repository and in the catalog, with its permissions", async () => {
    scratch.write({
      "actions/also/action.yml": ACTION.replace("name: ping", "name: also"),
      "actions/also/README.md": README.replace("`contents: read`, for the config file.", "None."),
    });
    await writeDocs(scratch.root);
    expect(scratch.read("README.md")).toContain(
      "| [also](actions/also/README.md) | Asks whether anybody is there. |\n| [ping](actions/ping/README.md) |",
    );
    const sections = scratch.read("action-catalog.md").split(/^## /m);
    expect(sections).toHaveLength(3);
    expect(sections[1]).toMatch(/^also\n.*\*\*Permissions\*\*\n\nNone\.\n/s);
    expect(sections[2]).toMatch(/^ping\n.*`tries`.*`answer`.*\n\n`contents: read`, for the config file\.\n/s);
    expect(sections[2]).toContain("[config.schema.json](actions/ping/config.schema.json)");
  });

  it("publishes what users write and what the action writes as JSON Schema 2020-12", async () => {
    await writeDocs(scratch.root);
    expect(JSON.parse(scratch.read("actions/ping/config.schema.json"))).toEqual({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      title: "ping config",
      type: "object",
      properties: { timeout: { default: "5s", type: "string" } },
      additionalProperties: false,
    });
    expect(JSON.parse(scratch.read("actions/ping/report.schema.json"))).toMatchObject({
      title: "ping report",
      properties: { result: { enum: ["passed", "failed"] } },
      required: ["result"],
    });
  });

  it("makes the script for a host a module, its parts in the order of their names", async () => {
    scratch.write({
      "actions/ping/agent/20-call.sh": `say "it's \\$1"\n`,
      "actions/ping/agent/10-say.sh": '#!/bin/sh\nsay() {\n\techo "$1"\n}\n\n',
      "actions/ping/agent/README.md": "Not a part of it.\n",
    });
    expect(await writeDocs(scratch.root)).toContain("actions/ping/src/agent-script.ts");
    const module = await import(path.join(scratch.root, "actions/ping/src/agent-script.ts"));
    expect(module.agentScript).toBe('#!/bin/sh\nsay() {\n\techo "$1"\n}\nsay "it\'s \\$1"\n');
    scratch.replace("actions/ping/agent/20-call.sh", "it's", "it is");
    expect(await writeDocs(scratch.root)).toEqual(["actions/ping/src/agent-script.ts"]);
  });

  it("has nothing to do the second time, and removes schemas that are published no longer", async () => {
    scratch.write({ "actions/ping/old.schema.json": "{}" });
    const first = await writeDocs(scratch.root);
    expect(first).toEqual([
      "README.md",
      "action-catalog.md",
      "actions/ping/README.md",
      "actions/ping/config.schema.json",
      "actions/ping/old.schema.json",
      "actions/ping/report.schema.json",
    ]);
    expect(() => readFileSync(path.join(scratch.root, "actions/ping/old.schema.json"))).toThrow("ENOENT");
    expect(await writeDocs(scratch.root)).toEqual([]);
  });

  it("reports every missing description, with its line, and writes nothing", async () => {
    scratch.replace("actions/ping/action.yml", "    description: How often.\n", "");
    scratch.replace("actions/ping/action.yml", "What was said.", '""');
    await expect(writeDocs(scratch.root)).rejects.toMatchObject({
      problems: [
        { message: "description: input tries has no description.", where: { line: 11 } },
        { message: "description: output answer has no description.", where: { line: 14 } },
      ],
    });
    expect(scratch.read("actions/ping/README.md")).toBe(README);
  });

  it.each([
    {
      file: "actions/ping/README.md",
      without: "<!-- /generated:inputs -->",
      error: "generated inputs are not there exactly once",
    },
    {
      file: "actions/ping/README.md",
      without: "<!-- generated:outputs -->",
      error: "generated outputs are not there exactly once",
    },
    {
      file: "README.md",
      without: "<!-- generated:actions -->",
      error: "generated actions are not there exactly once",
    },
    { file: "actions/ping/README.md", without: "## Permissions", error: "no section `## Permissions`" },
    {
      file: "actions/ping/action.yml",
      without: "description: Asks whether anybody is there.\n",
      error: "the action has no description",
    },
    { file: "actions/ping/src/schemas.ts", without: "export ", error: "does not export `schemas`" },
    {
      file: "actions/ping/src/schemas.ts",
      without: ".schema",
      error: "holds config.json, which is no zod schema",
    },
  ])("refuses $file without $without", async ({ file, without, error }) => {
    scratch.replace(file, without, "");
    await expect(writeDocs(scratch.root)).rejects.toThrow(error);
  });

  it("refuses a report schema that has no JSON form", async () => {
    scratch.replace("actions/ping/src/schemas.ts", 'z.enum(["passed", "failed"])', "duration");
    await expect(writeDocs(scratch.root)).rejects.toThrow("report.schema.json: the schema has no JSON form");
  });
});

describe("Markdown", () => {
  it("puts any text into one row of a table", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" }), { minLength: 1 }), (cells) => {
        const row =
          table(
            cells.map(() => "head"),
            [cells.map(flow)],
          ).split("\n")[2] ?? "";
        // Of the bars that are not escaped, there are as many as the cells need.
        expect(row.replaceAll("\\|", "").match(/\|/g)).toHaveLength(cells.length + 1);
      }),
    );
  });

  it("keeps backticks within a code span", () => {
    expect(code("plain")).toBe("`plain`");
    expect(code("a `b` ``c``")).toBe("``` a `b` ``c`` ```");
  });

  it("replaces the marked text alone, whatever it holds", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (before, content, after) => {
        const [open, close] = ["<!-- generated:x -->", "<!-- /generated:x -->"];
        const replaced = replaceMarked(`${before}${open}old${close}${after}`, "x", content, "README.md");
        expect(replaced).toBe(`${before}${open}\n${content}\n${close}${after}`);
      }),
    );
  });

  it("takes a section to the next heading of its level", () => {
    const text = "# A\n## B\none\n### deeper\ntwo\n## C\nthree\n";
    expect(sectionOf(text, "B")).toBe("one\n### deeper\ntwo");
    expect(sectionOf(text, "C")).toBe("three");
    expect(sectionOf(text, "deeper")).toBeUndefined();
  });
});
