import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { FaultProxy, type LinkFault } from './fault-proxy.ts';

/** Sends "0123456789" through a proxy to a server that sends back what it gets, and says what came and how it ended. */
async function through(fault: LinkFault | undefined, waitMs = 300) {
  const echo = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  await once(echo.listen(0, '127.0.0.1'), 'listening');
  const proxy = await FaultProxy.start(
    { host: '127.0.0.1', port: (echo.address() as AddressInfo).port },
    fault,
  );
  onTestFinished(async () => {
    await proxy[Symbol.asyncDispose]();
    echo.close();
  });
  const socket = createConnection({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
  const seen = { text: '', end: 'open', latin1: '' };
  socket.on('data', (data) => (seen.text += data.toString('latin1')));
  socket.on('end', () => (seen.end = 'fin'));
  socket.on('error', (error: NodeJS.ErrnoException) => (seen.end = String(error.code)));
  socket.write('0123456789');
  await new Promise((resolve) => setTimeout(resolve, waitMs));
  socket.destroy();
  return { text: seen.text, end: seen.end, proxy };
}

test.each<[string, LinkFault | undefined, { text: string; end: string }]>([
  ['passes everything without a fault', undefined, { text: '0123456789', end: 'open' }],
  ['accepts and says nothing', { kind: 'silent' }, { text: '', end: 'open' }],
  ['closes before it says anything', { kind: 'close', how: 'fin' }, { text: '', end: 'fin' }],
  ['resets before it says anything', { kind: 'close', how: 'rst' }, { text: '', end: 'ECONNRESET' }],
  [
    'drops after a byte',
    { kind: 'drop', direction: 'down', atByte: 4, how: 'fin' },
    { text: '0123', end: 'fin' },
  ],
  ['freezes after a byte', { kind: 'freeze', direction: 'down', atByte: 4 }, { text: '0123', end: 'open' }],
  [
    'ends one direction',
    { kind: 'half-close', direction: 'down', atByte: 6 },
    { text: '012345', end: 'fin' },
  ],
  [
    'flips the bits of a byte',
    { kind: 'corrupt', direction: 'up', atByte: 2 },
    { text: `01${String.fromCharCode(0x32 ^ 0xff)}3456789`, end: 'open' },
  ],
  ['delays', { kind: 'delay', ms: 10_000 }, { text: '', end: 'open' }],
  [
    'slows down from a byte on',
    { kind: 'rate', direction: 'down', bytesPerSecond: 0.1, fromByte: 5 },
    { text: '012345', end: 'open' },
  ],
])('%s', async (_, fault, expected) => {
  expect(await through(fault)).toMatchObject(expected);
});

test('breaks what is open when it is told', async () => {
  const { proxy } = await through(undefined, 50);
  const socket = createConnection({ port: proxy.port, host: '127.0.0.1' });
  await once(socket, 'connect');
  const ended = once(socket, 'error');

  await expect.poll(() => proxy.open).toBe(1);
  proxy.drop('rst');

  expect(await ended).toMatchObject([{ code: 'ECONNRESET' }]);
});
