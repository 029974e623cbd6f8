import type * as z from "zod";
import { UserError } from "../runtime/user-error.ts";
import type { GitHubAnswer } from "./client.ts";
import { linkTo } from "./link.ts";
import type { PacedGitHub } from "./paced-client.ts";
import { parsedAnswer } from "./parsed-answer.ts";
import { troubleOf } from "./trouble.ts";

/** What is read, in words, and the permission that it takes. */
export type Asked = { readonly path: string; readonly what: string; readonly right: string };

const PER_PAGE = 100;
// GitHub gives no more than a thousand of most things.
const MOST_PAGES = 10;

/** A JSON answer of GitHub. Throws UserErrors, and the signal's reason. */
export async function readJson<Schema extends z.ZodType>(
  github: PacedGitHub,
  asked: Asked,
  schema: Schema,
): Promise<z.output<Schema>> {
  return parsedAnswer(await read(github, asked), schema);
}

/**
 * The items of all pages, read as far as somebody asks, a thousand at most. The path ends where `per_page` can be added,
 * with `?` or `&`. Throws as {@link readJson}.
 */
export async function* readPages<Schema extends z.ZodType, Item>(
  github: PacedGitHub,
  asked: Asked,
  schema: Schema,
  items: (page: z.output<Schema>) => readonly Item[],
): AsyncGenerator<Item> {
  for (let page = 1; page <= MOST_PAGES; page++) {
    const path = `${asked.path}per_page=${PER_PAGE}${page === 1 ? "" : `&page=${page}`}`;
    const answer = await read(github, { ...asked, path });
    const found = items(parsedAnswer(answer, schema));
    yield* found;
    const { link } = answer.headers;
    // A full page that has lost its Link header may be the end, or not.
    if (linkTo(typeof link === "string" ? link : undefined, "next") === undefined && found.length < PER_PAGE)
      return;
  }
}

async function read(github: PacedGitHub, { path, what, right }: Asked): Promise<GitHubAnswer> {
  const answer = await github.call({ method: "GET", path }).catch((error: unknown) => {
    throw troubleOf(error);
  });
  if (answer.status === 200) return answer;
  const said = answer.message === "" ? "" : `, ${answer.message}`;
  throw new UserError(`${what}: GitHub does not say (HTTP ${answer.status}${said}).`, {
    hint:
      answer.status === 401
        ? "github-token: set it again; it has expired, was revoked, or is cut off."
        : `Give the job 'permissions: ${right}'.`,
  });
}
