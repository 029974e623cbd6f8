import { isIP } from "node:net";
import { parseSshHost } from "../../../../shared/ssh/target.ts";
import { type Fault, formed, type Kind } from "./kind.ts";

function hostFaults(value: string): readonly Fault[] {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value))
    return [
      { why: "it is a URL, not a host", mend: "Keep only what stands between // and the next / or colon." },
    ];
  if (value.includes("/")) return [{ why: "it has a / in it", mend: "Keep only the host." }];
  try {
    if (isIP(value) === 0) parseSshHost(value);
    return [];
  } catch {
    return [{ why: "it is no host name or IP address", mend: "Set it to a name such as db.example.com." }];
  }
}

function portFaults(value: string): readonly Fault[] {
  const right = /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65_535;
  return right ? [] : [{ why: "it is no port from 1 to 65535", mend: "Set it to the number alone." }];
}

function urlFaults(value: string): readonly Fault[] {
  const url = URL.parse(value);
  const right = url !== null && /^https?:$/.test(url.protocol) && !/\s/.test(value);
  return right ? [] : [{ why: "it is no web address", mend: "Set it to a URL that begins with https://." }];
}

/** Kinds that are no credentials: where something is, and what it is called. */
export const addressKinds = {
  text: { about: "a text", credential: false },
  host: {
    about: "a host name",
    credential: false,
    names: /(?:^|_)HOST(?:NAME)?$|(?:^|_)SERVER(?:_IP)?$|(?:^|_)IP$/,
    faults: hostFaults,
  },
  port: { about: "a port", credential: false, names: /(?:^|_)PORT$/, faults: portFaults },
  user: {
    about: "a user name",
    credential: false,
    names: /(?:^|_)USER(?:NAME)?$/,
    faults: formed(/^[^\p{Cc}]{1,256}$/u, "one line of at most 256 characters", "Set it to the name alone."),
  },
  "database-name": {
    about: "the name of a database",
    credential: false,
    names: /(?:^|_)(?:DB|DATABASE)(?:_NAME)?$/,
  },
  email: {
    about: "an e-mail address",
    credential: false,
    names: /(?:^|_)(?:E?MAIL)(?:_FROM|_TO)?$/,
    faults: formed(
      /^[^\s@]+@[^\s@]+$/,
      "an e-mail address",
      "Set it to the address alone, without a name around it.",
    ),
  },
  url: { about: "a web address", credential: false, names: /(?:^|_)URL$/, faults: urlFaults },
} as const satisfies Readonly<Record<string, Kind>>;
