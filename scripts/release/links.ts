import path from "node:path";
import { UserError } from "../../shared/runtime/user-error.ts";

export type LinkTargets = {
  /** The path in the release of a path in the sources; undefined when it is left out. */
  readonly released: (sourcePath: string) => string | undefined;
  /** What a path in the sources is, if it exists. */
  readonly sourceKind: (sourcePath: string) => "blob" | "tree" | undefined;
  /** `https://github.com/owner/name`. */
  readonly repositoryUrl: string;
  readonly sourceCommit: string;
};

// Code is shown, not followed: it is out of the way while links are looked for, also inside the text of one.
const code = /^ *(```|~~~)[\s\S]*?^ *\1 *$|`[^`\n]+`/gm;
const inlineLink = /(!?)\[((?:[^[\]]|\[[^[\]]*\])*)\]\(([^()\s]+)((?:\s+"[^"]*")?\))/g;
const definition = /^( {0,3}\[[^\]^][^\]]*\]:\s+)(\S+)/gm;
const attribute = /(<(?:a|img|source)\s[^>]*?(href|src)=")([^"]+)/g;

/**
 * The relative links of a Markdown file as they have to be in the release: to the file's place there, or where the
 * target stays behind, to the repository at the source commit.
 * @throws UserError for a link to what is not in the repository at all.
 */
export function relinkMarkdown(sourcePath: string, markdown: string, targets: LinkTargets): string {
  const relink = (link: string, image: boolean): string => relinked(sourcePath, link, image, targets);
  // The text of a link can be an image with a link of its own.
  const relinkInline = (text: string): string =>
    text.replace(
      inlineLink,
      (_whole, mark: string, inner: string, link: string, end: string) =>
        `${mark}[${relinkInline(inner)}](${relink(link, mark === "!")}${end}`,
    );
  const codes: string[] = [];
  const prose = markdown.replace(code, (found) => `\0${codes.push(found) - 1}\0`);
  return relinkInline(prose)
    .replace(definition, (_whole, head: string, link: string) => head + relink(link, false))
    .replace(
      attribute,
      (_whole, head: string, name: string, link: string) => head + relink(link, name === "src"),
    )
    .replace(/\0(\d+)\0/g, (_whole, index: string) => codes[Number(index)] ?? "");
}

function relinked(sourcePath: string, link: string, image: boolean, targets: LinkTargets): string {
  if (/^([a-z][\w+.-]*:|#|\/\/)/i.test(link)) return link;
  const [, file = "", suffix = ""] = /^([^?#]*)(.*)$/s.exec(link) ?? [];
  const from = path.posix.dirname(sourcePath);
  const target = file.startsWith("/") ? file.slice(1) : path.posix.join(from, decodeURI(file));
  const clean = target.replace(/\/$/, "");
  const kind = targets.sourceKind(clean);
  if (kind === undefined) {
    throw new UserError(`${sourcePath}: links to ${link}, which is not in the repository.`, {
      hint: "Mend the link, or commit what it names.",
    });
  }
  const here = targets.released(sourcePath) ?? sourcePath;
  const there = targets.released(clean);
  if (there !== undefined) return (path.posix.relative(path.posix.dirname(here), there) || ".") + suffix;
  const view = image ? "raw" : kind;
  return `${targets.repositoryUrl}/${view}/${targets.sourceCommit}/${encodeURI(clean)}${suffix}`;
}
