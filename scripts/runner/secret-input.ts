const secretWords: ReadonlySet<string> = new Set([
  ...["token", "tokens", "password", "passwords", "passphrase", "passphrases", "secret", "secrets"],
  ...["key", "keys", "identity", "identities", "credential", "credentials", "dsn", "authorization", "cookie"],
  "headers",
  // Addresses of servers that must not be touched, with the login to find out who they are.
  "never",
]);
// These carry a password, or are one: whoever knows a deploy hook's address can deploy.
const secretAddress =
  /(?:^|-)(?:database|scratch|baseline|db|redis|smtp|amqp|dsn|hook|webhook|deploy-hook)-urls?$|(?:^|-)(?:web)?hooks?$/;
const publicKey = /(?:^|-)public-keys?$/;
// A switch that says whether there are some.
const aboutSecrets = /^include-/;

/**
 * Whether an input of this name holds a secret, which never goes on a command line. An action.yml cannot say so, hence
 * the name: its last word, or what a `…-url` is the address of. `ssh-key-file` and `key-prefix` are no secrets.
 */
export function isSecretInput(name: string): boolean {
  const folded = name.toLowerCase().replace(/[_\s]+/g, "-");
  if (publicKey.test(folded) || aboutSecrets.test(folded)) return false;
  return secretWords.has(folded.split("-").at(-1) ?? "") || secretAddress.test(folded);
}
