/** Where a board is reached over SSH and how: knowledge, nothing opened. */
export interface SshAddress {
  /** The board's name, for messages. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Accepted host keys as `ssh-keygen -l` prints them (`SHA256:…`); several allow a planned change of keys. */
  readonly hostKeys: readonly string[];
  /** Ways to log in, tried in this order. */
  readonly credentials: readonly SshCredential[];
  /** Absolute folder on the board that belongs to the harness. */
  readonly workFolder: string;
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
export const sshCommandFor = ({ host, port, user }: SshAddress): string =>
  `ssh -p ${port} ${user}@${host} true`;
