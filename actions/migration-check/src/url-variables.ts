import { UserError } from "../../../shared/runtime/user-error.ts";

/** Reads `NAME` and `NAME=scheme`, such as `SQLALCHEMY_DATABASE_URI=postgresql+psycopg`. Throws a UserError. */
export function urlVariables(
  entries: readonly string[],
): readonly { readonly name: string; readonly scheme: string }[] {
  return entries.map((entry) => {
    const [, name, scheme = "postgresql"] =
      /^([A-Za-z_][A-Za-z0-9_]*)(?:=([a-z][a-z0-9+.-]*))?$/.exec(entry) ?? [];
    if (name === undefined) {
      throw new UserError(
        `input url-variables: ${JSON.stringify(entry.slice(0, 80))} is no name of a variable.`,
        {
          hint: "Write NAME, or NAME=scheme for a URL such as postgresql+psycopg://…; never the address itself.",
          where: { input: "url-variables" },
        },
      );
    }
    return { name, scheme };
  });
}
