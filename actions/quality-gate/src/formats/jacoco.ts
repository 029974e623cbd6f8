import { type Parsed, ReportFault } from "../measures/report.ts";
import { type FileCoverage, HIT, MISSED, type Tallies, unite } from "../measures/tally.ts";
import { countOf } from "./source.ts";
import type { XmlElement, XmlReader } from "./xml.ts";

type Measures = { readonly lines: Tallies; readonly branches: Tallies; readonly functions: Tallies };

/** JaCoCo's XML (report.dtd 1.0 and 1.1): lines and branches of source files, methods of classes. */
export function jacocoReader(): XmlReader<Parsed> {
  const byFile = new Map<string, Measures>();
  const fileOf = (above: readonly XmlElement[], name: string | undefined): Measures => {
    if (name === undefined) throw new ReportFault("has a class or file without a name");
    // Modules of one build may have packages of the same name.
    const modules = above.filter((each) => each.name === "group").map(({ attributes }) => attributes["name"]);
    const folder = above.find((each) => each.name === "package")?.attributes["name"];
    const file = [...modules, folder, name].filter(Boolean).join("/");
    const measures = byFile.get(file) ?? { lines: new Map(), branches: new Map(), functions: new Map() };
    byFile.set(file, measures);
    return measures;
  };
  return {
    open: ({ name, attributes }, above) => {
      const parent = above.at(-1);
      if (name === "sourcefile") fileOf(above, attributes["name"]);
      if (name === "line" && parent?.name === "sourcefile") {
        addLine(fileOf(above, parent.attributes["name"]), attributes);
      }
      if (name === "counter" && attributes["type"] === "METHOD" && parent?.name === "method") {
        const owner = above.findLast((each) => each.name === "class")?.attributes ?? {};
        const file = owner["sourcefilename"];
        if (file === undefined) return;
        const method = `${owner["name"]} ${parent.attributes["name"]}${parent.attributes["desc"]}`;
        const covered = countOf(attributes["covered"], "a counter") > 0;
        unite(fileOf(above, file).functions, method, covered ? HIT : MISSED);
      }
    },
    result: () => {
      const files = new Map([...byFile].map(([file, measures]) => [file, coverageOf(measures)]));
      return { format: "jacoco", notes: [], content: { kind: "coverage", files } };
    },
  };
}

/** `ci` and `mi` are the instructions of a line that ran and that did not, `cb` and `mb` its branches. */
function addLine(file: Measures, attributes: XmlElement["attributes"]): void {
  const read = (name: string): number => countOf(attributes[name], `${name} of a line`);
  const number = read("nr");
  unite(file.lines, number, read("ci") > 0 ? HIT : MISSED);
  const [missed, covered] = [read("mb"), read("cb")];
  if (missed + covered > 0) unite(file.branches, number, [covered, missed + covered]);
}

function coverageOf({ lines, branches, functions }: Measures): FileCoverage {
  return {
    measures: {
      lines,
      ...(branches.size > 0 ? { branches } : {}),
      ...(functions.size > 0 ? { functions } : {}),
    },
  };
}
