import { createConnection } from 'node:net';
import { setTimeout } from 'node:timers/promises';

const retryMs = 50;
const greetingMs = 5000;

/**
 * Waits until an SSH server greets. An open port alone says nothing: the engine's proxy accepts connections before
 * anything in the container listens.
 *
 * @throws What the signal aborts with.
 */
export async function sshBanner(host: string, port: number, signal: AbortSignal): Promise<void> {
  while (!(await greets(host, port))) await setTimeout(retryMs, undefined, { signal });
}

function greets(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: greetingMs });
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (chunk) => settle(chunk.toString('latin1').startsWith('SSH-')));
    socket.on('timeout', () => settle(false));
    socket.on('error', () => settle(false));
    socket.on('close', () => settle(false));
  });
}
