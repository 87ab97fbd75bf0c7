import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { boardNamed } from '../../pipeline/trial-case.ts';
import { BoardBroker } from './board-broker.ts';
import { connectToBroker } from './broker-connection.ts';
import { BrokerLeases } from './broker-leases.ts';
import { serveBroker } from './broker-server.ts';
import type { LeaseCandidate } from './lease.ts';

const candidates = (...names: string[]): LeaseCandidate[] =>
  names.map((name) => ({ target: { board: boardNamed(name), sdk: '1.7.5' }, warmth: 'net' }));

function serve() {
  const broker = new BoardBroker();
  const server = serveBroker(broker);
  onTestFinished(() => server[Symbol.asyncDispose]());
  const worker = (closeIdle: (board: string) => Promise<void> = () => Promise.resolve()) => {
    const leases = new BrokerLeases({ connect: (client) => connectToBroker(server.path, client), closeIdle });
    onTestFinished(() => leases[Symbol.dispose]());
    return leases;
  };
  return { broker, server, worker };
}

test('two workers share a board over the socket, and the idle session of one makes way', async () => {
  const { worker } = serve();
  const closed: string[] = [];
  const first = worker((board) => Promise.resolve(void closed.push(board)));
  const second = worker();
  const lease = await first.lease(candidates('a'), {});
  const next = second.lease(candidates('a'), {});

  lease.release({ kind: 'fine' }, true);
  lease.release({ kind: 'fine' }, true);
  const { target, fence } = await next;

  expect(target.board.name).toBe('a');
  expect(fence).toBeGreaterThan(lease.fence);
  expect(closed).toEqual(['a']);
});

test('a wait that is called off ends at once and takes no board', async () => {
  const { worker } = serve();
  const [first, second, third] = [worker(), worker(), worker()];
  const lease = await first.lease(candidates('a'), {});
  const controller = new AbortController();
  const waiting = second.lease(candidates('a'), { signal: controller.signal });

  controller.abort(new Error('Ctrl-C'));
  await expect(waiting).rejects.toThrow('Ctrl-C');
  lease.release({ kind: 'fine' }, false);

  expect((await third.lease(candidates('a'), {})).target.board.name).toBe('a');
});

test('a worker process that is killed gives back what it held', async () => {
  const { server, worker } = serve();
  const request = { type: 'request', id: 1, candidates: [{ board: 'a', perWorker: false, warmth: 'x' }] };
  const program = `
    const socket = require('node:net').createConnection(process.argv[1]);
    socket.write(process.argv[2] + '\\n');
    socket.on('data', (text) => process.stdout.write(text));
  `;
  const child = spawn(process.execPath, ['-e', program, server.path, JSON.stringify(request)]);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const waiting = worker().lease(candidates('a'), {});

  child.kill('SIGKILL');

  expect((await waiting).target.board.name).toBe('a');
});

test('where no board is left a case is told so, with the cause', async () => {
  const { worker } = serve();
  const leases = worker();
  const error = {
    code: 'HIL_SSH_HOST_KEY_CHANGED',
    owner: 'lab',
    message: 'another host key',
    hint: 'Find out why.',
    causes: [],
  } as const;
  const lease = await leases.lease(candidates('a'), {});
  lease.release({ kind: 'trouble', error, quarantine: true, unreachable: false }, false);

  await expect(leases.lease(candidates('a'), {})).rejects.toMatchObject({
    code: 'HIL_BOARDS_SET_ASIDE',
    hint: 'Find out why.',
    message: expect.stringContaining('a was set aside'),
  });
});

test('who waits is told when the main process is gone', async () => {
  const { server, worker } = serve();
  const [first, second] = [worker(), worker()];
  await first.lease(candidates('a'), {});
  const waiting = second.lease(candidates('a'), {});
  waiting.catch(() => undefined);

  await server[Symbol.asyncDispose]();

  await expect(waiting).rejects.toMatchObject({ code: 'HIL_INTERNAL' });
  expect(existsSync(server.path)).toBe(false);
});

test('a run that is called off reaches whoever has asked for a board', async () => {
  const { broker, worker } = serve();
  const leases = worker();
  const { calledOff } = leases;
  await leases.lease(candidates('a'), {});

  broker.callOff();
  await new Promise((resolve) => calledOff.addEventListener('abort', resolve));

  expect(leases.calledOff.aborted).toBe(false);
});

test('a stranger’s connection that says nothing hinders nobody', async () => {
  const { server, worker } = serve();
  const socket = createConnection(server.path);
  await new Promise((resolve) => socket.once('connect', resolve));

  const lease = await worker().lease(candidates('a'), {});

  expect(lease.target.board.name).toBe('a');
  socket.destroy();
});
