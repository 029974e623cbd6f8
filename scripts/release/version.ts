import { UserError } from "../../shared/runtime/user-error.ts";

/** A version as releases have it: `1.2.3`, without pre-releases or builds. */
export type Version = { readonly major: number; readonly minor: number; readonly patch: number };

const number = "(0|[1-9]\\d{0,5})";
const form = new RegExp(`^${number}\\.${number}\\.${number}$`);

/** @throws UserError for anything but three numbers without leading zeros. */
export function parseVersion(text: string): Version {
  const version = versionOf(text);
  if (version !== undefined) return version;
  throw new UserError(`${JSON.stringify(text)} is not a version: it must be three numbers such as 1.2.3.`, {
    hint: "Write it without a leading v, zeros or suffix: npm run release -- 1.2.3",
  });
}

export function versionTag({ major, minor, patch }: Version): string {
  return `v${major}.${minor}.${patch}`;
}

/** The tag that users follow: it moves with each release of this major version. */
export function majorTag({ major }: Version): string {
  return `v${major}`;
}

/**
 * Whether the major tag goes to this version: only when none of the existing tags is a higher version of the same
 * major. A patch for 1.2 after 1.3.0 was released leaves v1 where it is.
 */
export function movesMajor(version: Version, existingTags: readonly string[]): boolean {
  const released = existingTags.map((tag) => (tag.startsWith("v") ? versionOf(tag.slice(1)) : undefined));
  return released.every(
    (other) =>
      other === undefined ||
      other.major !== version.major ||
      other.minor < version.minor ||
      (other.minor === version.minor && other.patch <= version.patch),
  );
}

function versionOf(text: string): Version | undefined {
  const [, major, minor, patch] = form.exec(text) ?? [];
  if (major === undefined || minor === undefined || patch === undefined) return undefined;
  return { major: Number(major), minor: Number(minor), patch: Number(patch) };
}
