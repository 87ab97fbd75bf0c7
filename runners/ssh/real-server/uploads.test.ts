import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, onTestFinished, test, type TestContext, vi } from 'vitest';
import { skipUnlessMet } from '../../machine-needs.ts';
import { probeBoard } from '../board-probe.ts';
import { connect } from '../connect.ts';
import type { SshConnection } from '../ssh-connection.ts';
import { BoardCache, type BoardCacheOptions } from '../upload.ts';
import { fewApplets, needsOf, RealServer, type RealServerOptions, type ServerKind } from './real-server.ts';

// Real servers on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

const fileOf = (length: number, seed: number) => {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * seed) & 255);
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
};
/** Several stripes, and no round number of blocks. */
const file = fileOf(700_001, 7);

interface Rig {
  readonly server: RealServer;
  readonly connection: SshConnection;
  readonly cacheFolder: string;
  readonly openCache: (options?: Partial<BoardCacheOptions>) => Promise<BoardCache>;
}

async function startRig(context: TestContext, options: RealServerOptions): Promise<Rig> {
  skipUnlessMet(context, ...needsOf(options.kind));
  const server = await RealServer.start(options);
  onTestFinished(() => server[Symbol.asyncDispose]());
  const connection = await connect(server.address, {});
  onTestFinished(() => connection[Symbol.asyncDispose]());
  return {
    server,
    connection,
    cacheFolder: `${server.address.workFolder}/cache`,
    openCache: async (cacheOptions) =>
      new BoardCache(connection, {
        ...(await probeBoard(connection, server.address.workFolder, {})),
        ...cacheOptions,
      }),
  };
}

const namesIn = (folder: string) => readdirSync(folder).sort();

const boards: readonly (readonly [string, RealServerOptions])[] = [
  ['OpenSSH with SFTP', { kind: 'sshd' }],
  ['OpenSSH, busybox, no SFTP', { kind: 'sshd', applets: ['sh'] }],
  ['dropbear and busybox', { kind: 'dropbear', applets: ['sh'] }],
  ['OpenSSH with few programs', { kind: 'sshd', applets: fewApplets }],
  ['dropbear with few programs', { kind: 'dropbear', applets: fewApplets }],
  ['dropbear without dd', { kind: 'dropbear', applets: fewApplets.filter((name) => name !== 'dd') }],
];

describe.each(boards)('on %s', (_, options) => {
  test('a file arrives as it was sent, once, under the name of its content', async (context) => {
    const { cacheFolder, openCache } = await startRig(context, options);
    const told: number[] = [];

    const first = await (
      await openCache()
    ).place(file, { onProgress: ({ done, total }) => told.push(done / total) });
    const second = await (await openCache()).place(file, {});

    expect(first).toEqual({ path: `${cacheFolder}/${file.sha256}`, uploadedBytes: file.bytes.length });
    expect(Buffer.compare(readFileSync(first.path), file.bytes)).toBe(0);
    expect(second.uploadedBytes).toBe(0);
    expect(namesIn(cacheFolder)).toEqual([file.sha256, `${file.sha256}.ok`]);
    expect(told.at(-1)).toBe(1);
  });

  test('a file that was changed behind our back is seen and sent again', async (context) => {
    const { openCache } = await startRig(context, options);
    const { path } = await (await openCache()).place(file, {});
    const damaged = Uint8Array.from(file.bytes);
    damaged[350_000]! ^= 1;
    writeFileSync(path, damaged);
    utimesSync(path, new Date(), new Date(0));

    const again = await (await openCache()).place(file, {});

    expect(again.uploadedBytes).toBe(file.bytes.length);
    expect(Buffer.compare(readFileSync(path), file.bytes)).toBe(0);
  });

  test('a file that was cut short is sent again', async (context) => {
    const { openCache } = await startRig(context, options);
    const { path } = await (await openCache()).place(file, {});
    truncateSync(path, 1000);

    expect((await (await openCache()).place(file, {})).uploadedBytes).toBe(file.bytes.length);
  });
});

test.for<readonly [string, RealServerOptions]>([
  ['with openssl', { kind: 'sshd' }],
  ['without', { kind: 'sshd', applets: ['sh'] }],
])('a large file is checked on a board %s', async ([, options], context) => {
  const { openCache } = await startRig(context, options);
  const large = fileOf(5_000_000, 3);
  const { path } = await (await openCache()).place(large, {});
  const damaged = Uint8Array.from(large.bytes);
  damaged[4_000_000]! ^= 1;
  writeFileSync(path, damaged);
  utimesSync(path, new Date(), new Date(0));

  expect((await (await openCache()).place(large, {})).uploadedBytes).toBe(large.bytes.length);
  expect(Buffer.compare(readFileSync(path), large.bytes)).toBe(0);
});

test('an empty file can be placed', async (context) => {
  const { openCache } = await startRig(context, { kind: 'sshd' });

  const { path } = await (await openCache()).place(fileOf(0, 1), {});

  expect(statSync(path).size).toBe(0);
});

test('several files are asked for in one question, and only what is missing is sent', async (context) => {
  const { openCache } = await startRig(context, { kind: 'dropbear', applets: ['sh'] });
  const others = [fileOf(10, 1), fileOf(2000, 2), fileOf(70_000, 3)];
  await (await openCache()).place(others[1]!, {});

  const placed = await (await openCache()).placeAll(others, {});

  expect(placed.map(({ uploadedBytes }) => uploadedBytes)).toEqual([10, 0, 70_000]);
});

const smallDisk = (size: string): RealServerOptions['mounts'] =>
  `mkdir -p "$ROOT/board/hil" && mount -t tmpfs -o size=${size} tmpfs "$ROOT/board/hil"`;

