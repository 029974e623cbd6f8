// HTML standard, 13.1.2: elements without an end tag.
const VOID = new Set([
  "area",
  "base",
  "br",
  "col",
  "embed",
  "hr",
  "img",
  "input",
  "link",
  "meta",
  "source",
  "wbr",
]);

/** What is wrong with the tags of a page: not closed, closed twice, crossed, or a `<` or `&` that is not escaped. */
export function tagProblems(page: string): string[] {
  const problems: string[] = [];
  const open: string[] = [];
  const rest = page
    .replace(/<!doctype html>|<!--.*?-->|(?<=<style>).*?(?=<\/style>)/gis, "")
    .replace(
      /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"<]*")?)*)\s*>/gi,
      (_tag, end: string, written: string) => {
        const name = written.toLowerCase();
        if (end === "" && !VOID.has(name)) open.push(name);
        else if (end === "/" && open.at(-1) === name) open.pop();
        else if (end === "/") problems.push(`</${name}> where <${open.at(-1)}> is open`);
        return "";
      },
    );
  for (const name of open) problems.push(`<${name}> is not closed`);
  for (const stray of rest.match(/<.{0,20}|&(?!#?\w+;).{0,20}/g) ?? []) problems.push(`stray: ${stray}`);
  return problems;
}
