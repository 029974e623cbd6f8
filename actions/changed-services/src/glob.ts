/**
 * A pattern for paths: `*` for any part of a name, `**` for any number of folders, `?` for one character. What names a
 * folder names all that is in it.
 */
export function globMatcher(pattern: string): (path: string) => boolean {
  const clean = pattern.replace(/^\.\//, "").replace(/\/+$/, "");
  const source = clean.replace(/\*\*\/|\*\*|[*?]|[^*?]+/g, (part) => {
    if (part === "**/") return "(?:[^/]+/)*";
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    return RegExp.escape(part);
  });
  const expression = new RegExp(`^${source}(?:/.*)?$`, "s");
  return (path) => expression.test(path);
}

/** Whether any of the patterns fits. */
export function anyGlob(patterns: readonly string[]): (path: string) => boolean {
  const matchers = patterns.map(globMatcher);
  return (path) => matchers.some((fits) => fits(path));
}
