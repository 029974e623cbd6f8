import * as z from "zod";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { findFiles, NoMatch, openFile, type Roots } from "./files/find-files.ts";
import { isObject, parseJson } from "./formats/json.ts";
import { textOf } from "./formats/source.ts";
import { ReportFault } from "./measures/report.ts";

/** What the base branch had: its metrics, and what was wrong there, if the baseline is a whole report. */
export type Baseline = {
  readonly path: string;
  readonly metrics: ReadonlyMap<string, number>;
  readonly findings: readonly string[] | undefined;
  readonly files: ReadonlyMap<string, number> | undefined;
};

const metrics = z.record(z.string(), z.number());
const whole = z.looseObject({
  action: z.literal("quality-gate"),
  metrics,
  findings: z.array(z.looseObject({ key: z.string() })).optional(),
  files: z
    .record(z.string(), z.looseObject({ lines: z.tuple([z.number(), z.number()]).optional() }))
    .optional(),
});

const MOST_BYTES = 100e6;

/**
 * Reads the report of an earlier run, or an object of metrics and numbers. Undefined where the file is not there.
 * Throws UserError for a file that is there and is neither: a baseline that cannot be read holds nothing up.
 */
export async function readBaseline(file: string, roots: Roots): Promise<Baseline | undefined> {
  const where = { input: "baseline" };
  const [found] = await findFiles(file, "input baseline", roots, where).catch((error: unknown) => {
    if (error instanceof NoMatch) return [];
    throw error;
  });
  if (found === undefined) return undefined;
  const handle = await openFile(found.real);
  try {
    if ((await handle.stat()).size > MOST_BYTES) throw new ReportFault("has more than 100 MB");
    return baselineOf(found.path, parseJson(textOf({ path: found.path, bytes: await handle.readFile() })));
  } catch (error) {
    if (!(error instanceof ReportFault)) throw error;
    throw new UserError(`input baseline: ${found.path} ${error.message}.`, {
      hint: 'It must be the report of an earlier run, or an object such as {"coverage.lines": 80.1}.',
      where,
    });
  } finally {
    await handle.close();
  }
}

function baselineOf(path: string, value: unknown): Baseline {
  if (isObject(value) && "action" in value) {
    const parsed = whole.safeParse(value);
    if (!parsed.success) throw new ReportFault("is no report of quality-gate with metrics");
    const { files } = parsed.data;
    return {
      path,
      metrics: new Map(Object.entries(parsed.data.metrics)),
      findings: parsed.data.findings?.map(({ key }) => key),
      files:
        files &&
        new Map(
          Object.entries(files).flatMap(([name, { lines }]) => (lines ? [[name, percentOf(lines)]] : [])),
        ),
    };
  }
  const parsed = metrics.safeParse(value);
  if (!parsed.success) throw new ReportFault("is no object of metrics and numbers");
  return { path, metrics: new Map(Object.entries(parsed.data)), findings: undefined, files: undefined };
}

function percentOf([covered, total]: readonly [number, number]): number {
  return total === 0 ? 100 : (100 * covered) / total;
}
