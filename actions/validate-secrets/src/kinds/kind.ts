/** Something that is wrong with the form of a value. `why` never repeats any of it. */
export type Fault = { readonly why: string; readonly mend: string };

/** What is known of one kind of secret. */
export type Kind = {
  /** After "this looks like": "a Telegram bot token". */
  readonly about: string;
  /** Whoever has it can do something with it: never shown, never the same under two names. False: an address, a name. */
  readonly credential: boolean;
  /** Several lines are normal. */
  readonly multiline?: true;
  /** Names of secrets that tell their kind. */
  readonly names?: RegExp;
  /** A form so typical that it is recognised under any other kind. */
  readonly typical?: RegExp;
  /** What is wrong with the form of a value; nothing when it can be right. */
  readonly faults?: (value: string) => readonly Fault[];
  /** Bits that a guesser must not be able to do without, unless the manifest says another number. */
  readonly minBits?: number;
  /** How a new one is made, where nobody else has to learn it; others come from where they were issued. */
  readonly generate?: string;
  /** Where one is issued, or how to set it. */
  readonly mend?: string;
};

/** A kind that is known by one expression. `form` is a phrase such as "digits, a colon and 35 characters". */
export function formed(pattern: RegExp, form: string, mend: string): (value: string) => Fault[] {
  return (value) => (pattern.test(value) ? [] : [{ why: `it is not ${form}`, mend }]);
}
