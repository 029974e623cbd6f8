import { execFileSync } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const MODULE = pathToFileURL(path.resolve("shared/runtime/steady-memory.ts")).href;

/** The megabytes that V8 takes for new objects when many live for a while. */
function newSpace(first: string): number {
  const script = `
    import v8 from "node:v8";
    ${first}
    let kept = [];
    for (let i = 0; i < 3e5; i++) {
      kept.push({ i, of: [i] });
      if (kept.length > 20_000) kept = [];
    }
    const space = v8.getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
    console.log(space.space_size / 1e6);
  `;
  const args = ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", "--input-type=module", "--eval", script];
  return Number(execFileSync(process.execPath, args, { encoding: "utf8" }));
}

test("the space for new objects stays as small as it begins, where it would have grown", () => {
  const grown = newSpace("");
  expect(newSpace(`import ${JSON.stringify(MODULE)};`)).toBeLessThan(grown / 4);
});
