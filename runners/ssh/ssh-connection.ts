import type { Socket } from 'node:net';
import type { Client } from 'ssh2';
import type { HilError } from '../../harness/hil-error.ts';
import type { SshAddress } from './ssh-address.ts';
import { classifySshFault, SshError } from './ssh-error.ts';

/** A board that is gone never finishes the closing handshake. */
const closeTimeoutMs = 500;

/** An open SSH connection. Disposing it is idempotent, bounded in time and never fails. */
export class SshConnection implements AsyncDisposable {
  readonly address: SshAddress;
  readonly client: Client;
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  #failure: HilError | undefined;
  #open = true;

  /** @param client - Logged in, over `socket`. */
  constructor(address: SshAddress, client: Client, socket: Socket) {
    this.address = address;
    this.client = client;
    this.#socket = socket;
    client.on('error', (error) => {
      this.#failure ??= new SshError(address, classifySshFault(error, true), error.message, error);
    });
    this.#closed = new Promise((resolve) => {
      client.once('close', () => {
        this.#open = false;
        resolve();
      });
    });
  }

  get alive(): boolean {
    return this.#open && this.#failure === undefined;
  }

  /** Why nothing works over this connection (any more). */
  lost(details: string, cause?: unknown): HilError {
    return this.#failure ?? new SshError(this.address, 'lost', details, cause);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.client.end();
    const timer = setTimeout(() => this.#socket.destroy(), closeTimeoutMs);
    await this.#closed;
    clearTimeout(timer);
  }
}
