import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shellWord } from "../../shared/ssh/shell-word.ts";
import { runs } from "../support/effort.ts";

describe("a word of a shell", () => {
  it.each(["sh", "dash", "bash"])("reaches a command of %s byte for byte", (shell) => {
    const texts = fc.array(
      fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0")),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(texts, (words) => {
        const script = `printf '%s\\0' ${words.map(shellWord).join(" ")}`;
        // Without the socket that Node.js gives for stdin: bash takes that for a remote login, and reads ~/.bashrc.
        const stdio = ["ignore", "pipe", "inherit"] as const;
        const seen = execFileSync(shell, ["-c", script], { encoding: "utf8", stdio: [...stdio] });
        expect(seen.split("\0").slice(0, -1)).toEqual(words);
      }),
      { numRuns: runs(30, 1_000) },
    );
  });

  it("refuses what no argument can hold", () => {
    expect(() => shellWord("a\0b")).toThrow(RangeError);
  });
});
