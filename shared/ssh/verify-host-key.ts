import { UserError } from "../runtime/user-error.ts";
import { fingerprint, HOST_KEY_TYPES, type HostKey, knownHostsLine, knownHostsName } from "./host-key.ts";
import type { HostPins } from "./known-hosts.ts";

/**
 * ok: pinned. mismatch: other keys are pinned for this server. revoked: the key is marked @revoked.
 * unknown: nothing is pinned for this server.
 */
export type HostKeyVerdict = "ok" | "mismatch" | "revoked" | "unknown";

/** Judges the key that a server showed. Nothing but a pin makes it "ok". */
export function verifyHostKey(key: HostKey, host: string, port: number, pins: HostPins): HostKeyVerdict {
  const same = (pin: HostKey) => pin.blob.equals(key.blob);
  const names = [knownHostsName(host, port), knownHostsName(host, 22)];
  if (names.some((name) => lookUp(pins.revoked, name).some(same))) return "revoked";
  const pinned = pinnedKeys(host, port, pins);
  if (pinned.some(same) || pins.fingerprints.includes(fingerprint(key))) return "ok";
  return pinned.length === 0 && pins.fingerprints.length === 0 ? "unknown" : "mismatch";
}

/**
 * The types of host key to ask a server for, in this order, so that it shows one that is pinned. Without a pinned
 * type (only fingerprints, or nothing) it is all of them.
 */
export function pinnedTypes(host: string, port: number, pins: HostPins): readonly string[] {
  const pinned = new Set(pinnedKeys(host, port, pins).map((key) => key.type));
  const types = HOST_KEY_TYPES.filter((type) => pinned.has(type));
  return types.length === 0 ? HOST_KEY_TYPES : types;
}

/** The error for a key that did not verify: what was seen, what is pinned, and the line that would pin it. */
export function hostKeyError(
  verdict: Exclude<HostKeyVerdict, "ok">,
  key: HostKey,
  host: string,
  port: number,
  pins: HostPins,
): UserError {
  const server = knownHostsName(host, port);
  const seen = `${key.type} ${fingerprint(key)}`;
  const line = knownHostsLine(key, host, port);
  const where = { input: "ssh-known-hosts" };
  switch (verdict) {
    case "revoked":
      return new UserError(`The host key of ${server} is revoked: ${seen} is marked @revoked.`, {
        hint: "Do not connect. Give the server a new host key, and pin that.",
        where,
      });
    case "mismatch":
      return new UserError(
        `The host key of ${server} is not the pinned one: it shows ${seen}, but pinned is ${pinnedNames(host, port, pins)}.`,
        {
          hint: `Someone may be intercepting the connection. Only if you know that the server has a new key, replace its line in ssh-known-hosts by: ${line}`,
          where,
        },
      );
    case "unknown": {
      const authority = lookUp(pins.authorities, server).length > 0;
      const why = authority
        ? "host certificates (@cert-authority) are not supported"
        : "no key is pinned for it";
      return new UserError(`The host key of ${server} cannot be verified: ${why}. It shows ${seen}.`, {
        hint: `Compare the fingerprint with the server's own (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub, or the like), then add this line to ssh-known-hosts: ${line}`,
        where,
      });
    }
  }
}

function pinnedNames(host: string, port: number, pins: HostPins): string {
  const lines = pinnedKeys(host, port, pins).map((key) => `${key.type} ${fingerprint(key)}`);
  return [...lines, ...pins.fingerprints].join(" or ");
}

/** As OpenSSH looks them up (check_host_key in sshconnect.c): by `[host]:port`, and if that has none, by host. */
function pinnedKeys(host: string, port: number, pins: HostPins): readonly HostKey[] {
  const exact = lookUp(pins.keys, knownHostsName(host, port));
  return exact.length > 0 ? exact : lookUp(pins.keys, knownHostsName(host, 22));
}

function lookUp(pinned: HostPins["keys"], name: string): readonly HostKey[] {
  return pinned.filter((pin) => pin.matches(name)).map((pin) => pin.key);
}
