import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { BoardSession } from '../../harness/board/session.ts';
import { missing } from '../machine-needs.ts';
import { LogBuffer } from '../protocol/log-buffer.ts';
import { connect } from '../ssh/connect.ts';
import { fewApplets, needsOf, RealServer, type RealServerOptions } from '../ssh/real-server/real-server.ts';
import type { SshConnection } from '../ssh/ssh-connection.ts';
import { modelFor, boardFile, requestOf, simulatedBoard, topFive } from './command-board.ts';
import { CommandRunner } from './command-runner.ts';
import { type ProgramCall, runProgram } from './run-program.ts';

const servers: readonly (readonly [string, RealServerOptions])[] = [
  ['sshd', { kind: 'sshd' }],
  ['dropbear with few programs', { kind: 'dropbear', applets: fewApplets }],
];

/** Processes of this machine that a run with the nonce has started, and that are no zombies. */
function processesOf(nonce: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const isOurs = /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`).includes(`HIL_RUN=${nonce}`);
      return isOurs && !/\) Z /.test(readFileSync(`/proc/${name}/stat`, 'latin1')) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

let runs = 0;

describe.each(servers)('a program behind %s', { timeout: 60_000 }, (_, options) => {
  const lacking = missing(...needsOf(options.kind));
  let server: RealServer;
  let connection: SshConnection;
  let log: LogBuffer;
  const stuck: string[] = [];

  beforeAll(async () => {
    if (lacking !== undefined) return;
    server = await RealServer.start(options);
    server.inside(`mkdir -p ${server.path('work')}`);
  }, 60_000);
  afterAll(() => server?.[Symbol.asyncDispose]());
  beforeEach(async ({ skip }) => {
    if (lacking !== undefined) skip(lacking);
    connection = await connect(server.address, {});
    log = new LogBuffer();
    stuck.length = 0;
    return () => connection[Symbol.asyncDispose]();
  });

  const call = (words: readonly string[], changes: Partial<ProgramCall> = {}): ProgramCall => ({
    name: 'demo',
    folder: server.path('work'),
    nonce: `test${process.pid}n${++runs}`,
    words,
    environment: {},
    limitMs: 60_000,
    maxBytes: 1024 * 1024,
    ...changes,
  });
  const sh = (script: string, changes: Partial<ProgramCall> = {}) =>
    call(['sh', '-c', script, 'demo'], changes);
  const run = (program: ProgramCall, signal?: AbortSignal) =>
    runProgram(connection, program, log, { signal, onStuck: (words) => stuck.push(words) });

  test('gets its words and variables exactly, whatever they contain', async () => {
    const nasty = fc.constantFrom(
      "'",
      '"',
      '\\',
      '$',
      '`',
      '\n',
      ' ',
      '*',
      '~',
      '#',
      '&',
      ';',
      '!',
      '-',
      '=',
      'é',
      '𝄞',
      '$(id)',
    );
    const word = fc.oneof(
      fc.string({ unit: nasty }),
      fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
    );
    const words = fc.array(word, { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(words, word, async (args, value) => {
        const program = call(['sh', '-c', 'printf "%s\\0" "$VALUE" "$@"', 'demo', ...args], {
          environment: { VALUE: value },
        });

        const { status, stdout } = await run(program);

        const expected = [value, ...args]
          .map((text) => `${Buffer.from(text, 'utf8').toString('utf8')}\0`)
          .join('');
        expect(stdout.toString('utf8')).toBe(expected);
        expect(status).toBe(0);
      }),
      { numRuns: 20 },
    );
  });

  test('ends with its own status, and its output whole to the last byte', async () => {
    const { status, stdout } = await run(sh('printf "no newline\\377"; echo oops >&2; exit 7'));

    expect(status).toBe(7);
    expect(stdout).toEqual(Buffer.from('no newline\xff', 'latin1'));
    expect(log.take()).toContain('oops');
  });

  test('ends with 128 and the signal that killed it', async () => {
    expect((await run(sh('kill -SEGV $$'))).status).toBe(139);
  });

  test('finds no input to read', async () => {
    expect((await run(sh('cat; echo done'))).stdout.toString()).toBe('done\n');
  });

  test('does not keep us waiting for a child that holds its output, and the child is killed', async () => {
    const program = sh('sleep 1000 & echo result');

    const { stdout } = await run(program);

    expect(stdout.toString()).toBe('result\n');
    expect(processesOf(program.nonce)).toEqual([]);
  });

  test('leaves nothing that has left its group', async ({ skip }) => {
    if (options.applets !== undefined) skip('this board has no setsid');
    const program = sh('setsid sleep 1000 >/dev/null 2>&1 & sleep 0.2; echo result');

    await run(program);

    await expect.poll(() => processesOf(program.nonce)).toEqual([]);
  });

  test('is stopped when it prints without end, and what it said is marked as cut', async () => {
    const program = sh('while :; do echo again and again; done', { maxBytes: 100_000 });

    await expect(run(program)).rejects.toMatchObject({
      code: 'HIL_PROGRAM_OUTPUT_TOO_LARGE',
      message: expect.stringMatching(
        /^the standard output of demo was cut at .* MiB; it starts: again and again/,
      ),
    });
    expect(processesOf(program.nonce)).toEqual([]);
    expect(stuck).toEqual([]);
  });

  test('is killed with all its children when the run is called off', async () => {
    const controller = new AbortController();
    const program = sh('sleep 1000 & sleep 1001');
    const running = run(program, controller.signal);
    await expect.poll(() => processesOf(program.nonce).length, { timeout: 20_000 }).toBeGreaterThan(1);

    controller.abort(new Error('interrupted'));

    await expect(running).rejects.toThrow('interrupted');
    expect(processesOf(program.nonce)).toEqual([]);
  });

  test('dies with the connection, as when the harness is killed', async () => {
    const program = sh('sleep 1000 & sleep 1001');
    const running = run(program).catch((error: unknown) => error);
    await expect.poll(() => processesOf(program.nonce).length, { timeout: 20_000 }).toBeGreaterThan(1);

    connection.client.destroy();

    expect(await running).toMatchObject({ owner: 'lab' });
    await expect.poll(() => processesOf(program.nonce), { timeout: 20_000 }).toEqual([]);
  });

  test('is ended by the board itself when its time is up', async () => {
    const program = sh('sleep 1000', { limitMs: 1000 });

    await expect(run(program)).rejects.toMatchObject({ code: 'HIL_PROGRAM_LOST' });
    expect(processesOf(program.nonce)).toEqual([]);
  });

  test('is no result when somebody kills the shell that watches it', async () => {
    const program = sh('kill -9 $PPID; sleep 1');

    await expect(run(program)).rejects.toMatchObject({
      code: 'HIL_PROGRAM_LOST',
      message: expect.stringContaining('the end of the output is missing'),
    });
  });

  test('is not started where its folder is gone', async () => {
    await expect(run(sh('true', { folder: server.path('nowhere') }))).rejects.toMatchObject({
      code: 'HIL_PROGRAM_LOST',
      message: expect.stringContaining('the folder that demo was to run in is gone'),
    });
  });

  describe('that a spec declares', () => {
    async function open(): Promise<BoardSession> {
      const runner = new CommandRunner(() => Promise.resolve({ address: server.address, command: [] }));
      const session = await runner.open(simulatedBoard, '1.7.5', {});
      onTestFinished(() => session[Symbol.asyncDispose]());
      return session;
    }
    const foldersLeft = () => server.inside(`ls ${server.path('hil')}/runs`);

    test('runs in a folder of its own with its files beside it, and leaves nothing', async () => {
      const session = await open();
      const model = await session.load(
        modelFor({
          script: `cat "$1" "$2" names/labels.txt >&2; echo "$0 $LD_LIBRARY_PATH" >&2; printf '${topFive.replaceAll('\n', '\\n')}'`,
          files: [{ as: 'names/labels.txt', file: boardFile('labels.txt', 'dog\n') }],
          environment: { LD_LIBRARY_PATH: '{folder}' },
        }),
        {},
      );

      const { outputs, runs: facts } = await model.infer(requestOf('a picture', 2), {});

      expect(outputs).toMatchObject([
        {
          attribute: { index: 0, name: '', shape: [5], dtype: 'float32' },
          listing: { kind: 'some', places: [156, 155, 205, 284, 260] },
        },
      ]);
      expect(facts).toHaveLength(2);
      expect(facts[0]).toEqual(facts[1]);
      const folder = `${server.path('hil')}/runs/\\w+`;
      expect(session.takeLog()).toMatch(new RegExp(`the modela picturedog\n${folder}/demo ${folder}\n`));
      expect(foldersLeft()).toBe('');
      expect(session.stack.name).toBe('unknown');
    });

    test('holds the board’s lock meanwhile, where others use the board too', async () => {
      const target = {
        address: server.address,
        command: () => Promise.reject(new Error('not asked')),
        shared: true,
      };
      const session = await new CommandRunner(() => Promise.resolve(target)).open(
        simulatedBoard,
        '1.7.5',
        {},
      );
      onTestFinished(async () => session[Symbol.asyncDispose]());
      const lock = `${server.path('hil')}/lock`;
      const model = await session.load(
        modelFor({ script: `cat ${lock}/holder >&2; printf '${topFive.replaceAll('\n', '\\n')}'` }),
        {},
      );

      const { outputs } = await model.infer(requestOf('x'), {});
      const said = session.takeLog();
      await session[Symbol.asyncDispose]();

      expect(outputs).toHaveLength(1);
      expect(session.identity.kernel).toMatch(/^Linux \S+ \S+$/);
      expect(said).toContain(`(pid ${process.pid}, `);
      await expect
        .poll(() => server.inside(`ls ${server.path('hil')}`), { timeout: 20_000 })
        .not.toMatch(/^lock$/m);
    });

    test('is uploaded once', async () => {
      const script = `printf '${topFive.replaceAll('\n', '\\n')}' # ${Math.random()}`;
      const first = await (await open()).load(modelFor({ script }), {});
      const again = await (await open()).load(modelFor({ script }), {});

      expect(first.uploadedBytes).toBeGreaterThan(script.length);
      expect(again.uploadedBytes).toBe(0);
    });

    test('gives its outputs in files, of which one is missing', async () => {
      const session = await open();
      const bytes = 'printf \'\\000\\000\\200\\077\\000\\000\\000\\100\' > "$1/p.bin"';
      const given = modelFor({
        script: bytes,
        args: ['{outputs}'],
        outputs: [{ parser: 'bin', from: 'p.bin', dtype: 'float32', shape: [1, 2] }],
      });
      const missingFile = modelFor({
        script: bytes,
        args: ['{outputs}'],
        outputs: [{ parser: 'npy', from: 'p.npy' }],
      });

      const { outputs } = await (await session.load(given, {})).infer(requestOf('x'), {});
      const failing = (await session.load(missingFile, {})).infer(requestOf('x'), {});

      expect(outputs[0]!.tensor).toMatchObject({ shape: [1, 2], data: Float32Array.of(1, 2) });
      await expect(failing).rejects.toMatchObject({
        code: 'HIL_PROGRAM_OUTPUT',
        message: expect.stringContaining('there is no such file; it left p.bin'),
      });
      expect(foldersLeft()).toBe('');
    });

    test('tells its SDK by the runtime’s banner, and is refused if it is another', async () => {
      const banner = (version: string) =>
        `printf 'sdk version: librknn_runtime version ${version} (ccb93f1 build: 2023-07-18 10:48:49 base: 1131) driver version: 6.4.6.5.351518\\n${topFive.replaceAll('\n', '\\n')}'`;
      const session = await open();

      await (await session.load(modelFor({ script: banner('1.7.5') }), {})).infer(requestOf('x'), {});
      const stack = session.stack;
      const other = (await session.load(modelFor({ script: banner('1.6.0') }), {})).infer(requestOf('x'), {});

      expect(stack).toMatchObject({
        name: '1.7.5',
        api: { version: '1.7.5', commit: 'ccb93f1', built: '2023-07-18 10:48:49' },
        driver: { version: '6.4.6.5.351518' },
      });
      await expect(other).rejects.toMatchObject({
        code: 'HIL_BOARD_SDK',
        message: 'board board answers with SDK 1.6.0, asked for was 1.7.5',
      });
    });

    test.each([
      [
        'ends badly',
        'echo so bad; exit 3',
        {
          code: 'HIL_PROGRAM_FAILED',
          owner: 'undecided',
          message: 'demo ended with exit status 3; it printed: so bad',
        },
      ],
      [
        'crashes',
        'kill -SEGV $$',
        { code: 'HIL_PROGRAM_FAILED', message: expect.stringContaining('demo was killed by signal 11') },
      ],
      [
        'lacks a library',
        'echo "error while loading shared libraries: librknn_api.so" >&2; exit 127',
        { code: 'HIL_PROGRAM_MISSING', owner: 'spec' },
      ],
      [
        'prints the vendor’s failure',
        "printf 'Create RKNN model fail, error=-13\\nrknn_init fail! ret=-13\\n'; exit 255",
        { code: 'HIL_VENDOR_TARGET_PLATFORM_UNMATCH', owner: 'spec' },
      ],
      [
        'prints a decimal comma',
        "printf ' --- Top5 ---\\n156: 0,948730\\n'",
        {
          code: 'HIL_PROGRAM_OUTPUT',
          owner: 'undecided',
          message: expect.stringContaining('line 2, "156: 0,948730": the score has a decimal comma'),
        },
      ],
      [
        'prints half of its result',
        "printf ' --- Top5 ---\\n156: 0.948730\\n'",
        { code: 'HIL_PROGRAM_OUTPUT', message: expect.stringContaining('has 1 of 5 lines') },
      ],
    ])('is explained when it %s', async (_what, script, error) => {
      const session = await open();
      const model = await session.load(modelFor({ script }), {});

      await expect(model.infer(requestOf('x'), {})).rejects.toMatchObject(error);
      expect(session.alive).toBe(true);
      expect(foldersLeft()).toBe('');
    });

    test('is explained when the board does not have it, or cannot execute it', async () => {
      const session = await open();
      const gone = await session.load(modelFor({ program: { onBoard: '/opt/none/demo' } }), {});
      const notProgram = await session.load(
        modelFor({
          program: {
            name: 'demo',
            file: boardFile('demo', Buffer.from('\x7fELF\x02\x01\x01nonsense', 'latin1')),
          },
        }),
        {},
      );

      await expect(gone.infer(requestOf('x'), {})).rejects.toMatchObject({ code: 'HIL_PROGRAM_MISSING' });
      await expect(notProgram.infer(requestOf('x'), {})).rejects.toMatchObject({
        code: 'HIL_PROGRAM_NOT_EXECUTABLE',
        owner: 'spec',
      });
    });
  });
});

test('nothing of these tests is left on this machine', () => {
  const left = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).match(/^sleep 100[01]$/gm) ?? [];

  expect(left).toEqual([]);
});
