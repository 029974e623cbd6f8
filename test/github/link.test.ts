import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linkTo } from "../../shared/github/link.ts";
import { runs } from "../support/effort.ts";

const API = "https://api.github.com/organizations/1/packages/container/team%2Fshop/versions?per_page=100";

describe("a Link header", () => {
  it.each([
    ["as GitHub writes it", `<${API}&page=2>; rel="next", <${API}&page=9>; rel="last"`, `${API}&page=2`],
    [
      "with the relation looked for at the end",
      `<${API}&page=1>; rel="prev", <${API}&page=3>; rel="next"`,
      `${API}&page=3`,
    ],
    ["without quotes", `<${API}>;rel=next`, API],
    ["with several relations", `<${API}>; rel="last next"`, API],
    ["with other parameters before it", `<${API}>; title="a, b"; rel="next"`, API],
    ["with commas in the address", "</list?ids=1,2>; rel=next", "/list?ids=1,2"],
    ["in capitals", `<${API}>; REL="Next"`, API],
    ["without the relation", `<${API}&page=1>; rel="prev"`, undefined],
    ["with a relation that only ends like it", `<${API}>; rel="no-next"`, undefined],
    ["with the word elsewhere", `<${API}>; title="next"`, undefined],
    ["that is empty", "", undefined],
    ["that is absent", undefined, undefined],
    ["that is broken", "<https://x; rel=next", undefined],
  ])("%s", (_, header, expected) => {
    expect(linkTo(header, "next")).toBe(expected);
  });

  const address = fc.stringMatching(/^[A-Za-z0-9/?&=%.,;:_-]{1,60}$/);
  const relation = fc.constantFrom("prev", "last", "first", "next");

  it("gives back what was written, whatever else stands around it", () => {
    const entries = fc.uniqueArray(fc.record({ address, relation }), {
      selector: (entry) => entry.relation,
      maxLength: 4,
    });
    fc.assert(
      fc.property(entries, (links) => {
        const header = links.map((link) => `<${link.address}>; rel="${link.relation}"`).join(", ");
        const expected = links.find((link) => link.relation === "next")?.address;
        expect(linkTo(header, "next")).toBe(expected);
      }),
      { numRuns: runs(500, 50_000) },
    );
  });

  it("never fails, and never finds what is not there", () => {
    const pieces = fc.array(fc.constantFrom("<", ">", ";", ",", '"', "rel", "=", "next", " ", "a", "\\"), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(pieces, (parts) => {
        const header = parts.join("");
        const found = linkTo(header, "next");
        if (found !== undefined) expect(header).toContain(`<${found}>`);
      }),
      { numRuns: runs(2_000, 200_000) },
    );
  });

  it("is read in linear time, however it is made", () => {
    // Quadratic behaviour would take minutes, and the test's time limit would end it.
    for (const piece of ["<a>;", "<a>; rel=", '<a>;x="', "<", ";a=b", " ;"]) {
      expect(linkTo(`<x>${piece.repeat(20_000)}`, "none")).toBeUndefined();
    }
  });
});
