import { optional, secret, text } from "../runtime/inputs.ts";
import { throwProblems, UserError, UserErrors, type Where } from "../runtime/user-error.ts";
import type { SshTarget } from "./connect.ts";
import { NO_PINS, parseHostPins } from "./known-hosts.ts";
import { normalisePrivateKey } from "./private-key.ts";
import { checkUser, parseSshHost, parseSshPort } from "./target.ts";

/** The inputs of every action that reaches its target over SSH, for its InputSpec. */
export const sshInputs = {
  "ssh-host": optional(text()),
  "ssh-port": optional(text()),
  "ssh-user": optional(text()),
  "ssh-key": optional(secret()),
  "ssh-key-passphrase": optional(secret()),
  "ssh-known-hosts": optional(text()),
} as const;

/** Their values; a missing or empty one is unset. */
export type SshInputs = {
  readonly sshHost?: string | undefined;
  readonly sshPort?: string | undefined;
  readonly sshUser?: string | undefined;
  readonly sshKey?: string | undefined;
  readonly sshKeyPassphrase?: string | undefined;
  readonly sshKnownHosts?: string | undefined;
};

const DEFAULT_PORT = 22;

/**
 * The SSH server that the inputs describe; undefined when none of them is set. Without pins the target has none, and
 * connecting fails with the line to add. Throws a UserError or UserErrors: every mistake, each with its input.
 */
export function readSshTarget(inputs: SshInputs): SshTarget | undefined {
  const given = (value: string | undefined) => (value?.trim() ? value.trim() : undefined);
  const [hostText, portText, userText] = [
    given(inputs.sshHost),
    given(inputs.sshPort),
    given(inputs.sshUser),
  ];
  const [keyText, passphrase] = [given(inputs.sshKey), given(inputs.sshKeyPassphrase)];
  const pinsText = given(inputs.sshKnownHosts);
  if (!(hostText ?? portText ?? userText ?? keyText ?? passphrase ?? pinsText)) return undefined;

  const problems: UserError[] = [];
  const read = <T>(input: string, fallback: T, parse: () => T): T => {
    try {
      return parse();
    } catch (error) {
      problems.push(...located(error, input));
      return fallback;
    }
  };
  const written = read("ssh-host", undefined, () =>
    hostText === undefined ? missing("ssh-host", "where to connect") : parseSshHost(hostText),
  );
  const port = read("ssh-port", undefined, () =>
    once("port", portText === undefined ? undefined : parseSshPort(portText), written?.port),
  );
  const user = read("ssh-user", "", () => {
    if (userText !== undefined) checkUser(userText);
    const name = once("user", userText, written?.user);
    if (name === undefined && written !== undefined) missing("ssh-user", "as whom to log in");
    return name ?? "";
  });
  const privateKey = read("ssh-key", "", () =>
    keyText === undefined ? missing("ssh-key", "with which key") : normalisePrivateKey(keyText, passphrase),
  );
  const pins = read("ssh-known-hosts", NO_PINS, () =>
    pinsText === undefined ? NO_PINS : parseHostPins(pinsText),
  );
  throwProblems(problems);
  return { host: written?.host ?? "", port: port ?? DEFAULT_PORT, user, privateKey, passphrase, pins };
}

function missing(input: string, what: string): never {
  throw new UserError(`Input ${input} is missing: the SSH inputs do not say ${what}.`, {
    hint: `Set '${input}', or none of the ssh-… inputs. A secret that does not exist gives an empty value.`,
  });
}

/** What stands in an input of its own or in ssh-host; both only if they say the same. */
function once<T>(what: string, separate: T | undefined, inHost: T | undefined): T | undefined {
  if (separate !== undefined && inHost !== undefined && separate !== inHost) {
    throw new UserError(`The SSH ${what} is given twice, differently: in ssh-${what} and in ssh-host.`, {
      hint: "Give it once.",
    });
  }
  return separate ?? inHost;
}

/** The problems behind an error, each with the input that it is about. */
function located(error: unknown, input: string): readonly UserError[] {
  if (error instanceof UserErrors) return error.problems.flatMap((problem) => located(problem, input));
  if (!(error instanceof UserError)) throw error;
  if (error.where?.input !== undefined) return [error];
  const where: Where = { ...error.where, input };
  return [new UserError(error.message, { hint: error.hint, where, cause: error.cause })];
}
