import fc from "fast-check";
import { expect, test } from "vitest";
import { type Annotation, selectAnnotations, toWorkflowCommand } from "../../shared/runtime/annotations.ts";

const level = fc.constantFrom("error", "warning", "notice");
const word = fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^[%\r\n:,=0-9A-D x]*$/));
const position = fc.integer({ min: 1, max: 9999 });
const where = fc.record({ file: word, line: position, column: position }, { requiredKeys: [] });
const annotation: fc.Arbitrary<Annotation> = fc.record(
  { level, title: word, message: word, where },
  { requiredKeys: ["level", "title", "message"] },
) as fc.Arbitrary<Annotation>;

/** A command as the runner reads it (actions/runner ActionCommand.cs, TryParseV2). */
function parse(line: string): { name: string; properties: Record<string, string>; data: string } {
  expect(line).not.toMatch(/[\r\n]/);
  const end = line.indexOf("::", 2);
  const [, name = "", list = ""] = /^([^ ]*) ?(.*)$/s.exec(line.slice(2, end)) ?? [];
  const unescapeData = (text: string): string =>
    text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
  const unescapeProperty = (text: string): string =>
    text
      .replaceAll("%0D", "\r")
      .replaceAll("%0A", "\n")
      .replaceAll("%3A", ":")
      .replaceAll("%2C", ",")
      .replaceAll("%25", "%");
  const pairs = list
    .trim()
    .split(",")
    .filter((pair) => pair !== "");
  const properties = pairs.map((pair) => {
    const at = pair.indexOf("=");
    return [pair.slice(0, at), unescapeProperty(pair.slice(at + 1))] as const;
  });
  return { name, properties: Object.fromEntries(properties), data: unescapeData(line.slice(end + 2)) };
}

test("the runner reads from the command what was in the annotation", () => {
  fc.assert(
    fc.property(annotation, (given) => {
      const { name, properties, data } = parse(toWorkflowCommand(given));
      expect(name).toBe(given.level);
      expect(data).toBe(given.message);
      const { file = "", line, column } = given.where ?? {};
      const expected = { file, line: line?.toString(), col: column?.toString(), title: given.title };
      const present = Object.entries(expected).filter(
        ([, value]) => value !== undefined && value.trim() !== "",
      );
      for (const [key, value] of present) expect(properties[key]?.trim()).toBe(value?.trim());
    }),
    { numRuns: 3000 },
  );
});

test("a command has the form that GitHub documents", () => {
  const where = { file: "a,b.yml", line: 3, column: 7, input: "config" };
  expect(
    toWorkflowCommand({ level: "error", title: "smoke-test: orders", message: "50%\nof it", where }),
  ).toBe("::error file=a%2Cb.yml,line=3,col=7,title=smoke-test%3A orders::50%25%0Aof it");
  expect(toWorkflowCommand({ level: "notice", title: "", message: "" })).toBe("::notice::");
});

const many = (count: number, kind: Annotation["level"]): Annotation[] =>
  Array.from({ length: count }, (_, at) => ({ level: kind, title: `${kind} ${at}`, message: "m" }));
const titles = (list: readonly Annotation[]): string[] => list.map(({ title }) => title);

test("errors come first, each level in its order", () => {
  const list = [...many(1, "notice"), ...many(2, "warning"), ...many(2, "error")];
  expect(titles(selectAnnotations(list))).toEqual([
    "error 0",
    "error 1",
    "warning 0",
    "warning 1",
    "notice 0",
  ]);
});

test("ten of a level are all shown; of eleven, nine and how many more there are", () => {
  expect(titles(selectAnnotations(many(10, "warning")))).toEqual(titles(many(10, "warning")));
  const selected = selectAnnotations([...many(11, "warning"), ...many(1, "error")]);
  expect(titles(selected)).toEqual(["error 0", ...titles(many(9, "warning")), "2 more warnings"]);
  expect(selected.at(-1)?.message).toBe("2 more warnings: see the job summary.");
});

test("each annotation is shown or counted, and never more than the limit of a level", () => {
  fc.assert(
    fc.property(fc.array(annotation, { maxLength: 60 }), fc.integer({ min: 1, max: 10 }), (list, limit) => {
      const selected = selectAnnotations(list, limit);
      for (const kind of ["error", "warning", "notice"]) {
        const given = list.filter((each) => each.level === kind);
        const shown = selected.filter((each) => each.level === kind);
        expect(shown.length).toBe(Math.min(given.length, limit));
        if (given.length <= limit) continue;
        expect(shown.at(-1)?.title).toMatch(new RegExp(`^${given.length - limit + 1} more ${kind}s$`));
        expect(shown.slice(0, -1).map(({ message }) => message)).toEqual(
          given.slice(0, limit - 1).map(({ message }) => message),
        );
      }
    }),
  );
});

test("what is longer than the runner keeps is cut with a note, between characters", () => {
  const [cut] = selectAnnotations([{ level: "error", title: "t".repeat(300), message: "😀".repeat(3000) }]);
  expect(cut?.message.length).toBeLessThanOrEqual(4096);
  expect(cut?.message.length).toBeGreaterThan(4000);
  expect(cut?.message.isWellFormed()).toBe(true);
  expect(cut?.message).toMatch(/😀\n… cut: 6,000 characters in all, see the job summary\.$/u);
  expect(cut?.title).toBe(`${"t".repeat(254)}…`);
  const message = "x".repeat(4096);
  expect(selectAnnotations([{ level: "error", title: "t", message }])[0]?.message).toBe(message);
});
