import { UserError, UserErrors } from "../../../../shared/runtime/user-error.ts";
import { connectSsh, type SshConnection, type SshTarget } from "../../../../shared/ssh/connect.ts";
import { HandshakeFailure } from "../../../../shared/ssh/failure.ts";
import { readSshTarget } from "../../../../shared/ssh/inputs.ts";
import type { Verdict } from "../verdict.ts";
import { accepted, type Filled, NoVerdict, type ProbeAnswer, type ProbeContext, refused } from "./probe.ts";

/** Logs in with the key at the server whose host key is pinned, and leaves again. Nothing is run there. */
export async function probeSsh(config: Filled<"ssh">, context: ProbeContext): Promise<ProbeAnswer> {
  const target = sshTarget(config);
  if ("findings" in target) return target;
  let connection: SshConnection;
  try {
    connection = await connectSsh({ ...target, signal: context.signal, readyTimeoutMs: context.timeoutMs });
  } catch (error) {
    context.signal.throwIfAborted();
    return judge(error);
  }
  await connection.close();
  return accepted("the server takes the login");
}

/** Where the keys of a probe come from, by the names of the inputs that say the same. */
const KEYS: Readonly<Record<string, string>> = {
  "ssh-host": "host",
  "ssh-port": "port",
  "ssh-user": "user",
  "ssh-key": "key",
  "ssh-key-passphrase": "passphrase",
  "ssh-known-hosts": "known-hosts",
};

/** The server of a probe, or what is wrong with its values. */
export function sshTarget(config: Filled<"ssh">): SshTarget | ProbeAnswer {
  try {
    const target = readSshTarget({
      sshHost: config.host,
      sshPort: config.port,
      sshUser: config.user,
      sshKey: config.key,
      sshKeyPassphrase: config.passphrase,
      sshKnownHosts: config["known-hosts"],
    });
    if (target === undefined) throw new Error("an SSH probe without anything");
    return target;
  } catch (error) {
    const problems = error instanceof UserErrors ? error.problems : [error];
    const findings = problems.map((problem) => {
      if (!(problem instanceof UserError)) throw problem;
      const about = [KEYS[problem.where?.input ?? ""] ?? "host"];
      // A passphrase has no form of its own: it opens the key, or it is the wrong one.
      const verdict: Verdict = about[0] === "passphrase" ? "invalid" : "malformed";
      const why = problem.message.replace(/\.$/, "");
      return { verdict, about, why, mend: problem.hint };
    });
    return { findings, seen: findings[0]?.why ?? "" };
  }
}

/** Which part a login failed at, by what the foundation says of it. */
export function judge(error: unknown): ProbeAnswer {
  if (!(error instanceof UserError)) throw error;
  const { cause, hint } = error;
  const why = error.message.replace(/\.$/, "");
  if (error.where?.input === "ssh-known-hosts") return refused("invalid", ["known-hosts"], why, hint);
  if (error.where?.input === "ssh-key") return refused("invalid", ["key"], why, hint);
  if (cause instanceof HandshakeFailure && cause.keyAccepted)
    return refused("insufficient", ["key"], why, hint);
  throw new NoVerdict(why, hint);
}
