import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, type TestContext, vi } from 'vitest';
import type { BoardSession } from '../../../harness/board/session.ts';
import { skipUnlessMet } from '../../machine-needs.ts';
import { buildNative, prebuiltRunner } from '../../native/native-build.ts';
import { type BoardWithStandIn, needsOfStandIn, startBoardWithStandIn } from './board-with-stand-in.ts';

// Real servers on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

type Declaration = Parameters<typeof startBoardWithStandIn>[1];

async function start(
  context: TestContext,
  declaration: Declaration = {},
  mounts?: string,
): Promise<BoardWithStandIn> {
  skipUnlessMet(context, ...needsOfStandIn('dropbear'));
  return startBoardWithStandIn({ kind: 'dropbear', applets: ['sh'], mounts }, declaration);
}

async function open({ runner, board }: BoardWithStandIn, sdk = '1.7.5'): Promise<BoardSession> {
  const session = await runner.open(board, sdk, {});
  onTestFinished(() => session[Symbol.asyncDispose]());
  return session;
}

const otherMachine = () => (process.arch === 'arm64' ? 'x86_64' : 'aarch64');

test('the program and the library lie in the work folder under their own names, and go up once', async (context) => {
  const rig = await start(context);
  const work = rig.server.address.workFolder;

  await open(rig);
  const placed = readdirSync(`${work}/cache`).filter((name) => !name.endsWith('.ok'));
  await open(rig);

  expect(placed).toHaveLength(2);
  const [bin] = readdirSync(`${work}/bin`);
  const [sdk] = readdirSync(`${work}/sdk`);
  expect(readdirSync(`${work}/bin/${bin}`)).toEqual(['hil-npu-run']);
  expect(readdirSync(`${work}/sdk/${sdk}`)).toEqual(['librknn_api.so']);
  expect(readFileSync(`${work}/bin/${bin}/hil-npu-run`).length).toBe(
    readFileSync(prebuiltRunner(process.arch === 'arm64' ? 'aarch64' : 'x86_64')).length,
  );
});

test('a release in a folder is found by its own libraries first', async (context) => {
  const rig = await start(context, {});
  const release = join(rig.server.root, 'release');
  mkdirSync(release);
  copyFileSync(
    buildNative().find((path) => path.endsWith('librknn_api.so'))!,
    join(release, 'librknn_runtime.so'),
  );
  writeFileSync(join(release, 'cl_viv_vx_ext.h'), '// a header, as releases have them\n');
  const withFolder = await start(context, { libraries: { '1.7.5': { folder: release } } });

  await open(withFolder);

  const pid = withFolder.server.inside('pidof hil-npu-run || true').trim().split(' ');
  const environments = pid.map((one) => readFileSync(`/proc/${one}/environ`, 'latin1')).join();
  const work = withFolder.server.address.workFolder;
  expect(environments).toContain(`LD_LIBRARY_PATH=${work}/sdk/`);
  expect(readdirSync(`${work}/sdk/${readdirSync(`${work}/sdk`)[0]}`)).toEqual([
    'cl_viv_vx_ext.h',
    'librknn_runtime.so',
  ]);
});

test('a program for another machine is refused before anything is sent', async (context) => {
  const rig = await start(context, { runner: { file: prebuiltRunner(otherMachine()) } });

  await expect(rig.runner.open(rig.board, '1.7.5', {})).rejects.toMatchObject({
    code: 'HIL_BOARD_DEPLOY',
    owner: 'spec',
    message: expect.stringMatching(new RegExp(`is for ${otherMachine()} \\(64 bit\\), but the board is `)),
  });
  expect(readdirSync(`${rig.server.address.workFolder}/cache`)).toEqual([]);
});

test.for<readonly [string, NonNullable<Declaration>, string]>([
  [
    'a library that is no library',
    { libraries: { '1.7.5': { file: import.meta.filename.replace(/[^/]+$/, 'fake.so') } } },
    'cannot be read: ENOENT',
  ],
  [
    'a folder without the file to open',
    { libraries: { '1.7.5': { folder: import.meta.dirname } } },
    'holds no librknn_runtime.so',
  ],
  [
    'a program that is not there',
    { runner: { file: '/nowhere/hil-npu-run' } },
    'the device runner, /nowhere/hil-npu-run, cannot be read',
  ],
])('%s is told with its path', async ([, declaration, problem], context) => {
  const rig = await start(context, declaration);

  await expect(rig.runner.open(rig.board, '1.7.5', {})).rejects.toMatchObject({
    code: 'HIL_BOARD_DEPLOY',
    message: expect.stringContaining(problem),
  });
});

test('a library of the board that is not there is told by the board', async (context) => {
  const rig = await start(context, { libraries: { '1.7.5': '/usr/lib/nowhere.so' } });

  await expect(rig.runner.open(rig.board, '1.7.5', {})).rejects.toThrow('/usr/lib/nowhere.so');
  await expect.poll(() => rig.server.sessions()).toBe(0);
});

test('two sessions on a board share one connection, and the last one closes it', async (context) => {
  const rig = await start(context);

  const [first, second] = [await open(rig), await open(rig)];
  const shared = rig.server.sessions();
  await first[Symbol.asyncDispose]();

  expect(shared).toBe(1);
  expect(second.alive).toBe(true);
  await second[Symbol.asyncDispose]();
  await expect.poll(() => rig.server.sessions()).toBe(0);
});

test('a work folder that cannot be used is said in the session’s log', async (context) => {
  const rig = await start(context, { workFolder: '/proc/hil' });

  const session = await open(rig);

  expect(session.takeLog()).toMatch(/hil: the work folder is \S+, because of \/proc\/hil: /);
  expect(existsSync(join(rig.server.root, 'home/.hil/cache'))).toBe(true);
});

test('a reboot is noticed: what lies on the board is hashed again, and not sent again', async (context) => {
  const rig = await start(context);
  await (await open(rig))[Symbol.asyncDispose]();
  const cache = `${rig.server.address.workFolder}/cache`;
  for (const mark of readdirSync(cache).filter((name) => name.endsWith('.ok'))) {
    const lines = readFileSync(join(cache, mark), 'utf8').split('\n');
    writeFileSync(join(cache, mark), ['another boot', ...lines.slice(1)].join('\n'));
  }
  const uploads: number[] = [];

  await using _session = await rig.runner.open(rig.board, '1.7.5', {
    onProgress: ({ step, bytes }) => step === 'upload' && uploads.push(bytes?.total ?? 0),
  });

  expect(uploads).toEqual([]);
  expect(
    readFileSync(
      join(
        cache,
        readdirSync(cache).find((name) => name.endsWith('.ok'))!,
      ),
      'utf8',
    ),
  ).not.toContain('another boot');
});
