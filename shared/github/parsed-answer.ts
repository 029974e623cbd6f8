import type * as z from "zod";
import { UserError } from "../runtime/user-error.ts";
import type { GitHubAnswer } from "./client.ts";

/** What GitHub's answer says, in the form of `schema`. Throws a UserError for any other: nothing is decided on half a picture. */
export function parsedAnswer<Schema extends z.ZodType>(
  answer: GitHubAnswer,
  schema: Schema,
): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(answer.body.toString());
  } catch (cause) {
    throw unknownForm(cause);
  }
  const result = schema.safeParse(value);
  if (!result.success) throw unknownForm(result.error);
  return result.data;
}

function unknownForm(cause: unknown): UserError {
  return new UserError("GitHub answered in a form that is not known.", {
    hint: "Nothing was decided on it. Try again; if it stays so, report it with the log of this step.",
    cause,
  });
}
