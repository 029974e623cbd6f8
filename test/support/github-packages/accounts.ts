import { Package, type Push, type Version } from "./package.ts";
import { notFound } from "./refusal.ts";

export type AccountType = "Organization" | "User";

/** Organisations and users with their packages. */
export class Accounts {
  readonly #types = new Map<string, AccountType>();
  readonly #packages = new Map<string, Package>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(login: string, type: AccountType): void {
    this.#types.set(login.toLowerCase(), type);
  }

  /** Of an organisation or a user. */
  typeOf(login: string): AccountType | undefined {
    return this.#types.get(login.toLowerCase());
  }

  /** Which `owner/name` is made by the first push, as on GitHub. */
  package(path: string): Package {
    const [owner = "", ...rest] = path.toLowerCase().split("/");
    if (!this.#types.has(owner)) throw new Error(`there is no account ${owner}`);
    const found = this.#packages.get(path.toLowerCase());
    if (found !== undefined) return found;
    const made = new Package(owner, rest.join("/"), this.#now());
    this.#packages.set(path.toLowerCase(), made);
    return made;
  }

  find(owner: string, name: string): Package {
    const found = this.#packages.get(`${owner}/${name}`.toLowerCase());
    if (found === undefined) throw notFound();
    return found;
  }

  of(owner: string): readonly Package[] {
    return [...this.#packages.values()].filter((one) => one.owner === owner.toLowerCase());
  }

  pushed(path: string, push: Push): Version {
    return this.package(path).pushed(push, this.#now());
  }
}
