import { GitHubError } from "../../../shared/github/client.ts";
import { noTries, type Tries } from "../../../shared/github/paced-client.ts";
import type { UserError } from "../../../shared/runtime/user-error.ts";
import type { Applying } from "./apply.ts";
import { refusalOf } from "./refusal.ts";
import type { Version } from "./version.ts";
import type { Fate } from "./work.ts";

export type Gone = {
  readonly fate: Fate;
  /** The token may delete nothing of this package. */
  readonly denied?: UserError;
};

/**
 * Deletes one version. Right before each attempt, after every pause there is, `changed` says what else becomes of it.
 * GitHub answers 404 to a token that may not delete, and for a version that is gone; which of them it is says another
 * look. Throws LimitReached, the signal's reason, and what `changed` throws.
 */
export async function remove(
  name: string,
  version: Version,
  to: Applying,
  changed?: () => Promise<Fate | undefined>,
): Promise<Gone> {
  const { api, grace } = to;
  const tries = noTries();
  for (;;) {
    await api.readyToDelete(changed === undefined ? grace : to.signal);
    const fate = await changed?.();
    if (fate !== undefined) return { fate };
    const gone = await attempt(name, version, to, tries);
    if (gone !== undefined) return gone;
  }
}

async function attempt(
  name: string,
  version: Version,
  { api, grace }: Applying,
  tries: Tries,
): Promise<Gone | undefined> {
  try {
    const answer = await api.delete(name, version.id, tries, grace);
    if (answer === undefined) return undefined;
    const { status, message } = answer;
    if (status >= 200 && status < 300) return { fate: { state: "deleted" } };
    const why = message === "" ? `HTTP ${status}` : `HTTP ${status}, ${message}`;
    if (status === 404) {
      const still = await api.version(name, version.id, grace);
      if (still === undefined) return { fate: { state: "gone" } };
    }
    if (status === 401 || status === 403 || status === 404) {
      return { fate: { state: "failed", why }, denied: refusalOf("delete", `package ${name}`, answer) };
    }
    // "Publicly visible package versions with more than 5000 downloads", "the last tagged version of a package".
    return { fate: { state: status === 400 ? "refused" : "failed", why } };
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    const still = await api.version(name, version.id, grace).catch(() => version);
    if (still === undefined) return { fate: { state: "gone" } };
    return { fate: { state: "failed", why: error.message } };
  }
}
