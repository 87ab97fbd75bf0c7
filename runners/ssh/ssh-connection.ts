import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import type { HilError } from '../../harness/hil-error.ts';
import type { SshEndpoint } from './ssh-address.ts';
import { classifySshFault, SshError } from './ssh-error.ts';

/** A board that is gone never finishes the closing handshake. */
const closeTimeoutMs = 500;

/** An open SSH connection. Disposing it is idempotent, bounded in time and never fails. */
export class SshConnection implements AsyncDisposable {
  readonly endpoint: SshEndpoint;
  readonly client: Client;
  /** e.g. `SSH-2.0-OpenSSH_9.2p1 Debian-2`. */
  readonly serverIdent: string;
  /** Shell words that every long-running process of ours begins with; set by who holds the board's lock. */
  enter = '';
  #beforeClose: (() => Promise<void>) | undefined;
  readonly #stream: Duplex;
  readonly #via: SshConnection | undefined;
  readonly #closed: Promise<void>;
  #failure: HilError | undefined;
  #open = true;

  /**
   * @param client - Logged in, over `stream`.
   * @param facts - How the server introduces itself, and the connection to a jump host that `stream` goes through; it is
   *   closed with this one.
   */
  constructor(
    endpoint: SshEndpoint,
    client: Client,
    stream: Duplex,
    { serverIdent, via }: { readonly serverIdent: string; readonly via?: SshConnection | undefined },
  ) {
    this.endpoint = endpoint;
    this.client = client;
    this.#stream = stream;
    this.#via = via;
    this.serverIdent = serverIdent;
    client.on('error', (error) => {
      this.#failure ??= new SshError(endpoint, classifySshFault(error, true), error.message, error);
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

  get isDropbear(): boolean {
    return /-dropbear/i.test(this.serverIdent);
  }

  /** Why nothing works over this connection (any more). */
  lost(details: string, cause?: unknown): HilError {
    if (this.#via?.alive === false) return this.#via.lost(details, cause);
    return this.#failure ?? new SshError(this.endpoint, 'lost', details, cause);
  }

  /** Has work done before the connection is closed in order; bounded in time, and silent about failures. */
  beforeClose(work: () => Promise<void>): void {
    this.#beforeClose = work;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const before = this.#beforeClose;
    this.#beforeClose = undefined;
    if (this.alive) await before?.().catch(() => undefined);
    if (this.#open) {
      this.client.end();
      const timer = setTimeout(() => this.#stream.destroy(), closeTimeoutMs);
      await this.#closed;
      clearTimeout(timer);
    }
    await this.#via?.[Symbol.asyncDispose]();
  }
}
