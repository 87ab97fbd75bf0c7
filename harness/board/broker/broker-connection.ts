import { createConnection } from 'node:net';
import type { BrokerClient, WorkerDesk } from './board-broker.ts';
import { type FromBroker, onMessage, sendMessage, type ToBroker } from './broker-messages.ts';

/** A worker's desk at the broker of another process. @param path - Of the broker's socket. */
export function connectToBroker(path: string, client: BrokerClient): WorkerDesk {
  const socket = createConnection(path);
  // A worker with nothing else to do may end; while a case waits, the test runner keeps the process.
  socket.unref();
  const send = (message: ToBroker): void => sendMessage(socket, message);
  let over = false;
  const lost = (cause?: Error): void => {
    if (!over) client.lost(cause);
    over = true;
  };
  socket.once('error', lost).once('close', () => lost());
  onMessage(socket, (unchecked) => {
    const message = unchecked as FromBroker;
    switch (message.type) {
      case 'granted':
        return client.granted(message.id, message.choice, message.fence);
      case 'refused':
        return client.refused(message.id, message.boards);
      case 'recall':
        return client.recall(message.board);
      case 'called-off':
        return client.calledOff();
      case 'kept':
        return;
    }
  });
  return {
    request: (id, candidates) => send({ type: 'request', id, candidates }),
    cancel: (id) => send({ type: 'cancel', id }),
    release: (fence, outcome, warm) => send({ type: 'release', fence, outcome, warm }),
    closed: (board) => send({ type: 'closed', board }),
    gone() {
      over = true;
      socket.end();
    },
  };
}
