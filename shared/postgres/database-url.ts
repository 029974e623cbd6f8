import { nearest } from "../runtime/nearest.ts";
import { UserError } from "../runtime/user-error.ts";

/** An address as it was written, decoded but not checked. What was left out is undefined. */
export type AddressParts = {
  readonly [Name in
    | "host"
    | "port"
    | "database"
    | "user"
    | "password"
    | "sslmode"
    | "sslrootcert"
    | "channelBinding"
    | "options"
    | "applicationName"]?: string | undefined;
};

type PartName = keyof AddressParts;

/** libpq's names for the parameters after `?`, and what they stand for. */
const PARAMETERS: Readonly<Record<string, PartName>> = {
  host: "host",
  port: "port",
  dbname: "database",
  user: "user",
  password: "password",
  sslmode: "sslmode",
  sslrootcert: "sslrootcert",
  channel_binding: "channelBinding",
  options: "options",
  application_name: "applicationName",
};

const ENCODE =
  "In user and password write %23 for #, %2F for /, %3F for ?, %40 for @ and %25 for %; or give the password in db-password as it is.";

/**
 * Takes a `postgres://` URL apart by libpq's rules (the manual, 32.1.1.2). A character of a password that was not
 * percent-encoded is never guessed at: `#`, a second `@`, and `/` or `?` before the `@` are errors. A colon needs no
 * encoding. Throws a UserError that repeats nothing of the URL but the name of a parameter.
 */
export function parseDatabaseUrlParts(url: string): AddressParts {
  const text = url.trim();
  const rest = /^postgres(?:ql)?:\/\/(?<rest>.*)$/is.exec(text)?.groups?.["rest"];
  if (rest === undefined) throw notOurs(text);
  if (/[\s\p{Cc}]/u.test(rest))
    throw malformed("it has spaces, line ends or control characters in it", ENCODE);
  if (rest.includes("#")) throw malformed("it has a # in it, which must be encoded", ENCODE);

  const [, authority = "", path = "", query] = /^([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/.exec(rest) ?? [];
  const at = authority.split("@");
  if (rest.split("@").length > 2) throw malformed("it has more than one @ in it", ENCODE);
  if (at.length === 1 && rest.includes("@")) {
    throw malformed("a / or ? comes before the @, so that it is not clear what the password is", ENCODE);
  }
  const place = at.at(-1) ?? "";
  const [user, ...password] = at.length === 1 ? [] : (at[0] ?? "").split(":");
  const parts: { [Name in PartName]?: string } = {};
  const set = (name: PartName, encoded: string | undefined) => {
    if (encoded === undefined || encoded === "") return;
    if (parts[name] !== undefined) throw malformed(`it gives the ${name} twice`, "Give it once.");
    parts[name] = decode(encoded);
  };
  set("user", user);
  set("password", password.join(":"));
  const { host, port } = splitPlace(place);
  set("host", host);
  set("port", port);
  set("database", path);
  for (const pair of query?.split("&").filter((item) => item !== "") ?? []) {
    const [name = "", ...value] = pair.split("=");
    if (value.length === 0) throw malformed("a parameter after the ? has no value", "Write name=value.");
    set(parameter(name), value.join("="));
  }
  return parts;
}

/** `host:port`, with brackets around an IPv6 address. */
function splitPlace(place: string): { host: string | undefined; port: string | undefined } {
  const match = /^(?<host>\[[^\]]*\]|[^:[\]]*)(?::(?<port>[^:]*))?$/.exec(place)?.groups;
  if (match === undefined) {
    const several = place.includes(",");
    throw several
      ? malformed("it names several hosts", "Give one: what is checked or saved must be one server.")
      : malformed(
          "host and port are not understood",
          "Put an IPv6 address into brackets: [2001:db8::1]:5432.",
        );
  }
  return { host: match["host"], port: match["port"] };
}

function parameter(name: string): PartName {
  const known = PARAMETERS[name];
  if (known !== undefined && Object.hasOwn(PARAMETERS, name)) return known;
  const close = nearest(name, Object.keys(PARAMETERS));
  const list = `Known are ${Object.keys(PARAMETERS).join(", ")}. What other tools add (Prisma's schema or pgbouncer) goes.`;
  throw malformed(
    `the parameter ${JSON.stringify(name.slice(0, 40))} is not known`,
    close === undefined ? list : `Did you mean ${close}? ${list}`,
  );
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    // Without the cause: its message is harmless, but its stack may be printed with the value.
    throw malformed("a % in it is not followed by two hexadecimal digits that are UTF-8", ENCODE);
  }
}

function notOurs(text: string): UserError {
  if (text === "") return malformed("it is empty", "A secret that does not exist gives an empty value.");
  if (/^\w+\s*=/.test(text)) {
    return malformed("it is in the form name=value", "Write postgres://user:password@host:5432/database.");
  }
  const hint = "It begins with postgres:// or postgresql://, without jdbc: or a driver's name.";
  return malformed("it does not begin with postgres://", hint);
}

function malformed(why: string, hint: string): UserError {
  return new UserError(`The database URL is not understood: ${why}.`, { hint });
}
