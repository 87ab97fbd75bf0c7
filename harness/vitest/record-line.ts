import { createConnection, type Socket } from 'node:net';
import { type FromBroker, onMessage, sendMessage } from '../board/broker/broker-messages.ts';
import { encodeNumber } from '../store/record-journal.ts';
import type { CaseRecord } from '../store/record.ts';

/**
 * A worker's line to the main process for finished records. Vitest sends results in batches and may end a worker before
 * it has sent the last one; what this line has taken is kept.
 */
export class RecordLine {
  readonly #path: string | undefined;
  readonly #waiting = new Map<number, () => void>();
  #socket: Socket | undefined;
  #last = 0;

  /** @param path - Of the run's broker; without one nothing is sent. */
  constructor(path: string | undefined) {
    this.#path = path;
  }

  /** Waits until the record is on the disk. If the main process is gone there is nobody left to tell. */
  send(record: CaseRecord): Promise<void> {
    const socket = this.#connected();
    if (socket === undefined || socket.destroyed) return Promise.resolve();
    const id = ++this.#last;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      sendMessage(socket, { type: 'record', id, record: JSON.stringify(record, encodeNumber) });
    });
  }

  [Symbol.dispose](): void {
    this.#socket?.end();
  }

  #connected(): Socket | undefined {
    if (this.#path === undefined) return undefined;
    this.#socket ??= this.#connect(this.#path);
    return this.#socket;
  }

  #connect(path: string): Socket {
    const socket = createConnection(path);
    // While a case waits, the test runner keeps the process.
    socket.unref();
    socket.on('error', () => undefined);
    socket.once('close', () => {
      for (const resolve of this.#waiting.values()) resolve();
      this.#waiting.clear();
    });
    onMessage(socket, (unchecked) => {
      const message = unchecked as FromBroker;
      if (message.type !== 'kept') return;
      this.#waiting.get(message.id)?.();
      this.#waiting.delete(message.id);
    });
    return socket;
  }
}
