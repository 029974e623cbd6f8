/** What services can be made of. */
export const KINDS = ["python", "node", "go", "flutter"] as const;
export type Kind = (typeof KINDS)[number];

export function isKind(text: string): text is Kind {
  return (KINDS as readonly string[]).includes(text);
}

/** The files by which a folder is found to hold a service. */
export const MARKERS: Readonly<Record<Kind, readonly string[]>> = {
  python: ["pyproject.toml", "setup.py", "requirements.txt"],
  node: ["package.json"],
  go: ["go.mod"],
  flutter: ["pubspec.yaml"],
};

/** Folders in which nothing is a service of the repository's own, wherever they stand. */
export const FOREIGN = ["node_modules", "vendor", "third_party", "testdata", "docs"] as const;

/** What one job does, in its order. */
export const STEPS = ["install", "format", "lint", "types", "test", "build"] as const;
export type Step = (typeof STEPS)[number];

/** What turns a step off. */
export const NONE = "none";
