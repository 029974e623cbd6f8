const words = [
  "password",
  "passwort",
  "passw0rd",
  "changeme",
  "secret",
  "letmein",
  "welcome",
  "qwerty",
  "admin",
  "default",
  "production",
  "staging",
  "development",
  "database",
  "postgres",
  "mysql",
  "token",
  "test",
  "demo",
  "user",
  "root",
  "jwt",
  "key",
];

/**
 * At most how many bits of surprise a text has: its length times the bits of a character, by the smallest alphabet that
 * has them all (hex counts four bits a digit, whatever it encodes). Common words, runs (aaaa, 1234) and what came
 * before (abcabc) count as one character. An upper bound: what is weak by this is weak.
 */
export function strengthBits(text: string): number {
  return Math.floor(surprising(collapsed(text)) * Math.log2(alphabetOf(text)));
}

function collapsed(text: string): string {
  const known = new RegExp(words.join("|"), "gi");
  return text.replace(known, (word) => word.charAt(0));
}

/** How many characters neither go on with a run nor repeat three that came before. */
function surprising(text: string): number {
  const characters = [...text];
  const seen = new Set<string>();
  let count = 0;
  let step: number | undefined;
  for (const [index, character] of characters.entries()) {
    const before = characters[index - 1];
    const next = before === undefined ? undefined : code(character) - code(before);
    const runs = next !== undefined && Math.abs(next) <= 1 && next === step;
    step = next;
    const three = characters.slice(index - 2, index + 1).join("");
    const repeats = index >= 2 && seen.has(three);
    if (index >= 2) seen.add(three);
    if (!runs && !repeats) count += 1;
  }
  return count;
}

function code(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function alphabetOf(text: string): number {
  if (/^\d+$/.test(text)) return 10;
  if (/^(?:[0-9a-f]+|[0-9A-F]+)$/.test(text)) return 16;
  const classes: readonly [RegExp, number][] = [
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/[0-9]/, 10],
    [/[ -/:-@[-`{-~]/, 33],
    [/[^ -~]/, 100],
  ];
  const size = classes.reduce((sum, [pattern, count]) => sum + (pattern.test(text) ? count : 0), 0);
  return Math.max(2, size);
}
