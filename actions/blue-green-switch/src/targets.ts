import { throwProblems, UserError, UserErrors } from "../../../shared/runtime/user-error.ts";
import type { SshTarget } from "../../../shared/ssh/connect.ts";
import { readSshTarget } from "../../../shared/ssh/inputs.ts";
import type { Config } from "./config-schema.ts";
import type { Inputs } from "./inputs.ts";

/** A host by the name that people see. */
export type Target = {
  readonly name: string;
  readonly ssh: SshTarget;
  /** Through which server the way leads. */
  readonly jump: SshTarget | undefined;
};

/** The hosts of the config, or the one of the inputs. Throws a UserError or UserErrors: every mistake, once. */
export function targetsOf(
  { hosts, jump }: Pick<Config, "hosts" | "jump">,
  inputs: Inputs,
): readonly Target[] {
  const names = hosts ?? [inputs.sshHost];
  const problems = new Map<string, UserError>();
  const targets = names.flatMap((sshHost) => {
    try {
      const ssh = readSshTarget({ ...inputs, sshHost });
      if (ssh === undefined) throw noHost();
      const way = jump === undefined ? undefined : readSshTarget({ ...inputs, sshHost: jump, sshPort: "" });
      return [{ name: sshHost ?? ssh.host, ssh, jump: way }];
    } catch (error) {
      for (const problem of error instanceof UserErrors ? error.problems : [error]) {
        if (!(problem instanceof UserError)) throw problem;
        problems.set(problem.message, problem);
      }
      return [];
    }
  });
  throwProblems([...problems.values()]);
  return targets;
}

function noHost(): UserError {
  return new UserError("There is no host to deploy to: neither hosts in the config nor the input ssh-host.", {
    hint: "Set ssh-host, ssh-user, ssh-key and ssh-known-hosts.",
    where: { input: "ssh-host" },
  });
}
