import { createHash } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EmbeddedBoard, type EmbeddedBoardOptions } from '../virtual/embedded/embedded-board.ts';
import { FakeNpu } from '../virtual/embedded/fake-npu.ts';
import { type Program, readInput } from '../virtual/embedded/shell.ts';
import { connect } from './connect.ts';
import { exec } from './exec.ts';
import { BoardCache, type PlacedFile, type UploadOptions } from './upload.ts';

const content = Uint8Array.from({ length: 300_000 }, (_, i) => i * 7);
const sha256 = createHash('sha256').update(content).digest('hex');
const file = { sha256, bytes: content };
const folder = '/userdata/hil/cache';
const path = `${folder}/${sha256}`;

interface Rig {
  readonly board: EmbeddedBoard;
  /** Over a new connection each time. */
  readonly place: (options?: UploadOptions) => Promise<PlacedFile>;
}

async function startRig(options: Partial<EmbeddedBoardOptions> = {}): Promise<Rig> {
  const board = await EmbeddedBoard.start({ name: 'board', npu: new FakeNpu(), ...options });
  onTestFinished(() => board[Symbol.asyncDispose]());
  return {
    board,
    place: async (uploadOptions = {}) => {
      await using connection = await connect(board.address, {});
      const { stdout } = await exec(connection, 'cat /proc/sys/kernel/random/boot_id', {});
      return await new BoardCache(connection, {
        workFolder: '/userdata/hil',
        bootId: stdout.toString().trim(),
      }).place(file, uploadOptions);
    },
  };
}

/** A command in place of the board's own, which can still be used. */
const replace = (name: string, program: Program): Partial<EmbeddedBoardOptions> => ({
  programs: new Map([[name, program]]),
});

describe.each([
  ['to a board with SFTP', {}],
  ['to one without', { noSftp: true }],
])('a file that goes up %s', (_way, faults) => {
  test('lies on the board under the name of its content, and nothing else does', async () => {
    const { board, place } = await startRig({ faults });

    const placed = await place();

    expect(placed).toEqual({ path, uploadedBytes: content.length });
    expect(Buffer.compare(board.files.read(path), content)).toBe(0);
    expect(board.files.list(folder)).toEqual([sha256, `${sha256}.ok`]);
  });

  test('goes up once', async () => {
    const { place } = await startRig({ faults });
    await place();

    expect(await place()).toEqual({ path, uploadedBytes: 0 });
  });

  test('tells how far it is, to the last byte', async () => {
    const { place } = await startRig({ faults });
    const seen: { done: number; total: number }[] = [];

    await place({ onProgress: (bytes) => void seen.push(bytes) });

    expect(seen.at(-1)).toEqual({ done: content.length, total: content.length });
    expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).toSorted((a, b) => a - b));
  });

  test('is not taken for whole when the disk is full', async () => {
    const { board, place } = await startRig({ faults, capacityBytes: 200_000 });

    await expect(place()).rejects.toMatchObject({
      code: 'HIL_BOARD_DISK_FULL',
      owner: 'lab',
      message: expect.stringMatching(
        /^board board has no room for 300000 bytes in \/userdata\/hil\/cache: .*No space left on device$/,
      ),
    });
    expect(board.files.list(folder)).toEqual([]);
  });

  test('does not go up to a read-only disk', async () => {
    const { place } = await startRig({ faults: { ...faults, readOnly: true } });

    await expect(place()).rejects.toMatchObject({ code: 'HIL_BOARD_READ_ONLY', retry: 'other-board' });
  });

  test('is lost with the connection, and goes up again from the start', async () => {
    const { board, place } = await startRig({ faults: { ...faults, dropAfterBytes: 100_000 } });

    await expect(place()).rejects.toMatchObject({ code: 'HIL_SSH_LOST' });
    expect(board.files.kindOf(path)).toBeUndefined();
    await board.setFaults(faults);

    expect(await place()).toEqual({ path, uploadedBytes: content.length });
  });

  test('stops when the signal aborts, and leaves no part behind', async () => {
    const { board, place } = await startRig({ faults });
    const controller = new AbortController();

    const placing = place({
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });

    await expect(placing).rejects.toThrow('enough');
    expect(board.files.list(folder)).toEqual([]);
  });
});

describe('where the shell cannot write a file', () => {
  const cannotWrite = replace('cat', ({ stderr }) => {
    stderr.write('cat: not here\n');
    return 1;
  });

  test('it goes up over SFTP', async () => {
    const { board, place } = await startRig(cannotWrite);

    expect(await place()).toEqual({ path, uploadedBytes: content.length });
    expect(Buffer.compare(board.files.read(path), content)).toBe(0);
  });

  test('and there is no SFTP either, the shell’s own words are told', async () => {
    const { board, place } = await startRig({ ...cannotWrite, faults: { noSftp: true } });

    await expect(place()).rejects.toMatchObject({
      code: 'HIL_UPLOAD_FAILED',
      message: expect.stringContaining('cat: not here'),
    });
    expect(board.files.list(folder)).toEqual([]);
  });
});

test('is hashed again after a reboot, and does not go up again', async () => {
  const { board, place } = await startRig();
  await place();
  board.reboot();

  expect(await place()).toEqual({ path, uploadedBytes: 0 });
});

test('goes up again when the board has damaged it', async () => {
  const { board, place } = await startRig();
  await place();
  board.files.write(path, 1000, Uint8Array.of(1, 2, 3));
  board.reboot();

  expect(await place()).toEqual({ path, uploadedBytes: content.length });
  expect(Buffer.compare(board.files.read(path), content)).toBe(0);
});

test('is refused when less of it arrives than was sent', async () => {
  const lossyCat: Program = async ({ stdin, stdout, args, system }) => {
    for (const name of args) stdout.write(system.files.read(name));
    if (args.length === 0) await readInput(stdin, (chunk) => void stdout.write(chunk.subarray(1)));
    return 0;
  };
  const { board, place } = await startRig({ faults: { noSftp: true }, ...replace('cat', lossyCat) });

  await expect(place()).rejects.toMatchObject({
    code: 'HIL_UPLOAD_DAMAGED',
    retry: 'same-board',
    message: expect.stringContaining(`sent was sha256 ${sha256} (300000 bytes)`),
  });
  expect(board.files.list(folder)).toEqual([]);
});

test('is read back and hashed here where the board has no sha256sum', async () => {
  const { place } = await startRig(replace('sha256sum', () => 127));

  expect(await place()).toEqual({ path, uploadedBytes: content.length });
});

test('says which command the board could not do', async () => {
  const stubborn: Program = ({ stderr }) => {
    stderr.write('mkdir: not today\n');
    return 1;
  };
  const { place } = await startRig({ ...replace('mkdir', stubborn), faults: { noSftp: true } });

  await expect(place()).rejects.toMatchObject({
    code: 'HIL_UPLOAD_FAILED',
    message: expect.stringMatching(
      /^board board could not do "mkdir -p \/userdata\/hil\/cache && cat > .*": mkdir: not today \(exit status 1\)$/,
    ),
  });
});
