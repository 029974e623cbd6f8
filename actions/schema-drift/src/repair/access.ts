import type { Change, Difference } from "../../../../shared/postgres/catalog/difference.ts";
import { lastIdentifier, withoutLastIdentifier } from "../../../../shared/postgres/catalog/packed.ts";
import { byHand, one } from "./words.ts";

// Privileges are told beyond what an object has by default (grant), and as missing of that (revoke).

/** GRANT and REVOKE for the values that differ. */
export function accessStatements({ property, expected, actual }: Change, difference: Difference): string[] {
  const on = objectOf(difference);
  if (on === undefined)
    return [byHand(`grant ${expected.join(", ") || "nothing"}, and not ${actual.join(", ") || "nothing"}`)];
  const missing = expected.filter((value) => !actual.includes(value));
  const extra = actual.filter((value) => !expected.includes(value));
  const owner = one(difference.expected ?? difference.actual, "owner") ?? "CURRENT_USER";
  const [give, take] = property === "grant" ? [missing, extra] : [extra, missing];
  return [
    ...take.map((value) => statement("REVOKE", value, on, owner)),
    ...give.map((value) => statement("GRANT", value, on, owner)),
  ];
}

type On = { readonly object: string; readonly columns: string };

function statement(verb: "GRANT" | "REVOKE", value: string, { object, columns }: On, owner: string): string {
  const [, role = "", privilege = "", star] = /^(.*) ([A-Z ]+?)(\*?)$/.exec(value) ?? [];
  const grantee = role === "<owner>" ? owner : role;
  const option = star === "*" && verb === "GRANT" ? " WITH GRANT OPTION" : "";
  return `${verb} ${privilege}${columns} ON ${object} ${verb === "GRANT" ? "TO" : "FROM"} ${grantee}${option};`;
}

function objectOf({ kind, name }: Difference): On | undefined {
  switch (kind) {
    case "column":
      return { object: withoutLastIdentifier(name), columns: ` (${lastIdentifier(name)})` };
    case "table":
    case "view":
    case "materialized view":
    case "foreign table":
      return { object: name, columns: "" };
    case "sequence":
    case "schema":
    case "language":
    case "function":
    case "procedure":
      return { object: `${kind.toUpperCase()} ${name}`, columns: "" };
    case "aggregate":
      return { object: `FUNCTION ${name}`, columns: "" };
    case "enum":
    case "composite type":
    case "range":
    case "base type":
      return { object: `TYPE ${name}`, columns: "" };
    case "domain":
      return { object: `DOMAIN ${name}`, columns: "" };
    case "server":
      return { object: `FOREIGN SERVER ${name}`, columns: "" };
    case "foreign-data wrapper":
      return { object: `FOREIGN DATA WRAPPER ${name}`, columns: "" };
    default:
      return undefined;
  }
}
