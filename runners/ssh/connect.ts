import type { Duplex } from 'node:stream';
import type { Cancellable } from '../../harness/cancellable.ts';
import { Gate } from './gate.ts';
import { logIn } from './log-in.ts';
import { openSocket } from './open-socket.ts';
import type { SshAddress, SshEndpoint } from './ssh-address.ts';
import type { SshConnection } from './ssh-connection.ts';
import { SshError } from './ssh-error.ts';

export interface ConnectOptions extends Cancellable {
  /** Limit for the TCP connection, to each machine on the way. */
  readonly connectTimeoutMs?: number | undefined;
  /** Limit for the SSH handshake and the login together, of each machine on the way. */
  readonly handshakeTimeoutMs?: number | undefined;
  /** A board that answers none of four keepalives is taken for frozen. */
  readonly keepaliveMs?: number | undefined;
  /** Told of the host key of each machine on the way, before it is checked. */
  readonly onHostKey?: ((endpoint: SshEndpoint, fingerprint: string) => void) | undefined;
}

// Servers turn away those who come all at once (dropbear: 5 that have not logged in, for each address); boards do not wait
// for each other.
const handshakes = new Map<string, Gate>();

function gateOf({ host, port }: SshEndpoint): Gate {
  const key = `${host} ${port}`;
  const gate = handshakes.get(key) ?? new Gate(4);
  handshakes.set(key, gate);
  return gate;
}

/**
 * Opens one SSH connection, through jump hosts if there are any. Every host key must be a pinned one; keepalives tell a
 * frozen board within 12 seconds. The connection owns those to the jump hosts.
 *
 * @throws {SshError} Owner `lab`, with one code for each way it can fail; it names the machine on the way that failed.
 */
export async function connect(address: SshAddress, options: ConnectOptions): Promise<SshConnection> {
  const { jump = [] } = address;
  let via: SshConnection | undefined;
  try {
    for (const hop of jump) via = await connectVia(hop, via, options);
    return await connectVia(address, via, options);
  } catch (error) {
    await via?.[Symbol.asyncDispose]();
    throw error;
  }
}

function connectVia(
  endpoint: SshEndpoint,
  via: SshConnection | undefined,
  options: ConnectOptions,
): Promise<SshConnection> {
  const {
    signal,
    connectTimeoutMs = 10_000,
    handshakeTimeoutMs = 15_000,
    keepaliveMs = 3000,
    onHostKey,
  } = options;
  return gateOf(endpoint).pass(async () => {
    signal?.throwIfAborted();
    const stream = via
      ? await openThrough(via, endpoint, { signal, timeoutMs: connectTimeoutMs })
      : await openSocket(endpoint, { signal, timeoutMs: connectTimeoutMs });
    return logIn(endpoint, stream, {
      signal,
      handshakeTimeoutMs,
      keepaliveMs,
      via,
      onHostKey: onHostKey && ((fingerprint) => onHostKey(endpoint, fingerprint)),
    });
  }, options);
}

function openThrough(
  via: SshConnection,
  endpoint: SshEndpoint,
  { signal, timeoutMs }: Cancellable & { readonly timeoutMs: number },
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    let given = false;
    const settle = (): void => {
      given = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const giveUp = (error: Error): void => {
      settle();
      reject(error);
    };
    const onAbort = (): void => giveUp(signal?.reason as Error);
    const timer = setTimeout(
      () =>
        giveUp(
          new SshError(
            endpoint,
            'behindJump',
            `${via.endpoint.name} did not get through within ${timeoutMs} ms`,
          ),
        ),
      timeoutMs,
    );
    signal?.addEventListener('abort', onAbort);
    via.client.forwardOut('127.0.0.1', 0, endpoint.host, endpoint.port, (error, stream) => {
      if (given) {
        stream?.destroy();
        return;
      }
      if (error) {
        giveUp(
          via.alive
            ? new SshError(endpoint, 'behindJump', `${via.endpoint.name} says "${error.message}"`, error)
            : via.lost('it ended while a way through it was opened', error),
        );
        return;
      }
      settle();
      resolve(stream);
    });
  });
}
