import { expect, onTestFinished, test } from 'vitest';
import { LogBuffer } from '../protocol/log-buffer.ts';
import { EmbeddedBoard } from '../virtual/embedded/embedded-board.ts';
import { FakeNpu } from '../virtual/embedded/fake-npu.ts';
import type { Program } from '../virtual/embedded/shell.ts';
import { connect } from './connect.ts';
import { DeviceRunnerProcess } from './device-runner-process.ts';

/** A device runner that does as the test says, started on a board of its own. */
async function start(
  program: Program | undefined,
  command = ['hil-npu-run'],
  others: readonly [string, Program][] = [],
): Promise<{ board: EmbeddedBoard; runner: DeviceRunnerProcess; log: LogBuffer }> {
  const programs = new Map<string, Program>([
    ...(program ? [['hil-npu-run', program] as const] : []),
    ...others,
  ]);
  const board = await EmbeddedBoard.start({ name: 'board', npu: new FakeNpu(), programs });
  onTestFinished(() => board[Symbol.asyncDispose]());
  const connection = await connect(board.address, {});
  onTestFinished(() => connection[Symbol.asyncDispose]());
  const log = new LogBuffer();
  const runner = await DeviceRunnerProcess.start(connection, { words: command, environment: {} }, log);
  runner.stream.resume();
  return { board, runner, log };
}

const forever: Program = ({ process }) =>
  new Promise((resolve) => process.signal.addEventListener('abort', () => resolve(0)));

test('says that the program is missing, with what the shell said', async () => {
  const { runner } = await start(undefined, ['/opt/hil/hil-npu-run']);

  const error = await runner.explainEnd(undefined);

  expect(error.message).toBe(
    'the device runner is gone: the board does not find /opt/hil/hil-npu-run or a library it needs; it printed: sh: /opt/hil/hil-npu-run: not found',
  );
  expect(error.hint).toMatch(/^Install the device runner/);
});

test('says that the program cannot be executed', async () => {
  const { runner } = await start(({ stderr }) => {
    stderr.write('sh: hil-npu-run: Permission denied\n');
    return 126;
  });

  const error = await runner.explainEnd(undefined);

  expect(error.message).toContain(
    'the board cannot execute hil-npu-run; it printed: sh: hil-npu-run: Permission',
  );
  expect(error.hint).toContain('noexec');
});

test.each([
  [1, 'it ended with exit status 1'],
  [139, 'it was killed by signal 11'],
])('explains exit status %i', async (status, words) => {
  const { runner } = await start(() => status);

  const error = await runner.explainEnd(undefined);

  expect(error).toMatchObject({ code: 'HIL_RUNNER_GONE', owner: 'undecided' });
  expect(error.message).toContain(words);
});

test('calls it a lost link when the board goes', async () => {
  const { board, runner } = await start(forever);

  board.reboot();

  expect(await runner.explainEnd(undefined)).toMatchObject({ code: 'HIL_SSH_LOST', owner: 'lab' });
});

test('keeps what the program prints on standard error, without the line that tells its pid', async () => {
  const { runner, log } = await start(({ stderr }) => {
    stderr.write('rknn: hello\n');
    return 0;
  });

  await runner.explainEnd(undefined);

  expect(log.take()).toBe('rknn: hello\n');
});

test('kills a program that has never said anything', async () => {
  const { board, runner } = await start(forever);
  await expect.poll(() => board.processes.running.map(({ name }) => name)).toEqual(['hil-npu-run']);

  const killed = await runner.kill(undefined, AbortSignal.timeout(5000));

  expect(killed).toBe(true);
  expect(board.processes.running).toEqual([]);
});

test('kills only the program if it leads no group', async () => {
  const { board, runner } = await start(forever);
  await expect.poll(() => board.processes.running).toHaveLength(1);
  const { pid } = board.processes.running[0]!;

  const killed = await runner.kill({ pid, pgid: 1 }, AbortSignal.timeout(5000));

  expect(killed).toBe(true);
});

test('says that a program is still there which no signal reaches', async () => {
  const { board, runner } = await start(forever, ['hil-npu-run'], [['kill', () => 0]]);
  await expect.poll(() => board.processes.running).toHaveLength(1);

  const killed = await runner.kill(undefined, AbortSignal.timeout(5000));

  expect(killed).toBe(false);
});

test('has nothing to kill once the program has ended', async () => {
  const { runner } = await start(() => 0);
  await runner.explainEnd(undefined);

  expect(await runner.kill({ pid: 1, pgid: 1 }, AbortSignal.timeout(5000))).toBe(true);
});
