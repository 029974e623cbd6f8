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

// Code is shown, not followed.
const code = /(^ *(?:```|~~~)[\s\S]*?^ *(?:```|~~~) *$|`[^`\n]+`)/m;
const inlineLink = /(!?)(\[(?:[^[\]]|\[[^[\]]*\])*\]\()([^()\s]+)((?:\s+"[^"]*")?\))/g;
const definition = /^( {0,3}\[[^\]]+\]:\s+)(\S+)/gm;
const attribute = /(<(?:a|img|source)\s[^>]*?(href|src)=")([^"]+)/g;

/**
 * The relative links of a Markdown file as they have to be in the release: to the file's place there, or where the
 * target stays behind, to the repository at the source commit.
 * @throws UserError for a link to what is not in the repository at all.
 */
export function relinkMarkdown(sourcePath: string, markdown: string, targets: LinkTargets): string {
  const relink = (link: string, image: boolean) => relinked(sourcePath, link, image, targets);
  return markdown
    .split(code)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part
            .replace(inlineLink, (_whole, mark: string, text: string, link: string, end: string) => {
              const inner = text.replace(
                inlineLink,
                (_, m: string, t: string, l: string, e: string) => m + t + relink(l, m === "!") + e,
              );
              return mark + inner + relink(link, mark === "!") + end;
            })
            .replace(definition, (_whole, head: string, link: string) => head + relink(link, false))
            .replace(
              attribute,
              (_whole, head: string, name: string, link: string) => head + relink(link, name === "src"),
            ),
    )
    .join("");
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
      where: { file: sourcePath },
    });
  }
  const here = targets.released(sourcePath) ?? sourcePath;
  const there = targets.released(clean);
  if (there !== undefined) return (path.posix.relative(path.posix.dirname(here), there) || ".") + suffix;
  const view = image ? "raw" : kind;
  return `${targets.repositoryUrl}/${view}/${targets.sourceCommit}/${encodeURI(clean)}${suffix}`;
}
