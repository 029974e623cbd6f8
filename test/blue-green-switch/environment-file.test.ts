import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { environmentFile } from "../../actions/blue-green-switch/src/environment-file.ts";
import { runs } from "../support/effort.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const values = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));

describe("an environment file", () => {
  it("gives a shell every value as it was", () => {
    const folder = makeTempDir("env");
    onTestFinished(() => folder.remove());
    const file = path.join(folder.path, "env");
    fc.assert(
      fc.property(values, (value) => {
        writeFileSync(file, environmentFile(new Map([["VALUE", value]]), "shell"));
        const script = `. ${file}; printf '%s.' "$VALUE"`;
        expect(execFileSync("sh", ["-c", script], { encoding: "utf8" })).toBe(`${value}.`);
      }),
      { numRuns: runs(40, 1_000) },
    );
  });

  it("gives Docker every value as it is, and refuses what its form cannot hold", () => {
    expect(environmentFile(new Map([["URL", `p'o"s$t#g`]]), "docker")).toBe(`URL=p'o"s$t#g\n`);
    expect(() => environmentFile(new Map([["KEY", "a\nb"]]), "docker")).toThrow(/KEY has a line break/);
  });

  it("quotes for Compose, where a dollar sign would be replaced", () => {
    const written = (value: string) => environmentFile(new Map([["A", value]]), "compose");
    expect(written("plain")).toBe("A=plain\n");
    expect(written("a$b #c")).toBe("A='a$b #c'\n");
    expect(written("it's $5\nmore")).toBe(`A="it's \\$5\\nmore"\n`);
  });
});
