import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { BoardSession } from '../../harness/board/session.ts';
import { EmbeddedBoard } from '../virtual/embedded/embedded-board.ts';
import type { EmbeddedFaults } from '../virtual/embedded/embedded-faults.ts';
import { FakeNpu } from '../virtual/embedded/fake-npu.ts';
import type { Program } from '../virtual/embedded/shell.ts';
import { boardFile, modelFor, requestOf, simulatedBoard, topFive } from './command-board.ts';
import { CommandRunner } from './command-runner.ts';

const banner = 'librknn_runtime version 1.7.5 (ccb93f1 build: 2023-07-18 10:48:49 base: 1131)\n';
let board: EmbeddedBoard;
let answer: Program;

beforeEach(async () => {
  answer = ({ stdout }) => {
    stdout.write(topFive);
    return 0;
  };
  const programs = new Map<string, Program>([['demo', (call) => answer(call)]]);
  board = await EmbeddedBoard.start({ name: 'board', npu: new FakeNpu(), programs });
});
afterEach(() => board[Symbol.asyncDispose]());

async function open(faults: EmbeddedFaults = {}): Promise<BoardSession> {
  await board.setFaults(faults);
  const session = await new CommandRunner(() => Promise.resolve(board)).open(simulatedBoard, '1.7.5', {});
  onTestFinished(() => session[Symbol.asyncDispose]());
  return session;
}

const onBoard = { program: { onBoard: 'demo' } } as const;
const runFolders = () =>
  board.files.kindOf('/userdata/hil/runs') === undefined ? [] : board.files.list('/userdata/hil/runs');

