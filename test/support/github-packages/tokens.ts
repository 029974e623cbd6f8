import { randomBytes } from "node:crypto";

/** What a token is, and what it may. GitHub tells a missing right apart only now and then. */
export type Grant = {
  readonly kind: "classic" | "fine-grained" | "github-token";
  /** Whose token it is. */
  readonly login: string;
  readonly read: boolean;
  /** Whether a classic token has the scope, or GITHUB_TOKEN `packages: write`. */
  readonly write: boolean;
  /** The scope `delete:packages` of a classic token. */
  readonly delete: boolean;
  /** The role on the package, without which GitHub answers 404 to a deletion. */
  readonly admin: boolean;
};

const PREFIXES = { classic: "ghp_", "fine-grained": "github_pat_", "github-token": "ghs_" } as const;

/** Tokens made up for one server, of the shape that GitHub's have. */
export class Tokens {
  readonly #grants = new Map<string, Grant>();
  /** Those of the registry, by the repository they are for. */
  readonly #sessions = new Map<string, { readonly grant: Grant | undefined; readonly scope: string }>();

  /** One that may do everything, but for what is given. */
  issue(grant: Partial<Grant> = {}): string {
    const whole: Grant = {
      kind: "classic",
      login: "maintainer",
      read: true,
      write: true,
      delete: true,
      admin: true,
      ...grant,
    };
    const token = `${PREFIXES[whole.kind]}${randomBytes(27).toString("base64url").replaceAll(/[-_]/g, "x")}`;
    this.#grants.set(token, whole);
    return token;
  }

  revoke(token: string): void {
    this.#grants.delete(token);
  }

  /** Of a header `authorization` to the API. */
  ofApi(authorization: string | undefined): Grant | undefined {
    const [, token = ""] = /^(?:bearer|token) (\S+)$/i.exec(authorization ?? "") ?? [];
    return this.#grants.get(token);
  }

  /** Of the name and password with which somebody asks for a session of the registry. */
  ofPassword(authorization: string): Grant | undefined {
    const [, encoded = ""] = /^basic (\S+)$/i.exec(authorization) ?? [];
    const [, password = ""] = /^[^:]+:(.*)$/.exec(Buffer.from(encoded, "base64").toString()) ?? [];
    return this.#grants.get(password);
  }

  openSession(grant: Grant | undefined, scope: string): string {
    const session = randomBytes(30).toString("base64url");
    this.#sessions.set(session, { grant, scope });
    return session;
  }

  /** The sessions of the registry live for minutes. */
  endSessions(): void {
    this.#sessions.clear();
  }

  /** Of a header `authorization` to the registry. ghcr.io also takes the token itself, in base64. */
  ofRegistry(authorization: string | undefined) {
    const [, bearer = ""] = /^bearer (\S+)$/i.exec(authorization ?? "") ?? [];
    const session = this.#sessions.get(bearer);
    if (session !== undefined) return session;
    const grant = this.#grants.get(Buffer.from(bearer, "base64").toString());
    return grant === undefined ? undefined : { grant, scope: "*" };
  }
}
