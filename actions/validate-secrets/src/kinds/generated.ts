import type { Fault, Kind } from "./kind.ts";

// RFC 7518 section 3.2: "A key of the same size as the hash output […] or larger MUST be used"; HS256 has 256 bits.
const SHORTEST_HMAC_KEY_BYTES = 32;

function jwtFaults(value: string): readonly Fault[] {
  if (/^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]*$/.test(value)) {
    return [
      {
        why: "it is a token (JWT), not the secret that signs tokens",
        mend: "Set the signing secret instead.",
      },
    ];
  }
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(value)) return [];
  const short = Buffer.byteLength(value) < SHORTEST_HMAC_KEY_BYTES;
  const why = `it is shorter than ${SHORTEST_HMAC_KEY_BYTES} characters, the least that HS256 allows`;
  return short ? [{ why, mend: "Generate a longer one." }] : [];
}

/** Kinds that somebody made up: what counts is that nobody can guess them. */
export const generatedKinds = {
  password: {
    about: "a password",
    credential: true,
    names: /PASS(?:WORD|WD|PHRASE)?$|(?:^|_)PWD$/,
    minBits: 30,
  },
  "jwt-secret": {
    about: "a secret that signs tokens",
    credential: true,
    names: /(?:^|_)JWT(?:_|$)|(?:^|_)(?:SESSION|COOKIE|SIGNING|NEXTAUTH|AUTH)_SECRET$|SECRET_KEY_BASE$/,
    faults: jwtFaults,
    minBits: 128,
    generate: "openssl rand -base64 32",
  },
  token: {
    about: "a token",
    credential: true,
    names: /(?:^|_)(?:TOKEN|API_?KEY|SECRET|ACCESS_KEY|KEY)$/,
    minBits: 40,
  },
} as const satisfies Readonly<Record<string, Kind>>;
