import type { Fault } from "./kinds/kind.ts";
import { type KindName, kindOf, recogniseKind } from "./kinds.ts";

// What is invisible and gets into the clipboard: soft hyphen, zero-width and direction marks, BOM, no-break space.
const INVISIBLE = /[\u00ad\u00a0\u180e\u200b-\u200f\u202a-\u202f\u2060-\u2064\u2066-\u2069\ufeff]/;
const PLACEHOLDER =
  /^(?:change[-_ .]?(?:me|it|this)|replace[-_ .]?(?:me|this)|to[-_ ]?do|fix[-_ ]?me|tbd|n\/a|placeholder|dummy|undefined|null|none|nil|\[object object\]|<[^<>]*>|\.{3,}|x{3,}|\*{3,})[\W\d]*$|^(?:your|insert|enter|paste|put|my)[-_ ].*(?:here|token|secret|password|key|value|url|id)[\W\d]*$/i;
const PLACEHOLDER_WITHIN = /change[-_]?me|replace[-_]?me|\byour[-_ ](?:\w+[-_ ])*here\b/i;
const PLACEHOLDER_CREDENTIAL =
  /^(?:test|testing|secret|example|sample|demo|password|token|foo|bar|foobar)[\W\d]*$/i;

/** What is wrong with the form of a value, whatever it is; then what its kind finds. Pure. */
export function shapeFaults(name: string, value: string, kind: KindName): readonly Fault[] {
  const general = generalFault(name, value, kind);
  // One mistake at a time: with a quote around it, a token is no token either.
  if (general !== undefined) return [general];
  const other = recogniseKind(value);
  const own = kindOf(kind).faults?.(value) ?? [];
  if (other === undefined || other === kind || !isMistaken(kind, own)) return own;
  const why = `it looks like ${kindOf(other).about}, not like ${kindOf(kind).about}`;
  return [{ why, mend: `Two secrets may be mixed up. If it is right, write kind: ${other}.` }];
}

/** General kinds take anything; the others are the better judges of themselves. */
function isMistaken(kind: KindName, faults: readonly Fault[]): boolean {
  if (kind === "token" || kind === "text" || kind === "url") return false;
  return kindOf(kind).faults === undefined || faults.length > 0;
}

function generalFault(name: string, value: string, kind: KindName): Fault | undefined {
  const { credential, multiline = false } = kindOf(kind);
  const again = "Set it anew, as it is.";
  const trimmed = value.trim();
  if (trimmed === "") return { why: "it has blanks only", mend: again };
  if (/\$\{\{.*?\}\}/s.test(value) || new RegExp(`^\\$\\{?${name}\\}?$`).test(trimmed)) {
    return {
      why: "it is an expression that was never filled in",
      mend: "Set the value itself; expressions work in workflow files only.",
    };
  }
  if (/\0|\ufffd/.test(value))
    return {
      why: "it has characters that are no text",
      mend: "Encode it, in base64 say, before storing it.",
    };
  const hidden = INVISIBLE.exec(value);
  if (hidden !== null) {
    const where = hidden.index === 0 ? "begins with" : "has";
    const what =
      hidden[0] === "\ufeff" && hidden.index === 0 ? "a byte order mark" : "a character that cannot be seen";
    return { why: `it ${where} ${what}`, mend: "Copy it anew, through a plain text editor." };
  }
  if (new RegExp(`^(?:export\\s+)?${name}\\s*[=:]`).test(trimmed))
    return { why: "it begins with its own name", mend: "Set only what stands behind the = sign." };
  if (/^(["'`]).*\1$|^[“„‘«].*[”“’»]$/s.test(trimmed) && trimmed.length > 1 && !isJson(trimmed))
    return { why: "it has quotes around it", mend: "Set it without the quotes." };
  if (
    credential &&
    /^(?:bearer|basic|token)\s+\S/i.test(trimmed) &&
    !/\s/.test(trimmed.replace(/^\S+\s+/, ""))
  )
    return { why: "it begins with the word for the header (Bearer)", mend: "Set only what follows." };
  if (!multiline) {
    if (/[\r\n]\s*$/.test(value)) {
      const mend = "Set it without: printf '%s' \"$VALUE\" | gh secret set …; echo adds a line end.";
      return { why: "it ends with a line end", mend };
    }
    if (value !== trimmed) return { why: "it has blanks around it", mend: again };
  }
  return placeholderFault(trimmed, credential);
}

function placeholderFault(value: string, credential: boolean): Fault | undefined {
  const within = value.length <= 60 && PLACEHOLDER_WITHIN.test(value);
  const found = PLACEHOLDER.test(value) || within || (credential && PLACEHOLDER_CREDENTIAL.test(value));
  return found ? { why: "it is a placeholder", mend: "Set the real value." } : undefined;
}

function isJson(text: string): boolean {
  return /^"(?:[^"\\]|\\.)*"$/.test(text) ? false : /^[[{]/.test(text);
}
