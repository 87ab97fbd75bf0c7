import type { Socket } from 'node:net';

/**
 * Collects what is written in one turn of the event loop and hands it to the system in one call. ssh2 writes each
 * packet in up to three pieces, and with noDelay each piece would leave as a TCP segment of its own.
 */
export function batchWrites(socket: Socket): Socket {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let batching = false;
  const endBatch = (): void => {
    batching = false;
    socket.uncork();
  };
  socket.write = (...args: unknown[]): boolean => {
    if (!batching) {
      batching = true;
      socket.cork();
      process.nextTick(endBatch);
    }
    return write(...args);
  };
  return socket;
}
