/** A machine that is reached over SSH and how: knowledge, nothing opened. */
export interface SshEndpoint {
  /** What people call it, for messages: the board's name, or `jump host gateway`. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Accepted host keys as `ssh-keygen -l` prints them (`SHA256:…`); several allow a planned change of keys. */
  readonly hostKeys: readonly string[];
  /** Ways to log in, tried in this order. */
  readonly credentials: readonly SshCredential[];
  /** Old algorithms to accept besides the usual ones. */
  readonly oldAlgorithms?: SshAlgorithms | undefined;
}

/** Where a board is reached over SSH and how. */
export interface SshAddress extends SshEndpoint {
  /** Absolute folder on the board that belongs to the harness. */
  readonly workFolder: string;
  /** Hosts to go through, nearest to here first. */
  readonly jump?: readonly SshEndpoint[] | undefined;
}

/** Names of algorithms, under ssh2's own names for their uses. */
export interface SshAlgorithms {
  readonly kex?: readonly string[] | undefined;
  readonly serverHostKey?: readonly string[] | undefined;
  readonly cipher?: readonly string[] | undefined;
  readonly hmac?: readonly string[] | undefined;
}

export type SshCredential =
  | { readonly kind: 'agent'; /** Path of the agent's socket. */ readonly socket: string }
  | {
      readonly kind: 'key';
      /** The private key itself, in OpenSSH or PEM form. */
      readonly privateKey: string;
      readonly passphrase?: string | undefined;
    }
  | { readonly kind: 'password'; readonly password: string };

/** The command that a person can try by hand. */
export const sshCommandFor = ({ host, port, user, jump }: SshEndpoint & Pick<SshAddress, 'jump'>): string => {
  const through = (jump ?? []).map((hop) => `${hop.user}@${hop.host}:${hop.port}`).join(',');
  return `ssh ${through === '' ? '' : `-J ${through} `}-p ${port} ${user}@${host} true`;
};
