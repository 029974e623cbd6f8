import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UserError } from "../../shared/runtime/user-error.ts";
import { parseSshHost, parseSshPort } from "../../shared/ssh/target.ts";

describe("an SSH host", () => {
  test.each([
    ["deploy.example", undefined, "deploy.example", undefined],
    ["deploy@host", "deploy", "host", undefined],
    ["deploy@host:2222", "deploy", "host", 2222],
    ["10.0.0.7:22", undefined, "10.0.0.7", 22],
    ["[2001:db8::1]", undefined, "2001:db8::1", undefined],
    ["deploy@[2001:db8::1]:2222", "deploy", "2001:db8::1", 2222],
    ["[fe80::1%eth0]:22", undefined, "fe80::1%eth0", 22],
    ["domain\\user@host", "domain\\user", "host", undefined],
    ["user@realm@host", "user@realm", "host", undefined],
    ["my_host.internal.", undefined, "my_host.internal.", undefined],
  ])("%s is read", (text, user, host, port) => {
    expect(parseSshHost(text)).toEqual({ user, host, port });
  });

  test.each([
    "",
    "@host",
    "deploy@",
    "2001:db8::1",
    "[2001:db8::1",
    "[nonsense]:22",
    "host:",
    "host:0",
    "host:65536",
    "host:22x",
    "ssh://host",
    "host name",
    "-oProxyCommand=x",
    "de ploy@host",
    "host\nother",
    "host,other",
  ])("%j is refused with a hint", (text) => {
    const error = thrownBy(() => parseSshHost(text));
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).hint).not.toBe("");
  });

  test("whatever comes in is read or refused, never a crash", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const error = thrownBy(() => parseSshHost(text));
        expect(error === undefined || error instanceof UserError).toBe(true);
      }),
    );
  });
});

test("an SSH port is a whole number from 1 to 65535", () => {
  expect(parseSshPort("22")).toBe(22);
  expect(parseSshPort("65535")).toBe(65_535);
  for (const text of ["0", "65536", "22.0", " 22", "1e3", "-1", "", "999999999999"]) {
    expect(
      thrownBy(() => parseSshPort(text)),
      text,
    ).toBeInstanceOf(UserError);
  }
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}
