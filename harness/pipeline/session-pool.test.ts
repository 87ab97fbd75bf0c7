import { expect, test } from 'vitest';
import { FakeRunner, type FakeRunnerOptions } from '../board/fake-runner.ts';
import type { BoardModel } from '../board/session.ts';
import { sha256Hex } from '../tensor/content-hash.ts';
import { SessionPool } from './session-pool.ts';
import { identityNetwork, targetNamed } from './trial-case.ts';

const modelOf = (text: string): BoardModel => ({
  path: `${text}.rknn`,
  bytes: Buffer.from(text),
  sha256: sha256Hex(text),
});
const [net, other] = [modelOf('net'), modelOf('other')];
const [first, second] = [targetNamed('first'), targetNamed('second')];

function poolOf(before?: FakeRunnerOptions['before']) {
  const runner = new FakeRunner({ network: identityNetwork, ...(before && { before }) });
  return { runner, pool: new SessionPool(() => runner) };
}

test('keeps session and model from case to case', async () => {
  const { runner, pool } = poolOf();

  const cold = await pool.ready(first, net, {});
  const warm = await pool.ready(first, net, {});

  expect(runner.steps).toEqual(['connect first 1.7.5', 'load first net.rknn']);
  expect(cold.uploadedBytes).toBe(net.bytes.length);
  expect(warm).toEqual({
    session: cold.session,
    model: cold.model,
    connectMs: 0,
    loadMs: 0,
    uploadedBytes: 0,
  });
});

test('unloads one model before it loads the next: a board has little memory', async () => {
  const loadedMeanwhile: number[] = [];
  const { runner, pool } = poolOf(({ step }) => {
    if (step === 'load') loadedMeanwhile.push(runner.loadedModels);
  });
  await pool.ready(first, net, {});

  await pool.ready(first, other, {});

  expect(loadedMeanwhile).toEqual([0, 0]);
  expect(runner.loadedModels).toBe(1);
  expect(runner.openSessions).toBe(1);
});

test('has one session on a board: another SDK there ends the one before', async () => {
  const openMeanwhile: number[] = [];
  const { runner, pool } = poolOf(({ step }) => {
    if (step === 'connect') openMeanwhile.push(runner.openSessions);
  });

  await pool.ready(first, net, {});
  await pool.ready(second, net, {});
  await pool.ready({ ...first, sdk: '1.6.1' }, net, {});

  expect(openMeanwhile).toEqual([0, 1, 1]);
  expect(runner.openSessions).toBe(2);
});

test('loads a model again that another program is to run', async () => {
  const { runner, pool } = poolOf();
  const command = { program: { path: '/usr/bin/demo' } } as never;

  await pool.ready(first, { ...net, command }, {});
  await pool.ready(first, net, {});

  expect(runner.steps.filter((step) => step.startsWith('load'))).toHaveLength(2);
});

test('opens a new session where the old one is dead', async () => {
  const { runner, pool } = poolOf(({ step, endSession }) => {
    if (step === 'run') endSession();
  });
  const { model } = await pool.ready(first, net, {});
  await model.infer({ inputs: [{ ...input }], repeats: 1 }, {});

  await pool.ready(first, net, {});

  expect(runner.steps).toEqual([
    'connect first 1.7.5',
    'load first net.rknn',
    'run first',
    'connect first 1.7.5',
    'load first net.rknn',
  ]);
  expect(runner.openSessions).toBe(1);
});

const input = {
  index: 0,
  bytes: new Uint8Array(8),
  dtype: 'float32',
  layout: 'NCHW',
  passThrough: false,
  sizeBytes: 8,
} as const;

test('does not take a model for loaded that did not load', async () => {
  let refusals = 1;
  const { runner, pool } = poolOf(({ step }) => {
    if (step === 'load' && refusals-- > 0) throw new Error('no memory');
  });
  await expect(pool.ready(first, net, {})).rejects.toThrow('no memory');

  const { model } = await pool.ready(first, net, {});

  expect(model.inputs).toHaveLength(1);
  expect(runner.steps).toEqual(['connect first 1.7.5', 'load first net.rknn', 'load first net.rknn']);
});

test('keeps nothing of a connection that failed', async () => {
  const { runner, pool } = poolOf(() => {
    throw new Error('no answer');
  });

  await expect(pool.ready(first, net, {})).rejects.toThrow('no answer');

  expect(runner.openSessions).toBe(0);
  expect(pool.sessionTo(first.board)).toBeUndefined();
});

test('drops the session of one board and leaves the others', async () => {
  const { runner, pool } = poolOf();
  const kept = await pool.ready(first, net, {});
  const dropped = await pool.ready(second, net, {});

  await pool.drop('second');
  await pool.drop('second');

  expect(kept.session.alive).toBe(true);
  expect(dropped.session.alive).toBe(false);
  expect(runner.openSessions).toBe(1);
  expect(pool.sessionTo(first.board)).toBe(kept.session);
  expect(pool.sessionTo(second.board)).toBeUndefined();
});

test('tells once what a session could not end on its board', async () => {
  const { pool } = poolOf();
  const { session } = await pool.ready(first, net, {});
  Object.assign(session, { leftover: 'process 7 is stuck' });

  await pool.drop('first');

  expect(pool.takeLeftover('first')).toBe('process 7 is stuck');
  expect(pool.takeLeftover('first')).toBeUndefined();
});

test('closes every session when it is disposed, and may be disposed twice', async () => {
  const { runner, pool } = poolOf();
  await pool.ready(first, net, {});
  await pool.ready(second, net, {});

  await pool[Symbol.asyncDispose]();
  await pool[Symbol.asyncDispose]();

  expect(runner.openSessions).toBe(0);
});

test('has one session on a board: one for commands ends the one of the device runner', async () => {
  const asked: string[] = [];
  const runner = new FakeRunner({ network: identityNetwork });
  const pool = new SessionPool((_, by) => {
    asked.push(by);
    return runner;
  });
  const command = {
    sha256: 'c',
    program: { onBoard: 'demo' },
    args: [],
    files: [],
    environment: {},
    outputs: [],
    timeoutMs: 1000,
  };

  await pool.ready(first, net, {});
  await pool.ready(first, { ...net, command }, {});
  await pool.ready(first, { ...net, command: { ...command, sha256: 'd' } }, {});

  expect(asked).toEqual(['device-runner', 'command']);
  expect(runner.steps.filter((step) => step.startsWith('load'))).toHaveLength(3);
  expect(runner.openSessions).toBe(1);

  await pool.drop('first');
  await pool.connect(first, {});

  expect(asked).toEqual(['device-runner', 'command', 'command']);
});
