import ssh2 from "ssh2";

/**
 * A new Ed25519 key pair in OpenSSH's format. ssh2 1.17 drops the zero bytes that a public key begins with (keygen.js;
 * one pair in 256), and what it then writes is no key: such a pair is made anew.
 */
export function newSshKey(): { readonly private: string; readonly public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync("ed25519");
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}
