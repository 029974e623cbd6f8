import type { Pool } from "pg";
import type { Config } from "./config.ts";
import { isSame, issueToken, userOfToken } from "./token.ts";

export type Request = {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body, read as JSON. */
  json(): Promise<unknown>;
};

export type Answer = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Route = (request: Request) => Promise<Answer>;

/** What the shop answers to, by method and path. */
export function routes(pool: Pool, config: Config): Readonly<Record<string, Route>> {
  return {
    "GET /health": async () => {
      try {
        await pool.query("select 1");
        return { status: 200, body: { status: "healthy", release: config.release } };
      } catch (error) {
        console.error(`health: ${error}`);
        return { status: 503, body: { status: "unhealthy" } };
      }
    },

    "GET /version": async () => ({ status: 200, body: { sha: config.release } }),

    "POST /api/login": async (request) => {
      const { user, password } = credentials(await request.json());
      // Both are compared whichever is wrong: the time an answer takes must not tell whether the user exists.
      const known = [isSame(user, "demo"), isSame(password, config.demoPassword)].every(Boolean);
      if (!known) return { status: 401, body: { error: "wrong user or password" } };
      return { status: 200, body: { token: issueToken(user, config.tokenSecret, Date.now()) } };
    },

    "GET /api/products": async () => {
      const { rows } = await pool.query("select id, name, price_cents from products order by id");
      return { status: 200, body: { products: rows } };
    },

    "GET /api/orders": async (request) => {
      const token = /^Bearer (\S+)$/i.exec(String(request.headers["authorization"] ?? ""))?.[1] ?? "";
      const user = userOfToken(token, config.tokenSecret, Date.now());
      if (user === undefined) {
        const headers = { "www-authenticate": "Bearer" };
        return { status: 401, headers, body: { error: "log in first, at /api/login" } };
      }
      const { rows } = await pool.query(
        `select orders.id, products.name as product, quantity
           from orders join products on products.id = product_id
          where customer = $1 order by orders.id`,
        [user],
      );
      return { status: 200, body: { orders: rows } };
    },
  };
}

function credentials(body: unknown): { readonly user: string; readonly password: string } {
  const { user, password } = (typeof body === "object" && body !== null ? body : {}) as Record<
    string,
    unknown
  >;
  return {
    user: typeof user === "string" ? user : "",
    password: typeof password === "string" ? password : "",
  };
}
