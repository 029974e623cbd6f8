import { type Parsed, ReportFault } from "../measures/report.ts";
import { type FileCoverage, HIT, MISSED, type Tallies, unite } from "../measures/tally.ts";
import { countOf } from "./source.ts";
import { type Context, sourceFile } from "./source-file.ts";
import type { XmlElement, XmlReader } from "./xml.ts";

type Measures = { readonly lines: Tallies; readonly branches: Tallies; readonly functions: Tallies };

type Method = {
  readonly name: string;
  covered: boolean;
};

/** Cobertura's XML (coverage-04.dtd), as coverage.py, gcovr, coverlet, Istanbul and many others write it. */
export function coberturaReader(context: Context): XmlReader<Parsed> {
  const folders: string[] = [];
  const byFile = new Map<string, Measures>();
  let file: Measures | undefined;
  let className = "";
  let method: Method | undefined;
  // Lines of methods count only in a class that has no others: Istanbul gives a method the line of its name, which is
  // no line that runs.
  let ownLines = 0;
  let methodLines: XmlElement["attributes"][] = [];
  let folder = "";

  const open = ({ name, attributes }: XmlElement): void => {
    if (name === "source") folder = "";
    else if (name === "class") {
      const written = attributes["filename"];
      if (written === undefined) throw new ReportFault("has a class without a filename");
      className = attributes["name"] ?? "";
      file = measuresOf(byFile, fileName(written));
      [ownLines, methodLines] = [0, []];
    } else if (name === "method") method = methodOf(className, attributes);
    else if (name === "line" && method !== undefined) {
      method.covered ||= countOf(attributes["hits"], "the hits of a line") > 0;
      methodLines.push(attributes);
    } else if (name === "line" && file !== undefined) {
      addLine(file, attributes);
      ownLines++;
    }
  };
  const fileName = (written: string): string => {
    // With several folders nobody can tell which of them it is.
    const [only] = folders.length === 1 ? folders : [];
    return sourceFile(written, context, only?.startsWith(context.workspace) ? only : "");
  };
  return {
    open,
    text: (text, above) => {
      if (above.at(-1)?.name === "source") folder += text;
    },
    close: ({ name }) => {
      if (name === "source" && folder.trim() !== "") folders.push(folder.trim());
      if (name === "method" && method !== undefined && file !== undefined) {
        unite(file.functions, method.name, method.covered ? HIT : MISSED);
        method = undefined;
      }
      if (name !== "class" || file === undefined) return;
      if (ownLines === 0) for (const line of methodLines) addLine(file, line);
      file = undefined;
    },
    result: () => ({
      format: "cobertura",
      notes: [],
      content: { kind: "coverage", files: coverageOf(byFile) },
    }),
  };
}

function methodOf(className: string, attributes: XmlElement["attributes"]): Method {
  const { name, signature = "" } = attributes;
  const covered = Number(attributes["line-rate"] ?? 0) > 0 || Number(attributes["hits"] ?? 0) > 0;
  return { name: `${className} ${name} ${signature}`, covered };
}

function addLine(file: Measures, attributes: XmlElement["attributes"]): void {
  const number = countOf(attributes["number"], "the number of a line");
  const covered = countOf(attributes["hits"], "the hits of a line") > 0;
  unite(file.lines, number, covered ? HIT : MISSED);
  const conditions = /\((\d+)\/(\d+)\)/.exec(attributes["condition-coverage"] ?? "");
  if (conditions !== null) {
    const [taken, all] = [Number(conditions[1]), Number(conditions[2])];
    if (!(taken <= all && Number.isSafeInteger(all)))
      throw new ReportFault("has a line of which more conditions are covered than there can be");
    unite(file.branches, number, [taken, all]);
  }
}

function measuresOf(byFile: Map<string, Measures>, file: string): Measures {
  const known = byFile.get(file);
  if (known !== undefined) return known;
  const measures: Measures = { lines: new Map(), branches: new Map(), functions: new Map() };
  byFile.set(file, measures);
  return measures;
}

/** A file without branches or functions of its own says nothing of them, one way or the other. */
function coverageOf(byFile: ReadonlyMap<string, Measures>): ReadonlyMap<string, FileCoverage> {
  return new Map(
    [...byFile].map(([file, { lines, branches, functions }]) => {
      const measures = {
        lines,
        ...(branches.size > 0 ? { branches } : {}),
        ...(functions.size > 0 ? { functions } : {}),
      };
      return [file, { measures }];
    }),
  );
}