describe.each(['sshd', 'dropbear'] as const)('a small disk, over %s', (kind: ServerKind) => {
  test('loses what was not used for the longest time, and nothing that is in use', async (context) => {
    const { server, openCache } = await startRig(context, { kind, applets: ['sh'], mounts: smallDisk('1m') });
    const [old, recent, fresh] = [fileOf(400_000, 1), fileOf(400_000, 2), fileOf(400_000, 3)];
    await (await openCache()).place(recent, {});
    await (await openCache()).place(old, {});
    // As if the one that came last had not been used since.
    const cache = `${server.address.workFolder}/cache`;
    server.inside(`sed -i 2s/.*/1000/ ${cache}/${old.sha256}.ok`);

    await (await openCache()).place(fresh, {});

    const names = server.inside(`ls ${cache}`).trim().split('\n');
    expect(names).toEqual([fresh, recent].flatMap(({ sha256 }) => [sha256, `${sha256}.ok`]).sort());
  });

  test('that is full of other things is told with its numbers, and no part of a file stays', async (context) => {
    const { server, openCache } = await startRig(context, {
      kind,
      applets: ['sh'],
      mounts: smallDisk('600k'),
    });
    const cache = await openCache();
    server.inside(`dd if=/dev/zero of=${server.path('hil')}/foreign bs=1024 count=200 2>/dev/null`);

    await expect(cache.place(file, {})).rejects.toMatchObject({
      code: 'HIL_BOARD_DISK_FULL',
      message: expect.stringContaining(`no room for ${file.bytes.length} bytes`),
    });
    expect(server.inside(`ls ${server.path('hil')}/cache`)).toBe('');
  });

  test('without free inodes makes room too', async (context) => {
    const { server, openCache } = await startRig(context, {
      kind,
      applets: ['sh'],
      mounts: smallDisk('1m,nr_inodes=9'),
    });
    for (const seed of [1, 2, 3]) await (await openCache()).place(fileOf(100, seed), {});

    await (await openCache()).place(fileOf(100, 4), {});

    expect(server.inside(`ls ${server.path('hil')}/cache`)).toContain(fileOf(100, 4).sha256);
  });
});

test('the cache stays within the size that the config allows', async (context) => {
  const { cacheFolder, openCache } = await startRig(context, { kind: 'sshd' });
  for (const seed of [1, 2, 3]) {
    await (await openCache({ maxCacheBytes: 250_000 })).place(fileOf(100_000, seed), {});
  }

  expect(namesIn(cacheFolder).filter((name) => !name.endsWith('.ok'))).toHaveLength(2);
});

test('what a dead upload left is removed when room is made, and a living one is left alone', async (context) => {
  const { server, cacheFolder, openCache } = await startRig(context, {
    kind: 'dropbear',
    applets: ['sh'],
    mounts: smallDisk('1m'),
  });
  const cache = await openCache();
  const [dead, living] = ['dead.1.tmp', 'living.2.tmp'];
  server.inside(
    `cd ${cacheFolder} && head -c 500000 /dev/zero > ${dead} && touch -d '1 hour ago' ${dead} && echo x > ${living}`,
  );

  await cache.place(fileOf(800_000, 1), {});

  expect(server.inside(`ls ${cacheFolder}`)).not.toContain(dead);
  expect(server.inside(`ls ${cacheFolder}`)).toContain(living);
});

describe('a work folder that cannot be used', () => {
  const readOnly = 'mkdir -p "$ROOT/board/ro" && mount -t tmpfs -o ro tmpfs "$ROOT/board/ro"';
  const noexec = 'mkdir -p "$ROOT/board/ne" && mount -t tmpfs -o noexec tmpfs "$ROOT/board/ne"';

  test.for<readonly [string, string, string, RegExp]>([
    ['read-only', readOnly, 'ro/hil', /ro\/hil: .*Read-only file system/],
    ['not for programs', noexec, 'ne/hil', /ne\/hil: programs there are not executed: .*Permission denied/],
  ])(
    'because its disk is %s is replaced by the next, which is said',
    async ([, mounts, wished, reason], context) => {
      const { server, connection } = await startRig(context, { kind: 'sshd', applets: ['sh'], mounts });

      const facts = await probeBoard(connection, server.path(wished), {});

      expect(facts.workFolder).toBe('/root/.hil');
      expect(facts.notes).toEqual([expect.stringMatching(reason)]);
    },
  );

  test('and no other can be used either is an error that names them all', async (context) => {
    const { server, connection } = await startRig(context, { kind: 'dropbear', applets: ['sh'] });
    server.inside(
      'for folder in /root /tmp /var/tmp /dev/shm; do mount --bind $folder $folder; mount -o remount,bind,ro $folder; done',
    );

    await expect(probeBoard(connection, '/proc/hil', {})).rejects.toMatchObject({
      code: 'HIL_BOARD_NO_FOLDER',
      message: expect.stringMatching(
        /\/proc\/hil: .*; \/userdata\/hil: .*Read-only.*; \/dev\/shm\/hil: .*Read-only/,
      ),
    });
  });
});

test('a folder that is there is kept as it is', async (context) => {
  const { server, connection } = await startRig(context, { kind: 'sshd' });
  mkdirSync(`${server.address.workFolder}/cache`, { recursive: true });
  writeFileSync(`${server.address.workFolder}/cache/other`, 'mine');

  await probeBoard(connection, server.address.workFolder, {});

  expect(namesIn(`${server.address.workFolder}/cache`)).toEqual(['other']);
});
