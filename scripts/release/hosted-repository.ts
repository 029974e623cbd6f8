import { UserError } from "../../shared/runtime/user-error.ts";

/** Where the repository is hosted, for `uses:` and for links. */
export type HostedRepository = {
  /** `owner/name`. */
  readonly name: string;
  /** `https://github.com`, or a GitHub Enterprise Server. */
  readonly server: string;
};

/**
 * The hosted repository behind a remote's address: `https://host/owner/name(.git)`, `git@host:owner/name(.git)` or
 * `ssh://git@host/owner/name`. Undefined for anything else, such as a path.
 */
export function hostedAt(address: string): HostedRepository | undefined {
  const scp = /^(?:[\w.-]+@)([\w.-]+):(?!\/)(.+)$/.exec(address);
  const url = scp === null ? URL.parse(address) : undefined;
  if (url !== null && url !== undefined && !/^(https?|ssh|git):$/.test(url.protocol)) return undefined;
  const host =
    scp?.[1] ?? (url?.protocol === "http:" || url?.protocol === "https:" ? url.host : url?.hostname);
  const name = (scp?.[2] ?? url?.pathname ?? "").replace(/^\/|\/$|\.git\/?$/g, "");
  if (host === undefined || host === "" || !isRepositoryName(name)) return undefined;
  return { name, server: `https://${host}` };
}

/** @throws UserError when `name` is not `owner/name`. */
export function parseRepositoryName(name: string): string {
  if (isRepositoryName(name)) return name;
  throw new UserError(`--repository ${JSON.stringify(name)} is not of the form owner/name.`, {
    hint: "Write it as in `uses:`, such as org/actions.",
  });
}

function isRepositoryName(name: string): boolean {
  return /^[\w.-]+\/[\w.-]+$/.test(name) && !name.split("/").some((part) => /^\.+$/.test(part));
}
