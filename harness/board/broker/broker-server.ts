import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BoardBroker } from './board-broker.ts';
import { type FromBroker, onMessage, sendMessage, type ToBroker } from './broker-messages.ts';

/** Where a run's workers find its broker. */
export interface BrokerServer extends AsyncDisposable {
  readonly path: string;
  /** Waits until every worker that was connected is gone and all that it said was heard; not for ever. */
  readonly workersGone: () => Promise<void>;
}

/** Workers are gone when this is asked for, or about to be. */
const goneTimeoutMs = 5000;

/**
 * Lets worker processes use a broker over a Unix socket that only this user can open. A worker that dies closes its
 * connection, which frees all that it held. Does not keep the process alive by itself.
 *
 * @param onRecord - Takes a worker's finished record, as JSON; the worker waits until it is kept.
 */
export function serveBroker(
  broker: BoardBroker,
  onRecord: (record: string) => Promise<void> = () => Promise.resolve(),
): BrokerServer {
  const folder = mkdtempSync(join(tmpdir(), 'hil-broker-'));
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeFolder);
  const path = process.platform === 'win32' ? `\\\\.\\pipe\\hil-broker-${process.pid}` : join(folder, 's');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    serveWorker(broker, socket, onRecord);
    socket.once('close', () => sockets.delete(socket));
  });
  // Bound when this returns: a path needs no look-up.
  server.listen(path).unref();
  return {
    path,
    async workersGone() {
      const closing = [...sockets].map(
        (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
      );
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, goneTimeoutMs)));
      await Promise.race([Promise.all(closing), late]);
      clearTimeout(timer);
    },
    async [Symbol.asyncDispose]() {
      process.off('exit', removeFolder);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      removeFolder();
    },
  };
}

function serveWorker(broker: BoardBroker, socket: Socket, onRecord: (record: string) => Promise<void>): void {
  socket.unref();
  const send = (message: FromBroker): void => sendMessage(socket, message);
  const desk = broker.connect({
    granted: (id, choice, fence) => send({ type: 'granted', id, choice, fence }),
    refused: (id, boards) => send({ type: 'refused', id, boards }),
    recall: (board) => send({ type: 'recall', board }),
    calledOff: () => send({ type: 'called-off' }),
    // Who is lost is told by his connection.
    lost: () => undefined,
  });
  socket.on('error', () => undefined);
  socket.once('close', () => desk.gone());
  onMessage(socket, (unchecked) => {
    const message = unchecked as ToBroker;
    switch (message.type) {
      case 'request':
        return desk.request(message.id, message.candidates);
      case 'cancel':
        return desk.cancel(message.id);
      case 'release':
        return desk.release(message.fence, message.outcome, message.warm);
      case 'closed':
        return desk.closed(message.board);
      case 'record':
        // Kept or not, the worker goes on: what could not be kept ends the run elsewhere.
        return void onRecord(message.record).finally(() => send({ type: 'kept', id: message.id }));
    }
  });
}
