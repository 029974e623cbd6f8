import { parseDatabaseUrl } from "../../../../shared/postgres/address.ts";
import { UserError, UserErrors } from "../../../../shared/runtime/user-error.ts";
import { parseHostPins } from "../../../../shared/ssh/known-hosts.ts";
import { sshKeyFaults } from "../ssh-key.ts";
import type { Fault, Kind } from "./kind.ts";

/** What a parser of the foundation finds wrong. Its messages repeat no values. */
function refusals(parse: () => unknown): readonly Fault[] {
  try {
    parse();
    return [];
  } catch (error) {
    const problems = error instanceof UserErrors ? error.problems : [error];
    return problems.map((problem) => {
      if (!(problem instanceof UserError)) throw problem;
      const why = problem.message.replace(/\.$/, "");
      return { why: why.charAt(0).toLowerCase() + why.slice(1), mend: problem.hint };
    });
  }
}

/** Kinds that programs read by rules of their own. */
export const keyKinds = {
  "ssh-key": {
    about: "a private SSH key",
    credential: true,
    multiline: true,
    names: /(?:SSH|DEPLOY).*(?:^|_)(?:PRIVATE_)?KEY$|(?:^|_)PRIVATE_KEY$|(?:^|_)SSH_KEY$/,
    typical: /^-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/,
    faults: sshKeyFaults,
  },
  "ssh-known-hosts": {
    about: "known_hosts lines",
    credential: false,
    multiline: true,
    names: /KNOWN_?HOSTS$|(?:^|_)HOST_?KEYS?$/,
    faults: (value: string) => {
      const faults = refusals(() => parseHostPins(value));
      if (faults.length > 0 || value.split("\n").some((line) => /^\s*[^#\s]/.test(line))) return faults;
      return [
        {
          why: "it has no line with a host key",
          mend: "ssh-keyscan shows the lines; compare them with the server's own.",
        },
      ];
    },
  },
  "database-url": {
    about: "a database URL",
    credential: true,
    names: /(?:^|_)(?:DATABASE|DB|POSTGRES(?:QL)?|PG)_UR[LI]$/,
    typical: /^postgres(?:ql)?:\/\/\S+$/,
    faults: (value: string) => refusals(() => parseDatabaseUrl(value)),
  },
} as const satisfies Readonly<Record<string, Kind>>;
