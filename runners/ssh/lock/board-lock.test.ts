import { readFileSync, writeFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { skipUnlessMet } from '../../machine-needs.ts';
import { connect } from '../connect.ts';
import { exec } from '../exec.ts';
import { quote } from '../quote.ts';
import { needsOf, RealServer, type ServerKind } from '../real-server/real-server.ts';
import type { SshConnection } from '../ssh-connection.ts';
import { BoardLock, type BoardLockOptions } from './board-lock.ts';

/** Starts a process in a group of its own under the lock, as a device runner is. @returns Its pid. */
async function startUnder(
  lock: BoardLock,
  connection: SshConnection,
  file: (name: string) => string | undefined,
): Promise<number> {
  const command = `setsid sh -c ${quote(`${lock.enter}exec sleep 600`)}`;
  exec(connection, command, {}).catch(() => undefined);
  await expect.poll(() => file('lock/runners'), within).toMatch(/^\d+$/);
  return Number(file('lock/runners'));
}

/** A zombie does not run. */
function runs(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

const within = { timeout: 15_000, interval: 50 };

describe.each<ServerKind>(['sshd', 'dropbear'])('a lock on a board with %s', { timeout: 60_000 }, (kind) => {
  async function board() {
    const server = await RealServer.start({ kind });
    onTestFinished(() => server[Symbol.asyncDispose]());
    let takers = 0;
    const open = async () => {
      const connection = await connect(server.address, {});
      onTestFinished(() => connection[Symbol.asyncDispose]());
      return connection;
    };
    const take = async (options: Partial<BoardLockOptions> = {}) =>
      BoardLock.acquire(await open(), {
        workFolder: server.path('hil'),
        waitMs: 1000,
        holder: `number ${++takers}`,
        ...options,
      });
    const file = (name: string): string | undefined => {
      const path = join(server.path('hil'), name);
      return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
    };
    return { server, open, take, file };
  }

  test('is held by one, and the other is told by whom', async (context) => {
    skipUnlessMet(context, ...needsOf(kind));
    const { take } = await board();
    const lock = await take({ holder: 'anna@desk' });

    await expect(take({ holder: 'ben@ci' })).rejects.toMatchObject({
      code: 'HIL_BOARD_BUSY',
      message: expect.stringContaining('in use by anna@desk'),
    });

    expect(await lock.verify()).toBeUndefined();
  });

  test('goes to the next when it is given back, under a higher fence', async (context) => {
    skipUnlessMet(context, ...needsOf(kind));
    const { take, file } = await board();
    const first = await take();
    const waiting = take({ waitMs: 20_000 });

    await first.release();
    const second = await waiting;

    expect(second.fence).toBe(first.fence + 1);
    await second.release();
    expect(file('lock/holder')).toBeUndefined();
    expect(file('fence')).toBe(String(second.fence));
  });

  test('ends when the link breaks, and with it what runs under it', async (context) => {
    skipUnlessMet(context, ...needsOf(kind));
    const { server, open, take, file } = await board();
    const connection = await open();
    const lock = await BoardLock.acquire(connection, { workFolder: server.path('hil') });
    const runner = await startUnder(lock, connection, file);

    await connection[Symbol.asyncDispose]();

    await expect.poll(() => file('lock/holder'), within).toBeUndefined();
    expect(runs(runner)).toBe(false);
    expect((await take()).fence).toBe(lock.fence + 1);
  });

  test('of a holder that is silent is taken over, and the holder is told', async (context) => {
    skipUnlessMet(context, ...needsOf(kind));
    const { take } = await board();
    // Beats seldom enough to look dead to the other, who is impatient.
    const silent = await take({ holder: 'anna@asleep', beatMs: 600_000, staleMs: 600_000 });

    const next = await take({ holder: 'ben@ci', waitMs: 20_000, staleMs: 2000 });

    expect(await silent.verify()).toMatchObject({
      code: 'HIL_BOARD_FENCED',
      message: expect.stringMatching(/we are anna@asleep, fence 1, the board is held by ben@ci/),
    });
    expect(await next.verify()).toBeUndefined();
  });

  test('of a connection that we have lost is our own, and gives way at once', async (context) => {
    skipUnlessMet(context, ...needsOf(kind));
    const { take } = await board();
    const lost = await take({ holder: 'anna@desk (pid 7)' });

    const again = await take({ holder: 'anna@desk (pid 7)' });

    expect(again.fence).toBe(lost.fence + 1);
    expect(await lost.verify()).toMatchObject({ code: 'HIL_BOARD_FENCED' });
  });

  test('is not trusted by a machine that slept', async (context) => {
    skipUnlessMet(context, ...needsOf(kind));
    const { take } = await board();
    let now = 1000;
    const lock = await take({ clock: () => now });

    now += 60;

    expect(lock.failure).toMatchObject({
      code: 'HIL_BOARD_FENCED',
      message: expect.stringContaining('we were silent for 60 s'),
    });
  });

  test('that a boot has left over counts for nothing', async (context) => {
    skipUnlessMet(context, ...needsOf(kind));
    const { server, take } = await board();
    mkdirSync(server.path('hil/lock'), { recursive: true });
    writeFileSync(server.path('hil/lock/holder'), `41 ${process.pid} another-boot anna@desk\n`);
    writeFileSync(server.path('hil/fence'), '41\n');

    const lock = await take();

    expect(lock.fence).toBe(42);
  });

  test('whose guard was killed is taken over at once, and what ran under it is ended', async (context) => {
    skipUnlessMet(context, ...needsOf(kind));
    const { server, open, take, file } = await board();
    const connection = await open();
    const lock = await BoardLock.acquire(connection, { workFolder: server.path('hil') });
    const runner = await startUnder(lock, connection, file);
    const [, guard] = file('lock/holder')!.split(' ');

    process.kill(Number(guard), 'SIGKILL');
    await take({ waitMs: 20_000 });

    expect(runs(runner)).toBe(false);
    await expect.poll(() => lock.failure, within).toMatchObject({ code: 'HIL_BOARD_FENCED' });
  });
});
