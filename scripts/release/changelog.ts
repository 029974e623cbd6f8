import { UserError } from "../../shared/runtime/user-error.ts";

/**
 * What CHANGELOG.md (keepachangelog.com) says about a version: the text of its section.
 * @throws UserError when there is no such section, or nothing in it.
 */
export function changelogSection(changelog: string, version: string): string {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((text) => new RegExp(`^\\[?${RegExp.escape(version)}\\]?(\\s|$)`).test(text));
  const [, body = ""] = /^[^\n]*\n(.*)$/s.exec(section ?? "") ?? [];
  // Link definitions for the headings stand at the end of the file, after the last section.
  const notes = body.replace(/^\[[^\]]+\]: .*$/gm, "").trim();
  if (notes !== "") return notes;
  throw new UserError(
    `CHANGELOG.md: ${section === undefined ? "has no section" : "says nothing"} for ${version}.`,
    {
      hint: `Write what is new under \`## [${version}] - <date>\` (from "Unreleased"), and commit it.`,
    },
  );
}
