import ssh2, { type ParsedKey } from 'ssh2';

export interface FreshKey {
  /** The private key in OpenSSH's form. */
  readonly text: string;
  readonly key: ParsedKey;
}

/** A new ed25519 key pair. */
export function freshKey(): FreshKey {
  for (;;) {
    const { private: text } = ssh2.utils.generateKeyPairSync('ed25519');
    const key = ssh2.utils.parseKey(text);
    // ssh2 1.17 drops a leading zero byte of the public key and cannot read one key of 256 (mscdex/ssh2#1390).
    if (!(key instanceof Error)) return { text, key };
  }
}
