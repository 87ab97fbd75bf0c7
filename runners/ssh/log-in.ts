import type { Duplex } from 'node:stream';
import ssh2, { type AnyAuthMethod, type ConnectConfig } from 'ssh2';
import type { Cancellable } from '../../harness/cancellable.ts';
import { NegotiationNotes, offeredAlgorithms } from './algorithms.ts';
import { fingerprintOf, isPinned } from './host-key.ts';
import type { SshCredential, SshEndpoint } from './ssh-address.ts';
import { SshConnection } from './ssh-connection.ts';
import { classifySshFault, SshError } from './ssh-error.ts';

export interface LogInOptions extends Cancellable {
  readonly handshakeTimeoutMs: number;
  readonly keepaliveMs: number;
  /** The jump host that `stream` goes through; the new connection owns it. */
  readonly via?: SshConnection | undefined;
  /** Told of the host key that the machine shows, before it is checked. */
  readonly onHostKey?: ((fingerprint: string) => void) | undefined;
}

/**
 * Does the SSH handshake over an open stream and logs in. The host key must be a pinned one.
 *
 * @throws {SshError} If it fails; the stream is closed then.
 */
export function logIn(
  endpoint: SshEndpoint,
  stream: Duplex,
  { signal, handshakeTimeoutMs, keepaliveMs, via, onHostKey }: LogInOptions,
): Promise<SshConnection> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    const notes = new NegotiationNotes();
    let hostKeyFault: SshError | undefined;
    const settle = (): void => {
      signal?.removeEventListener('abort', onAbort);
      client.off('error', onError);
      client.off('close', onClose);
    };
    const giveUp = (error: Error): void => {
      settle();
      // ssh2 may report the same trouble again while it closes.
      client.on('error', () => undefined);
      stream.destroy();
      reject(error);
    };
    const onAbort = (): void => giveUp(signal?.reason as Error);
    const onError = (error: Error & { level?: string }): void => {
      // An agent that is gone is one way to log in less; the next is tried.
      if (error.level === 'agent') return;
      giveUp(hostKeyFault ?? handshakeError(endpoint, error, notes));
    };
    const onClose = (): void => giveUp(new SshError(endpoint, 'closed', 'the board closed the connection'));
    signal?.addEventListener('abort', onAbort);
    client.on('error', onError);
    client.once('close', onClose);
    client.once('ready', () => {
      settle();
      resolve(new SshConnection(endpoint, client, stream, { via, serverIdent: notes.serverIdent }));
    });
    try {
      client.connect({
        sock: stream,
        username: endpoint.user,
        readyTimeout: handshakeTimeoutMs,
        keepaliveInterval: keepaliveMs,
        keepaliveCountMax: 3,
        algorithms: offeredAlgorithms(endpoint.oldAlgorithms),
        debug: notes.listen,
        hostVerifier: (key: Buffer): boolean => {
          const fingerprint = fingerprintOf(key);
          onHostKey?.(fingerprint);
          hostKeyFault = checkHostKey(endpoint, fingerprint);
          return hostKeyFault === undefined;
        },
        authHandler: endpoint.credentials.map((credential) => authMethod(endpoint, credential)),
      } satisfies ConnectConfig);
    } catch (error) {
      giveUp(new SshError(endpoint, 'configuration', (error as Error).message));
    }
  });
}

function handshakeError(endpoint: SshEndpoint, error: Error, notes: NegotiationNotes): SshError {
  const fault = classifySshFault(error, false);
  if (fault === 'login') {
    const tried = endpoint.credentials.map(({ kind }) => kind).join(', ');
    return new SshError(endpoint, fault, `as ${endpoint.user} with ${tried || 'nothing at all'}`, error);
  }
  const negotiation = fault === 'algorithms' ? notes.explain() : undefined;
  if (negotiation === undefined) return new SshError(endpoint, fault, error.message, error);
  return new SshError(endpoint, fault, negotiation.details, error, {
    hint: `Its SSH server is old. Update it, or allow what it offers for this one machine: write ${negotiation.entry}, or algorithms: { legacy: true }, into its entry in hil.config.yaml.`,
  });
}

function checkHostKey(endpoint: SshEndpoint, found: string): SshError | undefined {
  if (isPinned(found, endpoint.hostKeys)) return undefined;
  return endpoint.hostKeys.length === 0
    ? new SshError(endpoint, 'hostKeyUnknown', `it shows ${found}`)
    : new SshError(
        endpoint,
        'hostKeyChanged',
        `it shows ${found}, on record is ${endpoint.hostKeys.join(' or ')}`,
      );
}

function authMethod({ user: username }: SshEndpoint, credential: SshCredential): AnyAuthMethod {
  switch (credential.kind) {
    case 'agent':
      return { type: 'agent', username, agent: credential.socket };
    case 'key': {
      const { privateKey: key, passphrase } = credential;
      return { type: 'publickey', username, key, ...(passphrase === undefined ? {} : { passphrase }) };
    }
    case 'password':
      return { type: 'password', username, password: credential.password };
  }
}
