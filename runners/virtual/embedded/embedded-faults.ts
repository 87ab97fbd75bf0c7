/** What goes wrong on an embedded board: for tests, and for showing how the harness takes it. All off by default. */
export interface EmbeddedFaults {
  /** No server listens on the port. */
  readonly refuseConnections?: boolean;
  /** The server shows another host key than the one its address promises. */
  readonly changeHostKey?: boolean;
  /** The server closes the connection before it says anything, as dropbear does when it has too many. */
  readonly closeEarly?: boolean;
  /** The connection breaks once it has carried this many bytes after the login, in both directions together. */
  readonly dropAfterBytes?: number;
  /** The server opens no channels, as OpenSSH above MaxSessions. */
  readonly noSessions?: boolean;
  /** The device runner does not speak the protocol. */
  readonly speech?: 'garbage' | 'half-frame' | 'wrong-version' | 'silence';
  readonly run?: RunFault;
  /** The disk has no room for another byte. */
  readonly diskFull?: boolean;
  readonly readOnly?: boolean;
  /** The SSH server has no SFTP, as dropbear often. */
  readonly noSftp?: boolean;
}

/** What happens when a network is to run. */
export type RunFault = {
  /** How often, then all is well again; always if absent. */
  readonly times?: number;
} & (
  | { readonly kind: 'vendor-status'; readonly status: number }
  /** The device runner dies, of this signal. */
  | { readonly kind: 'die'; readonly signal: 'SEGV' | 'KILL' | 'ABRT' }
  /** The run takes this much longer. */
  | { readonly kind: 'hang'; readonly ms: number }
);
