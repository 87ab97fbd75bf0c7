import { type ErrorOwner, HilError, type RetryAdvice } from '../../harness/hil-error.ts';
import { type SshEndpoint, sshCommandFor } from './ssh-address.ts';

interface SshFault {
  readonly code: `HIL_SSH_${string}`;
  readonly retry: RetryAdvice;
  readonly owner?: ErrorOwner;
  /** Continues "board pi (10.0.0.7:22) …". */
  readonly says: string;
  readonly hint: string;
}

const faults = {
  refused: {
    code: 'HIL_SSH_REFUSED',
    retry: 'same-board',
    says: 'refuses connections',
    hint: 'The board is up but no SSH server listens on this port: wait until it has booted, or check the port, then try: {ssh}',
  },
  unreachable: {
    code: 'HIL_SSH_UNREACHABLE',
    retry: 'other-board',
    says: 'cannot be reached',
    hint: 'Check its power, cable and network, then try: {ssh}',
  },
  name: {
    code: 'HIL_SSH_NAME',
    retry: 'same-board',
    says: 'has a host name that cannot be resolved',
    hint: 'Check the host name in the inventory and the resolver of this machine, then try: {ssh}',
  },
  handshake: {
    code: 'HIL_SSH_HANDSHAKE_TIMEOUT',
    retry: 'same-board',
    says: 'accepts connections but does not finish the SSH handshake',
    hint: 'The board hangs or is overloaded: try {ssh}, then switch it off and on.',
  },
  closed: {
    code: 'HIL_SSH_CLOSED_EARLY',
    retry: 'same-board',
    says: 'closed the connection before the SSH handshake was complete',
    hint: 'Its server limits open connections (dropbear: 5 per address): end other connections to it, then try: {ssh}',
  },
  hostKeyChanged: {
    code: 'HIL_SSH_HOST_KEY_CHANGED',
    retry: 'never',
    says: 'identifies itself with another host key than the one on record',
    hint: 'Find out why before anything else: was it flashed again, or is this another machine? Only then pin the new key: npx hil board trust {board}',
  },
  hostKeyUnknown: {
    code: 'HIL_SSH_HOST_KEY_UNKNOWN',
    retry: 'never',
    says: 'has no host key on record',
    hint: 'Compare the fingerprint with what the board’s own console prints (ssh-keygen -l), then pin it: npx hil board trust {board}',
  },
  login: {
    code: 'HIL_SSH_LOGIN',
    retry: 'other-board',
    says: 'accepts none of the configured ways to log in',
    hint: 'Check user and key in the inventory and authorized_keys on the board, then try: {ssh}',
  },
  algorithms: {
    code: 'HIL_SSH_ALGORITHMS',
    retry: 'never',
    says: 'has no SSH algorithm in common with this machine',
    hint: 'Its SSH server is old. Update it, or write algorithms: { legacy: true } into its entry in hil.config.yaml.',
  },
  behindJump: {
    code: 'HIL_SSH_BEHIND_JUMP',
    retry: 'same-board',
    says: 'cannot be reached from the jump host',
    hint: 'Check that the board is up and that the jump host may forward to it (AllowTcpForwarding), then try: {ssh}',
  },
  configuration: {
    code: 'HIL_SSH_CONFIG',
    retry: 'other-board',
    says: 'has an entry in hil.config.yaml that the SSH client refuses',
    hint: 'Correct algorithms in the entry; `ssh -Q kex`, `ssh -Q HostKeyAlgorithms` and `ssh -Q cipher` list names.',
  },
  lost: {
    code: 'HIL_SSH_LOST',
    retry: 'same-board',
    says: 'is no longer connected',
    hint: 'Check whether it rebooted and how its network is, then run again: {ssh}',
  },
  frozen: {
    code: 'HIL_SSH_FROZEN',
    retry: 'same-board',
    says: 'no longer answers, though the connection is open',
    hint: 'The board is frozen or off the network: look at its console, then switch it off and on.',
  },
  stalled: {
    code: 'HIL_SSH_STALLED',
    retry: 'same-board',
    says: 'takes no more of an upload, though it is connected',
    hint: 'Check its disk (dmesg, df) and its load, then run again: {ssh}',
  },
  corrupt: {
    code: 'HIL_SSH_CORRUPT',
    retry: 'same-board',
    says: 'sent a packet that was damaged on the way',
    hint: 'Suspect cable, adapter or network between here and the board; run again after you have checked them.',
  },
  channels: {
    code: 'HIL_SSH_CHANNELS',
    retry: 'same-board',
    owner: 'harness',
    says: 'refuses another channel on this connection',
    hint: 'Its server allows few channels for each connection (OpenSSH: MaxSessions): raise the limit there, or report this as a bug.',
  },
  other: {
    code: 'HIL_SSH_FAILED',
    retry: 'same-board',
    says: 'gave an SSH error',
    hint: 'Try it by hand: {ssh}',
  },
} as const satisfies Record<string, SshFault>;

export type SshFaultName = keyof typeof faults;

/** The board cannot be used over SSH. Never contains a password or key. */
export class SshError extends HilError {
  readonly code: `HIL_SSH_${string}`;
  readonly owner: ErrorOwner;
  override readonly retry: RetryAdvice;

  constructor(
    endpoint: SshEndpoint,
    fault: SshFaultName,
    details: string,
    cause?: unknown,
    options?: { readonly hint: string },
  ) {
    const { code, retry, says, hint, ...rest }: SshFault = faults[fault];
    super(
      `board ${endpoint.name} (${endpoint.host}:${endpoint.port}) ${says}${details === '' ? '' : `: ${details}`}`,
      {
        hint:
          options?.hint ??
          hint
            .replace('{ssh}', sshCommandFor(endpoint))
            .replace('{board}', endpoint.name.replace(/:.*$/, '')),
        ...(cause === undefined ? {} : { cause }),
      },
    );
    this.code = code;
    this.owner = rest.owner ?? 'lab';
    this.retry = retry;
  }
}

const byCode: Readonly<Record<string, SshFaultName>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ETIMEDOUT: 'unreachable',
  ENOTFOUND: 'name',
  EAI_AGAIN: 'name',
};

// The texts are ssh2's (1.17); it gives most of its errors no code.
const byMessage: readonly (readonly [RegExp, SshFaultName])[] = [
  [/^Timed out while waiting for handshake/, 'handshake'],
  [/^Connection lost before handshake/, 'closed'],
  [/^All configured authentication methods failed/, 'login'],
  [/^Handshake failed: no matching/, 'algorithms'],
  [/^Keepalive timeout/, 'frozen'],
  [
    /Bad packet|Packet length|Invalid MAC|HMAC|decrypt|Invalid block length|unable to authenticate data/i,
    'corrupt',
  ],
  // OpenSSL's own words, out of ssh2's native binding.
  [/^error:[0-9a-f]{8}:/i, 'corrupt'],
  [/^\(SSH\) Channel open failure/, 'channels'],
  [/^Not connected|^No response from server|ECONNRESET|EPIPE/, 'lost'],
];

/** The fault that an error of ssh2 or of the socket shows. */
export function classifySshFault(error: Error & { code?: unknown }, ready: boolean): SshFaultName {
  const named = typeof error.code === 'string' ? byCode[error.code] : undefined;
  if (named !== undefined) return ready ? 'lost' : named;
  const fault = byMessage.find(([pattern]) => pattern.test(error.message))?.[1] ?? 'other';
  return fault === 'lost' && !ready ? 'closed' : fault;
}
