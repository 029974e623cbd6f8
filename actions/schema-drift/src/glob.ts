/**
 * Whether a glob matches a whole name: `*` stands for any text, also across dots, `?` for one character. Quotes in either
 * do not count, so that `public.Order` matches what SQL writes as `public."Order"`.
 */
export function globMatches(glob: string, name: string): boolean {
  const [pattern, text] = [glob.replaceAll('"', ""), name.replaceAll('"', "")];
  // Greedy with one place to go back to, the last `*`: never more than the product of the two lengths.
  let [at, from, star, mark] = [0, 0, -1, 0];
  while (from < text.length) {
    if (pattern[at] === "*") {
      star = at++;
      mark = from;
    } else if (at < pattern.length && (pattern[at] === "?" || pattern[at] === text[from])) {
      at++;
      from++;
    } else if (star >= 0) {
      at = star + 1;
      from = ++mark;
    } else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}
