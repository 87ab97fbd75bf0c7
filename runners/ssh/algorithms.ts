import type { ConnectConfig } from 'ssh2';
import type { SshAlgorithms } from './ssh-address.ts';

/** What firmware from before 2020 may need: dropbear before 2013.61 knows only group1 and group14 with SHA-1. */
export const legacyAlgorithms = {
  kex: ['diffie-hellman-group14-sha1', 'diffie-hellman-group1-sha1'],
  serverHostKey: ['ssh-rsa'],
  cipher: ['aes256-cbc', 'aes128-cbc', '3des-cbc'],
} as const;

/** ssh2 accepts this by default; it signs with SHA-1. */
const noLonger = ['ssh-rsa'];

/** The algorithms to offer: the usual ones without SHA-1 host keys, and after them what one machine is allowed. */
export function offeredAlgorithms(old: SshAlgorithms | undefined): NonNullable<ConnectConfig['algorithms']> {
  const append = (names: readonly string[] | undefined) => ({ append: [...(names ?? [])] });
  return {
    kex: append(old?.kex),
    serverHostKey: {
      remove: noLonger.filter((name) => !(old?.serverHostKey ?? []).includes(name)),
      ...append((old?.serverHostKey ?? []).filter((name) => !noLonger.includes(name))),
    },
    cipher: append(old?.cipher),
    hmac: append(old?.hmac),
  } as NonNullable<ConnectConfig['algorithms']>;
}

const uses: Readonly<Record<string, keyof SshAlgorithms>> = {
  'KEX method': 'kex',
  'Host key format': 'serverHostKey',
  'C->S cipher': 'cipher',
  'S->C cipher': 'cipher',
  'C->S MAC': 'hmac',
  'S->C MAC': 'hmac',
};

/**
 * Listens to what ssh2 tells about the negotiation, to nothing else of its debug output, and can say afterwards what both
 * sides offered where they found nothing in common.
 */
export class NegotiationNotes {
  readonly #offers = new Map<string, { local: string; remote: string }>();
  /** How the server introduces itself, e.g. `SSH-2.0-dropbear_2022.83`. */
  serverIdent = '';

  /** For ssh2's `debug`. */
  readonly listen = (line: string): void => {
    this.serverIdent = /^Remote ident: '(.*)'$/.exec(line)?.[1] ?? this.serverIdent;
    const [, side, use = '', names = ''] = /^Handshake: \((local|remote)\) ([^:]+): (.*)$/.exec(line) ?? [];
    if (!(use in uses)) return;
    const offer = this.#offers.get(use) ?? { local: '', remote: '' };
    this.#offers.set(use, side === 'local' ? { ...offer, local: names } : { ...offer, remote: names });
  };

  /** The first use for which nothing is in common, e.g. `ours: a, b; the board’s: c`, and the entry that allows it. */
  explain(): { readonly details: string; readonly entry: string } | undefined {
    for (const [use, { local, remote }] of this.#offers) {
      const ours = local.split(',');
      const theirs = remote.split(',').filter((name) => !/^(ext-info|kex-strict)/.test(name));
      if (theirs.some((name) => ours.includes(name))) continue;
      return {
        details: `${use}: this machine offers ${ours.join(', ')}; the board offers ${theirs.join(', ')}`,
        entry: `algorithms: { ${uses[use]!}: [${theirs[0] ?? ''}] }`,
      };
    }
    return undefined;
  }
}
