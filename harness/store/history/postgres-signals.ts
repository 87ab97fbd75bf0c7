import type { Client } from 'pg';
import type { ReleaseSignals } from './release-signals.ts';

/** Channel that says which board was given back (`+name`) and which was taken (`-name`). */
export const leaseChannel = 'hil_board_leases';

/** PostgreSQL's LISTEN on a connection of its own, made when somebody waits for the first time. */
export class PostgresSignals implements ReleaseSignals {
  readonly #connect: () => Client;
  readonly #counts = new Map<string, number>();
  readonly #free = new Set<string>();
  readonly #waiting = new Set<() => void>();
  #client: Promise<Client> | undefined;
  #closed = false;

  /** @param connect - Gives a client that is not connected yet. */
  constructor(connect: () => Client) {
    this.#connect = connect;
  }

  async listen(): Promise<void> {
    if (this.#closed) return;
    this.#client ??= this.#open();
    await this.#client;
  }

  count(boards: readonly string[]): number {
    return boards.reduce((sum, board) => sum + (this.#counts.get(board) ?? 0), 0);
  }

  someFree(boards: readonly string[]): boolean {
    return boards.some((board) => this.#free.has(board));
  }

  async next(
    boards: readonly string[],
    seen: number,
    { signal, atMostMs }: Parameters<ReleaseSignals['next']>[2],
  ): Promise<boolean> {
    signal?.throwIfAborted();
    if (this.count(boards) > seen) return true;
    return new Promise<boolean>((resolve, reject) => {
      const end = (finish: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.#waiting.delete(look);
        finish();
      };
      const look = (): void => {
        if (this.count(boards) > seen) end(() => resolve(true));
      };
      const onAbort = (): void => end(() => reject(signal!.reason as Error));
      const timer = setTimeout(() => end(() => resolve(false)), atMostMs);
      signal?.addEventListener('abort', onAbort);
      this.#waiting.add(look);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const client = await this.#client?.catch(() => undefined);
    await client?.end().catch(() => undefined);
  }

  async #open(): Promise<Client> {
    const client = this.#connect();
    // Whoever waits asks again after a while anyway, and then listens anew.
    const forget = (): void => {
      this.#client = undefined;
    };
    client.on('error', forget).on('end', forget);
    client.on('notification', ({ payload = '' }) => this.#hear(payload.slice(0, 1), payload.slice(1)));
    try {
      await client.connect();
      await client.query(`listen ${leaseChannel}`);
      return client;
    } catch (error) {
      forget();
      throw error;
    }
  }

  #hear(what: string, board: string): void {
    if (what === '-') this.#free.delete(board);
    if (what !== '+') return;
    this.#free.add(board);
    this.#counts.set(board, (this.#counts.get(board) ?? 0) + 1);
    for (const look of this.#waiting) look();
  }
}
