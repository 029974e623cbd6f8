import { beforeAll, describe, expect, test } from "vitest";
import { UserError, UserErrors } from "../../shared/runtime/user-error.ts";
import { readSshTarget, type SshInputs } from "../../shared/ssh/inputs.ts";
import { newSshKey } from "../support/ssh-key.ts";
import { keyText, someKey } from "./keys.ts";

let key = "";
beforeAll(() => {
  key = newSshKey().private;
});

/** The inputs that the errors are about. */
function wrongInputs(inputs: SshInputs): (string | undefined)[] {
  try {
    readSshTarget(inputs);
    return [];
  } catch (error) {
    const problems = error instanceof UserErrors ? error.problems : [error as UserError];
    for (const problem of problems) expect(problem).toBeInstanceOf(UserError);
    return problems.map((problem) => problem.where?.input);
  }
}

describe("the SSH inputs", () => {
  test("none of them: no SSH", () => {
    expect(readSshTarget({})).toBeUndefined();
    expect(
      readSshTarget({ sshHost: "", sshPort: "", sshUser: " ", sshKey: "", sshKnownHosts: "\n" }),
    ).toBeUndefined();
  });

  test("in parts, or all in the host", () => {
    const parts = readSshTarget({ sshHost: "web.example", sshPort: "2222", sshUser: "deploy", sshKey: key });
    const whole = readSshTarget({ sshHost: "deploy@web.example:2222", sshKey: key });
    expect(parts).toMatchObject({ host: "web.example", port: 2222, user: "deploy" });
    expect(whole).toEqual(parts);
  });

  test("the port is 22 unless given", () => {
    expect(readSshTarget({ sshHost: "deploy@web.example", sshKey: key })?.port).toBe(22);
  });

  test("the known hosts are read", () => {
    const sshKnownHosts = `web.example ${keyText(someKey())}`;
    expect(
      readSshTarget({ sshHost: "deploy@web.example", sshKey: key, sshKnownHosts })?.pins.keys,
    ).toHaveLength(1);
  });

  test("the same said twice is no contradiction", () => {
    const inputs = { sshHost: "deploy@web.example:22", sshPort: "22", sshUser: "deploy", sshKey: key };
    expect(readSshTarget(inputs)).toMatchObject({ port: 22, user: "deploy" });
  });

  test("mistakes are reported together, each with its input", () => {
    expect(
      wrongInputs({
        sshHost: "no host",
        sshPort: "22x",
        sshUser: "a b",
        sshKey: "not a key",
        sshKnownHosts: "web.example\nSHA256:short",
      }),
    ).toEqual(["ssh-host", "ssh-port", "ssh-user", "ssh-key", "ssh-known-hosts", "ssh-known-hosts"]);
  });

  test.each<[string, SshInputs, string[]]>([
    ["a host alone", { sshHost: "web.example" }, ["ssh-user", "ssh-key"]],
    ["a user alone", { sshUser: "deploy" }, ["ssh-host", "ssh-key"]],
    ["known hosts alone", { sshKnownHosts: `x ${keyText(someKey())}` }, ["ssh-host", "ssh-key"]],
  ])("%s names what is missing", (_name, inputs, expected) => {
    expect(wrongInputs(inputs)).toEqual(expected);
  });

  test("a port or user given twice, differently, is refused", () => {
    expect(wrongInputs({ sshHost: "a@web.example:22", sshPort: "23", sshUser: "b", sshKey: key })).toEqual([
      "ssh-port",
      "ssh-user",
    ]);
  });
});
