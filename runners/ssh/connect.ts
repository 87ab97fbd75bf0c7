import { createConnection, type Socket } from 'node:net';
import ssh2, { type AnyAuthMethod, type ConnectConfig } from 'ssh2';
import type { Cancellable } from '../../harness/cancellable.ts';
import { batchWrites } from './batch-writes.ts';
import { fingerprintOf, isPinned } from './host-key.ts';
import type { SshAddress, SshCredential } from './ssh-address.ts';
import { SshConnection } from './ssh-connection.ts';
import { classifySshFault, SshError } from './ssh-error.ts';

export interface ConnectOptions extends Cancellable {
  /** Limit for the TCP connection. */
  readonly connectTimeoutMs?: number;
  /** Limit for the SSH handshake and the login together. */
  readonly handshakeTimeoutMs?: number;
  /** A board that answers none of four keepalives is taken for frozen. */
  readonly keepaliveMs?: number;
}

/**
 * Opens one SSH connection. The host key must be a pinned one; keepalives tell a frozen board within 12 seconds.
 *
 * @throws {SshError} Owner `lab`, with one code for each way it can fail.
 */
export async function connect(address: SshAddress, options: ConnectOptions): Promise<SshConnection> {
  options.signal?.throwIfAborted();
  const socket = await openSocket(address, options);
  return logIn(address, socket, options);
}

function openSocket(
  address: SshAddress,
  { signal, connectTimeoutMs: timeoutMs = 10_000 }: ConnectOptions,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { host, port } = address;
    // noDelay takes effect only where the socket is made with it: a step on an open channel costs 40 ms without.
    const socket = batchWrites(createConnection({ host, port, noDelay: true, keepAlive: true }));
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.off('error', onError);
    };
    const giveUp = (error: Error): void => {
      settle();
      socket.on('error', () => undefined);
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => giveUp(signal?.reason as Error);
    const onError = (error: Error): void =>
      giveUp(new SshError(address, classifySshFault(error, false), error.message, error));
    const timer = setTimeout(
      () => giveUp(new SshError(address, 'unreachable', `no TCP connection within ${timeoutMs} ms`)),
      timeoutMs,
    );
    signal?.addEventListener('abort', onAbort);
    socket.once('error', onError);
    socket.once('connect', () => {
      settle();
      resolve(socket);
    });
  });
}

function logIn(
  address: SshAddress,
  socket: Socket,
  { signal, handshakeTimeoutMs = 15_000, keepaliveMs = 3000 }: ConnectOptions,
): Promise<SshConnection> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
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
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => giveUp(signal?.reason as Error);
    const onError = (error: Error & { level?: string }): void => {
      // An agent that is gone is one way to log in less; the next is tried.
      if (error.level === 'agent') return;
      giveUp(hostKeyFault ?? new SshError(address, classifySshFault(error, false), error.message, error));
    };
    const onClose = (): void => giveUp(new SshError(address, 'closed', 'the board closed the connection'));
    signal?.addEventListener('abort', onAbort);
    client.on('error', onError);
    client.once('close', onClose);
    client.once('ready', () => {
      settle();
      resolve(new SshConnection(address, client, socket));
    });
    client.connect({
      sock: socket,
      username: address.user,
      readyTimeout: handshakeTimeoutMs,
      keepaliveInterval: keepaliveMs,
      keepaliveCountMax: 3,
      hostVerifier: (key: Buffer): boolean => {
        hostKeyFault = checkHostKey(address, key);
        return hostKeyFault === undefined;
      },
      authHandler: address.credentials.map((credential) => authMethod(address, credential)),
    } satisfies ConnectConfig);
  });
}

function checkHostKey(address: SshAddress, key: Buffer): SshError | undefined {
  const found = fingerprintOf(key);
  if (isPinned(found, address.hostKeys)) return undefined;
  return address.hostKeys.length === 0
    ? new SshError(address, 'hostKeyUnknown', `it shows ${found}`)
    : new SshError(
        address,
        'hostKeyChanged',
        `it shows ${found}, on record is ${address.hostKeys.join(' or ')}`,
      );
}

function authMethod({ user: username }: SshAddress, credential: SshCredential): AnyAuthMethod {
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
