import * as z from "zod";
import type { GitHubAnswer } from "../../../shared/github/client.ts";
import { linkTo } from "../../../shared/github/link.ts";
import type { PacedGitHub, Tries } from "../../../shared/github/paced-client.ts";
import { parsedAnswer } from "../../../shared/github/parsed-answer.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { refusalOf } from "./refusal.ts";
import type { Version } from "./version.ts";

export type Owner = { readonly login: string; readonly kind: "orgs" | "users" };

const versionSchema = z.object({
  id: z.int().positive(),
  name: z.string().regex(/^[a-z0-9]+:[0-9a-zA-Z=_-]+$/),
  created_at: z.string(),
  updated_at: z.string(),
  // Without it nobody would know whether the version has tags.
  metadata: z.object({ container: z.object({ tags: z.array(z.string()) }) }),
});
const versionsSchema = z.array(versionSchema);
const packagesSchema = z.array(z.object({ name: z.string() }));
const accountSchema = z.object({ login: z.string(), type: z.string() });

type Page = { readonly versions: readonly Version[]; readonly next: string | undefined };

const PER_PAGE = 100;
// More pages than that are a server that goes round in circles.
const MOST_PAGES = 20_000;

/** The container packages of one owner in GitHub's REST API (docs.github.com/rest/packages). */
export class PackagesApi {
  readonly #github: PacedGitHub;
  readonly #owner: Owner;
  /** The last answer of each address, which costs nothing to ask for again while it is the same. */
  readonly #pages = new Map<string, { readonly etag: string; readonly page: Page }>();

  constructor(github: PacedGitHub, owner: Owner) {
    this.#github = github;
    this.#owner = owner;
  }

  /** The path of a package in the API, for a person who repeats a call. */
  path(name: string): string {
    const { kind, login } = this.#owner;
    return `${kind}/${encodeURIComponent(login)}/packages/container/${encodeURIComponent(name)}`;
  }

  /** The names of all packages. Throws a UserError where the token may not list them. */
  async names(): Promise<string[]> {
    const { kind, login } = this.#owner;
    const names: string[] = [];
    let path: string | undefined =
      `${kind}/${encodeURIComponent(login)}/packages?package_type=container&per_page=${PER_PAGE}`;
    for (let pages = 0; path !== undefined && pages < MOST_PAGES; pages++) {
      const answer: GitHubAnswer = await this.#github.call({ method: "GET", path });
      if (answer.status !== 200) throw refusalOf("list", `the packages of ${login}`, answer);
      names.push(...parsedAnswer(answer, packagesSchema).map(({ name }) => name));
      path = linkTo(linkHeader(answer), "next");
    }
    return [...new Set(names)];
  }

  /**
   * One reading of the listing, page by page. A page that has not changed since the last reading is free. What stands
   * on two pages, because something was pushed in between, counts once, as it was last. `undefined` when the reading
   * contradicts itself.
   */
  async versions(name: string): Promise<Version[] | undefined> {
    const found = new Map<number, Version>();
    let path: string | undefined = this.#listing(name);
    for (let pages = 0; path !== undefined && pages < MOST_PAGES; pages++) {
      const page: Page = await this.#page(path, name);
      for (const version of page.versions) found.set(version.id, version);
      // A full page without the address of a next one may be the end, or an answer that has lost its Link header:
      // what is on the pages behind would be missing, and what it needs would go.
      const full = page.versions.length >= PER_PAGE;
      path = page.next ?? (full ? `${this.#listing(name)}&page=${pages + 2}` : undefined);
    }
    const digests = new Set([...found.values()].map(({ digest }) => digest));
    return path === undefined && digests.size === found.size ? [...found.values()] : undefined;
  }

  /** The versions from the beginning of the listing down to the first page on which `known` says yes to all. */
  async newest(name: string, known: (version: Version) => boolean, signal?: AbortSignal): Promise<Version[]> {
    const found: Version[] = [];
    let path: string | undefined = this.#listing(name);
    for (let pages = 0; path !== undefined && pages < MOST_PAGES; pages++) {
      const page: Page = await this.#page(path, name, signal);
      found.push(...page.versions);
      path = page.versions.every(known) ? undefined : page.next;
    }
    return found;
  }

  /** One version as it is now; `undefined` when it is gone. */
  async version(name: string, id: number, signal?: AbortSignal): Promise<Version | undefined> {
    const path = `${this.path(name)}/versions/${id}`;
    const answer = await this.#github.call({
      method: "GET",
      path,
      ...(signal === undefined ? {} : { signal }),
    });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refusalOf("read", `package ${name}`, answer);
    return versionOf(parsedAnswer(answer, versionSchema));
  }

  /** Waits until a version may be looked at and then deleted without a pause between them. */
  readyToDelete(signal: AbortSignal): Promise<void> {
    return this.#github.ready(signal);
  }

  /**
   * Asks to delete a version, and returns the answer as it came; `undefined` when there was a pause instead, after
   * which the version has to be looked at again.
   */
  delete(name: string, id: number, tries: Tries, signal: AbortSignal): Promise<GitHubAnswer | undefined> {
    const path = `${this.path(name)}/versions/${id}`;
    return this.#github.callAtOnce({ method: "DELETE", path, signal }, tries);
  }

  /** Forgets the pages of a package that is done. */
  forget(name: string): void {
    const listing = `${this.path(name)}/versions?`;
    for (const address of this.#pages.keys()) if (address.includes(listing)) this.#pages.delete(address);
  }

  #listing(name: string): string {
    return `${this.path(name)}/versions?per_page=${PER_PAGE}`;
  }

  async #page(path: string, name: string, signal?: AbortSignal): Promise<Page> {
    const known = this.#pages.get(path);
    const answer = await this.#github.call({
      method: "GET",
      path,
      ...(known === undefined ? {} : { headers: { "if-none-match": known.etag } }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (answer.status === 304 && known !== undefined) return known.page;
    if (answer.status !== 200) throw refusalOf("read", `package ${name}`, answer);
    const page = {
      versions: parsedAnswer(answer, versionsSchema).map(versionOf),
      next: linkTo(linkHeader(answer), "next"),
    };
    const { etag } = answer.headers;
    if (etag !== undefined) this.#pages.set(path, { etag, page });
    return page;
  }
}

/** Whether a name is that of an organisation or of a user. Throws a UserError when there is neither. */
export async function findOwner(github: PacedGitHub, login: string): Promise<Owner> {
  const answer = await github.call({ method: "GET", path: `users/${encodeURIComponent(login)}` });
  if (answer.status === 404) {
    throw new UserError(`owner: GitHub knows no organisation or user ${login}.`, {
      hint: "Check the spelling, and GITHUB_API_URL on a server of your own.",
      where: { input: "owner" },
    });
  }
  if (answer.status !== 200) throw refusalOf("read", `the account ${login}`, answer);
  const account = parsedAnswer(answer, accountSchema);
  return { login: account.login, kind: account.type === "Organization" ? "orgs" : "users" };
}

function versionOf({ id, name, created_at, updated_at, metadata }: z.output<typeof versionSchema>): Version {
  return {
    id,
    digest: name,
    tags: metadata.container.tags,
    createdAt: timeOf(created_at),
    updatedAt: timeOf(updated_at),
  };
}

/** Only GitHub's own form of a time: `Date.parse` alone makes something of almost any text. */
function timeOf(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

function linkHeader({ headers }: GitHubAnswer): string | undefined {
  const { link } = headers;
  return typeof link === "string" ? link : undefined;
}
