import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { ContainerRuntimeClient } from 'testcontainers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { aarch64Programs, containerEngine, missing } from '../../machine-needs.ts';
import { connect } from '../../ssh/connect.ts';
import { exec } from '../../ssh/exec.ts';
import { openSftp } from '../../ssh/sftp-write.ts';
import type { SshConnection } from '../../ssh/ssh-connection.ts';
import { BoardCache } from '../../ssh/upload.ts';
import { type BoardImage, ensureBoardImage } from './board-image.ts';
import { ContainerBoard, type ContainerBoardOptions } from './container-board.ts';
import { type ContainerOwner, thisOwner } from './container-owner.ts';
import { findEngine } from './engine.ts';
import { labelsOf } from './leftover-containers.ts';
import { reaperIsHere } from './reaper.ts';

const bootMs = 180_000;

async function startBoard(
  image: BoardImage,
  options: Partial<ContainerBoardOptions> = {},
): Promise<ContainerBoard> {
  const board = await ContainerBoard.start({ name: 'board', image, ...options });
  onTestFinished(() => board[Symbol.asyncDispose]());
  return board;
}

async function logIn(board: ContainerBoard): Promise<SshConnection> {
  const connection = await connect(board.address, {});
  onTestFinished(() => connection[Symbol.asyncDispose]());
  return connection;
}

const outputOf = async (connection: SshConnection, command: string): Promise<string> =>
  (await exec(connection, command, {})).stdout.toString('utf8').trim();

const hostMachine = { arm64: 'aarch64', x64: 'x86_64' }[process.arch as string];
const systems = [
  { image: 'buildroot', machine: 'aarch64', hasSftp: false, id: 'buildroot' },
  { image: 'debian-arm64', machine: 'aarch64', hasSftp: true, id: 'debian' },
  { image: 'debian', machine: hostMachine, hasSftp: true, id: 'debian' },
] as const;

describe.each(systems)('a board in a container of $image', ({ image, machine, hasSftp, id }) => {
  const lacking = missing(containerEngine, ...(image === 'debian' ? [] : [aarch64Programs]));

  test('lets its one key in and runs commands', { timeout: bootMs }, async ({ skip }) => {
    if (lacking !== undefined) skip(lacking);
    const connection = await logIn(await startBoard(image));

    expect(await outputOf(connection, 'uname -m; id -u; . /etc/os-release; echo $ID')).toBe(
      `${machine}\n0\n${id}`,
    );
    expect(await outputOf(connection, 'env')).not.toContain('PRIVATE KEY');
  });

  test('takes files, with SFTP or without', { timeout: bootMs }, async ({ skip }) => {
    if (lacking !== undefined) skip(lacking);
    const board = await startBoard(image);
    const connection = await logIn(board);
    const bytes = randomBytes(10_000_000);
    const sha256 = createHash('sha256').update(bytes).digest('hex');

    const placed = await new BoardCache(connection, {
      workFolder: board.address.workFolder,
      bootId: 'boot',
    }).place({ sha256, bytes }, {});

    expect(placed).toEqual({ path: `/userdata/hil/cache/${sha256}`, uploadedBytes: bytes.length });
    expect(await outputOf(connection, `sha256sum ${placed.path}`)).toMatch(sha256);
    expect((await openSftp(connection)) !== undefined).toBe(hasSftp);
  });

  test('may lack programs', { timeout: bootMs }, async ({ skip }) => {
    if (lacking !== undefined) skip(lacking);
    const connection = await logIn(await startBoard(image, { without: ['sha256sum', 'timeout'] }));

    const { code, stderr } = await exec(connection, 'timeout 1 true || sha256sum /etc/passwd', {});

    expect(code).toBe(127);
    expect(stderr).toMatch(/timeout.*not found\n.*sha256sum.*not found/);
  });

  test('may have a read-only root and a small disk', { timeout: bootMs }, async ({ skip }) => {
    if (lacking !== undefined) skip(lacking);
    const connection = await logIn(await startBoard(image, { readOnlyRoot: true, diskBytes: 4_000_000 }));

    const toRoot = await exec(connection, 'echo x > /usr/x', {});
    const toDisk = await exec(connection, 'dd if=/dev/zero of=/userdata/hil/x bs=1000000 count=5', {});

    expect(toRoot.stderr).toMatch(/read-only file system/i);
    expect(toDisk.stderr).toMatch(/no space left on device/i);
  });

  test('boots again after a power cut, with its disk', { timeout: bootMs }, async ({ skip }) => {
    if (lacking !== undefined) skip(lacking);
    const board = await startBoard(image);
    const before = await logIn(board);
    await exec(before, 'echo kept > /userdata/hil/file', {});

    await board.restart();

    await expect.poll(() => before.alive).toBe(false);
    expect(await outputOf(await logIn(board), 'cat /userdata/hil/file')).toBe('kept');
  });
});

