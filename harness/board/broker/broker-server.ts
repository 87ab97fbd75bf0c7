import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BoardBroker } from './board-broker.ts';
import { type FromBroker, onMessage, sendMessage, type ToBroker } from './broker-messages.ts';

/** Where a run's workers find its broker. */
export interface BrokerServer extends AsyncDisposable {
  readonly path: string;
}

/**
 * Lets worker processes use a broker over a Unix socket that only this user can open. A worker that dies closes its
 * connection, which frees all that it held. Does not keep the process alive by itself.
 */
export function serveBroker(broker: BoardBroker): BrokerServer {
  const folder = mkdtempSync(join(tmpdir(), 'hil-broker-'));
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeFolder);
  const path = process.platform === 'win32' ? `\\\\.\\pipe\\hil-broker-${process.pid}` : join(folder, 's');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    serveWorker(broker, socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // Bound when this returns: a path needs no look-up.
  server.listen(path).unref();
  return {
    path,
    async [Symbol.asyncDispose]() {
      process.off('exit', removeFolder);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      removeFolder();
    },
  };
}

function serveWorker(broker: BoardBroker, socket: Socket): void {
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
    }
  });
}