describe('a command on a board', () => {
  test('finds model, input and files in a folder of its own, which is gone afterwards', async () => {
    let seen: unknown;
    answer = ({ args, environment, system, stdout }) => {
      const read = (path = '') => Buffer.from(system.files.read(path)).toString();
      const [model, input, folder] = args;
      seen = { model: read(model), input: read(input), labels: read(`${folder}/a/labels.txt`), environment };
      stdout.write(topFive);
      return 0;
    };
    const session = await open();
    const model = await session.load(
      modelFor({
        ...onBoard,
        args: ['{model}', '{input}', '{folder}'],
        environment: { SDK: '{sdk}' },
        files: [{ as: 'a/labels.txt', file: boardFile('labels.txt', 'cat') }],
      }),
      {},
    );

    await model.infer(requestOf('a picture'), {});

    expect(seen).toEqual({
      model: 'the model',
      input: 'a picture',
      labels: 'cat',
      environment: { SDK: '1.7.5' },
    });
    expect(runFolders()).toEqual([]);
    expect(board.processes.running).toEqual([]);
  });

  test('knows the board, but nothing of its SDK before a program has told it', async () => {
    const session = await open();
    const before = session.stack;
    answer = ({ stdout }) => {
      stdout.write(banner + topFive);
      return 0;
    };
    const model = await session.load(modelFor(onBoard), {});
    await model.infer(requestOf('x'), {});

    expect(session.identity).toMatchObject({
      name: 'board',
      chip: 'RK1808',
      simulated: true,
      kernel: 'Linux 4.4.194-virtual aarch64',
    });
    expect(before).toMatchObject({ name: 'unknown', api: { text: 'not told by the program', version: '' } });
    expect(session.stack).toMatchObject({ name: '1.7.5', driver: { version: '' } });
  });

  test('is run as often as asked, and each run has a checksum of its outputs', async () => {
    let run = 0;
    answer = ({ stdout }) => {
      stdout.write(run++ === 1 ? topFive.replace('0.948730', '0.948731') : topFive);
      return 0;
    };
    const model = await (await open()).load(modelFor(onBoard), {});

    const { runs } = await model.infer(requestOf('x', 3), {});

    expect(runs).toHaveLength(3);
    expect(runs[1]).not.toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
    expect(runs[0]!.npuTimeUs).toBeUndefined();
  });

  test('keeps what the program printed for the log, whole or not', async () => {
    const session = await open();
    answer = ({ stdout, stderr }) => {
      stderr.write('a warning\n');
      stdout.write('half of a res');
      return 0;
    };
    const model = await session.load(modelFor(onBoard), {});

    await expect(model.infer(requestOf('x'), {})).rejects.toMatchObject({ code: 'HIL_PROGRAM_OUTPUT' });

    expect(session.takeLog()).toContain('half of a res');
  });

  test('is killed when the run is called off', async () => {
    const controller = new AbortController();
    let started = false;
    answer = ({ process }) => {
      started = true;
      return new Promise((resolve) => process.signal.addEventListener('abort', () => resolve(0)));
    };
    const session = await open();
    const model = await session.load(modelFor(onBoard), {});
    const running = model.infer(requestOf('x'), { signal: controller.signal });
    await expect.poll(() => started).toBe(true);

    controller.abort(new Error('interrupted'));

    await expect(running).rejects.toThrow('interrupted');
    expect(board.processes.running).toEqual([]);
    expect(runFolders()).toEqual([]);
    expect(session.alive).toBe(true);
    expect(session.leftover).toBeUndefined();
  });

  test('is rig trouble when the board goes away', async () => {
    answer = () => {
      board.reboot();
      return new Promise(() => undefined);
    };
    const session = await open();
    const model = await session.load(modelFor(onBoard), {});

    await expect(model.infer(requestOf('x'), {})).rejects.toMatchObject({ owner: 'lab' });
    expect(session.alive).toBe(false);
  });

  test('is rig trouble when the disk is full', async () => {
    const session = await open();
    const model = await session.load(modelFor(onBoard), {});
    await board.setFaults({ diskFull: true });

    await expect(model.infer(requestOf('x'.repeat(1000)), {})).rejects.toMatchObject({
      code: 'HIL_BOARD_DISK_FULL',
    });
  });

  test('takes an uploaded program for what it is here: not executable', async () => {
    const session = await open();
    const model = await session.load(modelFor({ script: 'true' }), {});

    await expect(model.infer(requestOf('x'), {})).rejects.toMatchObject({
      code: 'HIL_PROGRAM_NOT_EXECUTABLE',
      message: expect.stringContaining('an embedded board has no processor of its own'),
    });
  });

  test('is refused before the upload if it is built for another machine', async () => {
    const session = await open();
    const elf = Buffer.alloc(64);
    elf.write('\x7fELF\x02\x01\x01', 'latin1');
    elf.writeUInt16LE(62, 18);

    const loading = session.load(
      modelFor({ program: { name: 'demo', file: boardFile('build/demo', elf) } }),
      {},
    );

    await expect(loading).rejects.toMatchObject({
      code: 'HIL_PROGRAM_NOT_EXECUTABLE',
      owner: 'spec',
      message: 'board board cannot execute build/demo: it is built for x86_64, the board is aarch64',
    });
    const path = `/userdata/hil/cache/${createHash('sha256').update(elf).digest('hex')}`;
    expect(board.files.kindOf(path)).toBeUndefined();
  });

  test('of a stand-in is no result of a board that the inventory calls hardware', async () => {
    answer = ({ stdout }) => {
      stdout.write(`virtual board: the simulated NPU compiles nothing ahead\n${topFive}`);
      return 0;
    };
    const runner = new CommandRunner(() => Promise.resolve(board));
    const session = await runner.open({ ...simulatedBoard, simulated: false }, '1.7.5', {});
    onTestFinished(() => session[Symbol.asyncDispose]());
    const model = await session.load(modelFor(onBoard), {});

    await expect(model.infer(requestOf('x'), {})).rejects.toMatchObject({ code: 'HIL_BOARD_SIMULATION' });
  });

  test('has no layers to dump', async () => {
    const model = await (await open()).load(modelFor(onBoard), {});

    expect(() => model.layers(requestOf('x'), {})).toThrow('a command has no layer dumps');
  });
});
