import { connect, type ConnectOptions } from './connect.ts';
import type { SshAddress } from './ssh-address.ts';
import type { SshConnection } from './ssh-connection.ts';

/** A share in an open connection, and in what else was opened with it. */
export interface Share<T> {
  readonly connection: SshConnection;
  /** What `begin` made of the connection. */
  readonly begun: T;
  /**
   * Gives the share back; the connection closes with the last one.
   *
   * @param suspect - Nobody else should get this connection any more.
   */
  release(suspect: boolean): Promise<void>;
}

interface Entry<T> {
  readonly connection: SshConnection;
  readonly begun: T;
  holders: number;
}

/** One connection for each board, however many sessions there are: servers on boards allow few. */
export class SharedConnections<T> {
  readonly #open = new Map<string, Promise<Entry<T>>>();

  /**
   * A share in the connection to an address; opens it if there is none that lives.
   *
   * @param begin - What is to be done once on a new connection.
   */
  async acquire(
    address: SshAddress,
    options: ConnectOptions,
    begin: (connection: SshConnection) => Promise<T>,
  ): Promise<Share<T>> {
    const key = JSON.stringify([address.name, address.user, address.host, address.port]);
    const present = await this.#open.get(key)?.catch(() => undefined);
    if (present?.connection.alive && this.#open.has(key)) return this.#share(key, present);
    const opening = open(address, options, begin);
    this.#open.set(key, opening);
    try {
      return this.#share(key, await opening);
    } catch (error) {
      if (this.#open.get(key) === opening) this.#open.delete(key);
      throw error;
    }
  }

  #share(key: string, entry: Entry<T>): Share<T> {
    entry.holders++;
    let released = false;
    return {
      connection: entry.connection,
      begun: entry.begun,
      release: async (suspect) => {
        if (released) return;
        released = true;
        entry.holders--;
        const current = await this.#open.get(key)?.catch(() => undefined);
        if (current === entry && (suspect || entry.holders === 0)) this.#open.delete(key);
        if (entry.holders === 0) await entry.connection[Symbol.asyncDispose]();
      },
    };
  }
}

async function open<T>(
  address: SshAddress,
  options: ConnectOptions,
  begin: (connection: SshConnection) => Promise<T>,
): Promise<Entry<T>> {
  const connection = await connect(address, options);
  try {
    return { connection, begun: await begin(connection), holders: 0 };
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}
