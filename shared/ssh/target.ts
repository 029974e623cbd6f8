import { isIPv6 } from "node:net";
import { UserError } from "../runtime/user-error.ts";

/** An SSH server as users write it, `[user@]host[:port]`; what was left out is undefined. */
export type SshHost = {
  readonly user: string | undefined;
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number | undefined;
};

const HINT = "Write [user@]host[:port]; an IPv6 address stands in brackets: deploy@[2001:db8::1]:2222.";
// What a host name, or an address with its zone, can consist of; keeps out spaces, slashes and control characters.
const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_.])?$/;
const ZONED = /^(?<address>[0-9A-Fa-f:.]+)(?:%[A-Za-z0-9._-]+)?$/;

/** Reads `[user@]host[:port]`. Throws a UserError. */
export function parseSshHost(text: string): SshHost {
  const at = text.lastIndexOf("@");
  const user = at === -1 ? undefined : text.slice(0, at);
  if (user !== undefined) checkUser(user);
  const place = text.slice(at + 1);

  const bracketed = /^\[(?<host>[^\]]*)\](?::(?<port>.*))?$/.exec(place)?.groups;
  const [plainHost = "", ...plainPort] = place.split(":");
  const host = bracketed === undefined ? plainHost : (bracketed["host"] ?? "");
  const port = bracketed === undefined ? plainPort.at(0) : bracketed["port"];
  if (bracketed === undefined && plainPort.length > 1) {
    throw new UserError("The SSH host is not understood: more than one colon.", { hint: HINT });
  }
  const valid =
    bracketed === undefined ? NAME.test(host) : isIPv6(ZONED.exec(host)?.groups?.["address"] ?? "");
  if (!valid)
    throw new UserError("The SSH host is not understood: no valid name or address.", { hint: HINT });
  return { user, host, port: port === undefined ? undefined : parseSshPort(port) };
}

/** Reads a port number, 1 to 65535. Throws a UserError. */
export function parseSshPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new UserError(`The SSH port is not understood: ${JSON.stringify(text.slice(0, 20))}.`, {
    hint: "Give a whole number from 1 to 65535. SSH listens on 22 unless set otherwise.",
  });
}

/** Refuses user names that cannot be meant: empty, or with spaces or control characters. Throws a UserError. */
export function checkUser(user: string): void {
  if (/^[^\s\p{Cc}]{1,256}$/u.test(user)) return;
  throw new UserError("The SSH user is not understood: it is empty, too long, or has spaces in it.", {
    hint: "Give the name of the account on the server, such as deploy.",
  });
}
