import { readConfig } from "../../../shared/runtime/config.ts";
import { readInputFile } from "../../../shared/runtime/input-file.ts";
import { throwProblems, UserError, type Where } from "../../../shared/runtime/user-error.ts";
import { ValueError } from "../../../shared/runtime/values.ts";
import { type Config, configSchema } from "./config-schema.ts";
import type { Inputs, Line } from "./inputs.ts";
import type { AllowEntry } from "./measures/allow-list.ts";
import { FORMATS, type Format } from "./measures/report.ts";
import { METRICS } from "./rules/metric.ts";
import { parseRule, type Rule } from "./rules/rule.ts";
import { problemsOfRules } from "./rules/rule-set.ts";

/** A glob of reports, and the format that they must have, if one is named. */
export type ReportGlob = { readonly glob: string; readonly format?: Format; readonly where: Where };
/** A glob of built files, and the group that they are measured as, if one is named. */
export type SizeGlob = { readonly glob: string; readonly group?: string; readonly where: Where };

export type Settings = {
  readonly reports: readonly ReportGlob[];
  readonly sizes: readonly SizeGlob[];
  readonly rules: readonly Rule[];
  readonly allow: readonly AllowEntry[];
};

/** An entry of a list, where it stands, and how messages call the place. */
type Entry = { readonly text: string; readonly where: Where; readonly what: string };

/** The inputs and the file together. Throws UserError or UserErrors: everything that is wrong with either. */
export async function readSettings(inputs: Inputs): Promise<Settings> {
  const { config: file } = inputs;
  const { value, locate } =
    file === undefined
      ? { value: {} as Config, locate: () => ({}) }
      : readConfig(await readInputFile(file, "config"), file, configSchema);
  const entriesOf = (key: "reports" | "sizes" | "rules"): Entry[] => [
    ...inputs[key].map(({ text, line }: Line) => ({
      text,
      where: { input: key },
      what: `input ${key}, line ${line}`,
    })),
    ...(value[key] ?? []).map((text, index) => {
      const where = { file: file ?? "", ...locate([key, index]) };
      return { text, where, what: `${key}[${index}]` };
    }),
  ];
  const problems: UserError[] = [];
  const collect = <T>(key: "reports" | "sizes" | "rules", parse: (text: string, where: Where) => T): T[] =>
    entriesOf(key).flatMap(({ text, where, what }) => {
      try {
        return [parse(text, where)];
      } catch (error) {
        if (!(error instanceof ValueError)) throw error;
        problems.push(new UserError(`${what}: "${text}" ${error.message}.`, { hint: hintOf(key), where }));
        return [];
      }
    });
  const reports = collect("reports", parseReportGlob);
  const sizes = collect("sizes", parseSizeGlob);
  const groups = [...new Set(sizes.flatMap(({ group }) => group ?? []))];
  const rules = unique(collect("rules", (text, where) => parseRule(text, groups, where)));
  if (problems.length === 0)
    problems.push(...problemsOfRules(rules), ...problemsOfTheWhole({ reports, sizes, rules }));
  throwProblems(problems);
  const allow = (value.allow ?? []).map(({ package: name, file: path, ...entry }, index) => ({
    ...entry,
    ...(name === undefined ? {} : { package: name }),
    ...(path === undefined ? {} : { file: path }),
    where: { file: file ?? "", ...locate(["allow", index]) },
  }));
  return { reports, sizes, rules, allow };
}

function problemsOfTheWhole({ reports, sizes, rules }: Omit<Settings, "allow">): UserError[] {
  const problems: UserError[] = [];
  if (reports.length === 0 && sizes.length === 0) {
    problems.push(
      new UserError("input reports: is empty, and so is sizes: there is nothing to measure.", {
        hint: "Give the paths of reports, one a line.",
        where: { input: "reports" },
      }),
    );
  }
  if (rules.length === 0) {
    problems.push(
      new UserError("input rules: is empty: a gate without a rule lets everything pass.", {
        hint: "Give one rule a line, such as tests.failed == 0.",
        where: { input: "rules" },
      }),
    );
  }
  return problems;
}

/** A name before the glob, with a blank behind its colon: `gitleaks: out/*.json`. */
const NAMED = /^([\w-]+):\s+(.+)$/;

function parseReportGlob(text: string, where: Where): ReportGlob {
  const [, name, glob] = NAMED.exec(text) ?? [];
  if (name === undefined || glob === undefined) return { glob: text, where };
  const format = FORMATS.find((each) => each === name);
  if (format === undefined) throw new ValueError(`names no format; there are ${FORMATS.join(", ")}`);
  return { glob, format, where };
}

function parseSizeGlob(text: string, where: Where): SizeGlob {
  const [, group, glob] = NAMED.exec(text) ?? [];
  if (group === undefined || glob === undefined) return { glob: text, where };
  if (METRICS.some(({ name }) => name === `bundle.${group}`))
    throw new ValueError(`takes the name of the metric bundle.${group}`);
  return { glob, group, where };
}

function unique(rules: readonly Rule[]): Rule[] {
  return [...new Map(rules.map((rule) => [rule.text, rule])).values()];
}

function hintOf(key: "reports" | "sizes" | "rules"): string {
  return key === "rules"
    ? "The README lists the metrics and the forms of a rule."
    : "Write a glob, or `name: glob`.";
}
