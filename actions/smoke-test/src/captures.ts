import { fill, own, parseTemplate } from "./template.ts";

// Shorter ones are numbers and words that stand everywhere; masking them would blacken the log and hide nothing.
const SHORTEST_SECRET = 8;

/** Those of the captured values that count as secrets. */
export function secretsAmong(values: ReadonlyMap<string, string>): string[] {
  return [...values.values()].filter((value) => value.length >= SHORTEST_SECRET);
}

type User = { readonly ancestors: ReadonlySet<string> };

/** What checks have taken out of answers for those that need them. */
export class Captures {
  readonly #values = new Map<string, ReadonlyMap<string, string>>();
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #addSecret: (value: string) => void;

  constructor(env: Readonly<Record<string, string | undefined>>, addSecret: (value: string) => void) {
    this.#env = env;
    this.#addSecret = addSecret;
  }

  /** Keeps what a check captured. The values are secrets from here on: most of them are tokens. */
  keep(check: string, values: ReadonlyMap<string, string>): void {
    for (const value of secretsAmong(values)) this.#addSecret(value);
    this.#values.set(check, values);
  }

  /** Fills in `${NAME}`: what a needed check captured, else the environment. */
  filler(user: User): (text: string) => string {
    const lookup = (name: string): string | undefined => {
      for (const check of user.ancestors) {
        const value = this.#values.get(check)?.get(name);
        if (value !== undefined) return value;
      }
      return own(this.#env, name);
    };
    return (text) => (text.includes("${") ? fill(parseTemplate(text), lookup) : text);
  }
}