describe('containers of boards', () => {
  const lacking = missing(containerEngine);

  test('are reachable from this machine only', { timeout: bootMs }, async ({ skip }) => {
    if (lacking !== undefined) skip(lacking);
    const { client } = await findEngine();
    const { port } = (await startBoard('debian')).address;

    const published = (await client.container.list()).flatMap(({ Ports }) => Ports);

    expect(published.filter(({ PublicPort }) => PublicPort === port)).toEqual([
      expect.objectContaining({ IP: '127.0.0.1' }),
    ]);
  });

  test('are gone once their board is disposed, however often', { timeout: bootMs }, async ({ skip }) => {
    if (lacking !== undefined) skip(lacking);
    const { client } = await findEngine();
    const name = `disposed-${randomBytes(4).toString('hex')}`;
    const board = await startBoard('debian', { name });

    await Promise.all([board[Symbol.asyncDispose](), board[Symbol.asyncDispose]()]);
    await board[Symbol.asyncDispose]();

    expect(await namesOf(client, `hil.board=${name}`)).toEqual([]);
  });

  test('are removed by the next board when their owner was killed', { timeout: bootMs }, async ({ skip }) => {
    if (lacking !== undefined) skip(lacking);
    const { client } = await findEngine();
    const name = `orphan-${randomBytes(4).toString('hex')}`;
    const owners: readonly ContainerOwner[] = [await ownerThatWasKilled(), thisOwner()];
    for (const [index, owner] of owners.entries()) {
      const container = await client.container.create({
        Image: await ensureBoardImage('debian'),
        name: `${name}-${index}`,
        Labels: labelsOf(owner, name),
      });
      onTestFinished(() => container.remove().catch(() => undefined) as Promise<void>);
    }

    await startBoard('debian');

    expect(await namesOf(client, `hil.board=${name}`)).toEqual([`/${name}-1`]);
  });

  test('are watched by a reaper only where its image is', { timeout: bootMs }, async ({ skip }) => {
    if (lacking !== undefined) skip(lacking);
    const { client } = await findEngine();

    expect(await reaperIsHere(client, await ensureBoardImage('debian'))).toBe(true);
    expect(await reaperIsHere(client, 'hil/no-such-reaper:1')).toBe(false);
    expect(typeof (await reaperIsHere(client))).toBe('boolean');
  });

  test('are not left behind when a board does not come up', { timeout: bootMs }, async ({ skip }) => {
    if (lacking !== undefined) skip(lacking);
    const { client } = await findEngine();
    const name = `broken-${randomBytes(4).toString('hex')}`;

    const starting = startBoard('debian', { name, mounts: [{ source: '/dev/null', target: '/bin/sh' }] });

    await expect(starting).rejects.toMatchObject({ code: 'HIL_CONTAINER_BOARD', owner: 'lab' });
    expect(await namesOf(client, `hil.board=${name}`)).toEqual([]);
  });
});

async function namesOf({ container }: ContainerRuntimeClient, label: string): Promise<string[]> {
  const found = await container.dockerode.listContainers({ all: true, filters: { label: [label] } });
  return found.flatMap(({ Names }) => Names);
}

async function ownerThatWasKilled(): Promise<ContainerOwner> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(child, 'spawn');
  const owner = { ...thisOwner(), pid: child.pid!, startedAt: '' };
  child.kill('SIGKILL');
  await once(child, 'exit');
  return owner;
}
