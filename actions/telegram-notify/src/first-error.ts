import { stripVTControlCharacters } from "node:util";

const stamp = /^\ufeff?\d{4}-\d\d-\d\dT[\d:.]+Z ?/;
const runnersWords = /^Process completed with exit code \d+\.?$|^The operation was canceled\.?$/;

/**
 * The first error in the log of a job, as the API gives it: each line with a time, errors marked `##[error]`. Where the
 * runner only says that a command failed, the command's last words before it. `undefined` when there is no error.
 */
export function firstError(log: string): string | undefined {
  const lines = log.split(/\r?\n/).map((line) => stripVTControlCharacters(line.replace(stamp, "")).trimEnd());
  const errors = lines.flatMap((line, index) => {
    const text = /^##\[error\](.*)$/.exec(line)?.[1]?.trim();
    return text === undefined || text === "" ? [] : [{ text, index }];
  });
  const told = errors.find(({ text }) => !runnersWords.test(text)) ?? errors[0];
  if (told === undefined) return undefined;
  if (!runnersWords.test(told.text)) return told.text;
  const before = lines.slice(0, told.index).findLast((line) => line !== "" && !line.startsWith("##["));
  return before?.trim() ?? told.text;
}
