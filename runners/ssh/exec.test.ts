import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { EmbeddedBoard } from '../virtual/embedded/embedded-board.ts';
import { FakeNpu } from '../virtual/embedded/fake-npu.ts';
import { connect } from './connect.ts';
import { exec } from './exec.ts';
import type { SshConnection } from './ssh-connection.ts';

let board: EmbeddedBoard;
let connection: SshConnection;

beforeEach(async () => {
  const started = await EmbeddedBoard.start({ name: 'board', npu: new FakeNpu() });
  const opened = await connect(started.address, {});
  board = started;
  connection = opened;
  return async () => {
    await opened[Symbol.asyncDispose]();
    await started[Symbol.asyncDispose]();
  };
});

test('gives output and exit status of a command', async () => {
  const result = await exec(connection, 'echo out; echo err >&2; false', {});

  expect(result).toEqual({
    code: 1,
    signal: undefined,
    stdout: Buffer.from('out\n'),
    stderr: 'err\n',
    cut: false,
  });
});

test('gives the status that a shell gives for a command it does not find', async () => {
  const { code, stderr } = await exec(connection, 'rknn_server', {});

  expect(code).toBe(127);
  expect(stderr).toBe('sh: rknn_server: not found\n');
});

test('names the signal that killed a command', async () => {
  const sleeping = exec(connection, 'exec sleep 60', {});
  await expect.poll(() => board.processes.running.map(({ name }) => name)).toEqual(['sleep']);

  const pid = board.processes.running[0]!.pid;
  await exec(connection, `kill -9 ${pid}`, {});

  expect(await sleeping).toMatchObject({ code: undefined, signal: 'SIGKILL' });
});

test('sends standard input of any size, and tells how far it is', async () => {
  const stdin = Uint8Array.from({ length: 5_000_000 }, (_, i) => i * 31);
  const sent: number[] = [];

  const { code } = await exec(connection, 'cat > /tmp/file', {
    stdin,
    onSent: (bytes) => void sent.push(bytes),
  });

  expect(code).toBe(0);
  expect(Buffer.compare(board.files.read('/tmp/file'), stdin)).toBe(0);
  expect(sent.at(-1)).toBe(stdin.length);
  expect(sent).toEqual(sent.toSorted((a, b) => a - b));
});

test('keeps no more output than asked for, and says that it cut', async () => {
  await exec(connection, 'cat > /tmp/file', { stdin: new Uint8Array(300_000) });

  const { code, stdout, cut } = await exec(connection, 'cat /tmp/file', { maxBytes: 1000 });

  expect(code).toBe(0);
  expect(stdout).toHaveLength(1000);
  expect(cut).toBe(true);
});

test('is a lost link, never success, when the connection ends under a command', async () => {
  const sleeping = exec(connection, 'sleep 60', {});
  await expect.poll(() => board.processes.running).toHaveLength(1);

  board.reboot();

  await expect(sleeping).rejects.toMatchObject({ code: 'HIL_SSH_LOST', retry: 'same-board' });
});

test('stops waiting when its signal aborts', async () => {
  const controller = new AbortController();
  const sleeping = exec(connection, 'sleep 60', { signal: controller.signal });

  controller.abort(new Error('enough'));

  await expect(sleeping).rejects.toThrow('enough');
  expect((await exec(connection, 'true', {})).code).toBe(0);
});

test('says so when the board allows no further channel', async () => {
  const crowded = await EmbeddedBoard.start({
    name: 'crowded',
    npu: new FakeNpu(),
    faults: { noSessions: true },
  });
  onTestFinished(() => crowded[Symbol.asyncDispose]());
  const other = await connect(crowded.address, {});
  onTestFinished(() => other[Symbol.asyncDispose]());

  await expect(exec(other, 'true', {})).rejects.toMatchObject({ code: 'HIL_SSH_CHANNELS', owner: 'harness' });
});
