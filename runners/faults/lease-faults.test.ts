import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { hil, startHil } from '../../harness/cli/e2e/hil-process.ts';
import { tinyProject, tinySpec } from '../../harness/cli/e2e/tiny-project.ts';
import type { BoardLease } from '../../harness/store/history/board-leases.ts';
import { LeaseGate } from '../../harness/store/history/lease-gate.ts';
import { openRecordStore } from '../../harness/store/history/open-record-store.ts';
import {
  type PostgresServer,
  postgresPrograms,
  startPostgres,
} from '../../harness/store/history/postgres-server.ts';
import { type MachineNeed, missing } from '../machine-needs.ts';
import { connect } from '../ssh/connect.ts';
import { BoardLock } from '../ssh/lock/board-lock.ts';
import { needsOfStandIn } from '../ssh/real-server/board-with-stand-in.ts';
import { type StandInRig, startStandInRig } from './stand-in-rig.ts';

const postgres: MachineNeed = {
  what: 'the programs of a PostgreSQL server',
  met: () => postgresPrograms() !== undefined,
};
const reason = missing(postgres, ...needsOfStandIn('sshd'));
const suite = (what: string) => `${what}${reason === undefined ? '' : ` (${reason})`}`;

describe.skipIf(reason !== undefined)(
  suite('faults of a lease store on PostgreSQL'),
  { timeout: 120_000 },
  () => {
    let server: PostgresServer;
    const open = () => openRecordStore(server.url, '/');

    beforeAll(async () => {
      server = await startPostgres(postgresPrograms()!);
      await using store = await open();
      await store.listRuns(1);
    }, 120_000);
    afterAll(() => server?.[Symbol.asyncDispose](), 60_000);

    /** A run that leases its board from the store. */
    async function runOf(
      holder: string,
      ttlMs: number,
    ): Promise<StandInRig & { readonly lost: readonly string[] }> {
      const lost: string[] = [];
      let gate: LeaseGate | undefined;
      const rig = await startStandInRig({
        gate: (tell) => {
          const onLost = (board: string): void => {
            lost.push(board);
            tell(board);
          };
          return (gate = new LeaseGate({ open, holder, ttlMs, pollMs: 100, onLost }));
        },
      });
      onTestFinished(() => gate?.[Symbol.asyncDispose]());
      return { ...rig, lost };
    }

    async function leases(): Promise<readonly BoardLease[]> {
      await using store = await open();
      return await store.leases.list();
    }

    /** Waits until the device runner is in the middle of a run. */
    async function untilRunning({ npu }: StandInRig): Promise<void> {
      await expect.poll(() => npu.openContexts, { timeout: 15_000 }).toBe(1);
      await delay(300);
    }

    test('fault 50: the server dies in the middle of a run: the run goes on, and so does its lease afterwards', async () => {
      const rig = await runOf('anna', 1500);
      rig.npu.faults = { rknn_run: { kind: 'delay', ms: 2000, times: 1 } };
      const running = rig.run();
      await untilRunning(rig);
      const before = await leases();

      await server.kill();
      const during = await running;
      await delay(1500);
      const next = await rig.run();
      await server.start();

      expect(before).toMatchObject([{ board: 'board', holder: 'anna', fence: 1 }]);
      expect([during, next]).toMatchObject([
        { verdict: 'passed', attempts: [] },
        { verdict: 'passed', attempts: [] },
      ]);
      await expect.poll(leases, { timeout: 10_000 }).toMatchObject([{ holder: 'anna', fence: 1 }]);
      expect(rig.lost).toEqual([]);
      await rig.expectNothingLeft();
      await expect.poll(leases, { timeout: 10_000 }).toEqual([]);
    });

    test('fault 50: a board that is wanted while the server is away is had when it is back', async () => {
      const rig = await runOf('anna', 20_000);
      await rig.run();
      await rig.services.sessions.drop('board');
      await rig.leave();
      await expect.poll(leases, { timeout: 10_000 }).toEqual([]);
      await server.kill();

      const running = rig.run();
      await delay(1000);
      await server.start();

      expect(await running).toMatchObject({ verdict: 'passed', attempts: [] });
      await rig.expectNothingLeft();
      await expect.poll(leases, { timeout: 10_000 }).toEqual([]);
    });

    test('fault 50: a board that is wanted while the server stays away is not touched', async () => {
      const rig = await runOf('anna', 1000);
      await rig.run();
      await rig.leave();
      await expect.poll(leases, { timeout: 10_000 }).toEqual([]);
      await server.kill();

      const record = await rig.run();
      await server.start();

      expect(record).toMatchObject({
        verdict: 'broken',
        class: 'precluded',
        error: { code: 'HIL_BOARDS_SET_ASIDE', message: expect.stringContaining('ECONNREFUSED') },
      });
      await rig.expectNothingLeft();
    });

    test('fault 49: the server is down from the start: the board is not even reached', async () => {
      const rig = await runOf('anna', 1000);
      await server.kill();

      const record = await rig.run();
      await server.start();

      expect(record).toMatchObject({
        verdict: 'broken',
        class: 'precluded',
        attempts: [],
        error: {
          code: 'HIL_BOARDS_SET_ASIDE',
          message: expect.stringMatching(/the history at postgres:.* does not answer: .*ECONNREFUSED/),
        },
      });
      expect(existsSync(rig.server.address.workFolder)).toBe(false);
      await rig.expectNothingLeft();
    });

    test('fault 50: the records of a run whose store dies come with the next run', async () => {
      const place = tinyProject(
        { a: tinySpec('a'), b: tinySpec('b') },
        {
          'hil.config.yaml': JSON.stringify({
            history: server.url,
            boards: [{ name: 'slow', kind: 'virtual', faults: { run: { kind: 'hang', ms: 1500 } } }],
          }),
        },
      );
      onTestFinished(() => place[Symbol.dispose]());
      const running = startHil(place.root, ['run', '--workers', '1']);
      await expect.poll(running.output, { timeout: 30_000 }).toContain('[1/4] passed');

      await server.kill();
      const { code, stdout, stderr } = await running.finished;
      await server.start();
      const next = await hil(place.root, 'run', '--workers', '1');

      expect(stdout).toContain('4 passed, 0 failed');
      expect(stderr + stdout).toMatch(/a reporter failed: .*/);
      expect(code).toBe(3);
      expect(next.code).toBe(0);
      await using store = await open();
      const runs = await store.listRuns(10);
      expect(runs.map(({ counts }) => counts.passed)).toEqual([4, 4]);
    });

    test('fault 51: a fail-over loses the lease, and the store gives the same fence again: the board’s lock decides', async () => {
      await server.copy();
      const rig = await runOf('anna', 1500);
      rig.npu.faults = { rknn_run: { kind: 'delay', ms: 9000, times: 1 } };
      const running = rig.run();
      await untilRunning(rig);
      const ours = await leases();
      const ben = new LeaseGate({ open, holder: 'ben', pollMs: 100 });
      onTestFinished(() => ben[Symbol.asyncDispose]());

      await server.fallBack();
      await ben.enter('board');
      const theirs = await leases();
      const connection = await connect(rig.server.address, {});
      onTestFinished(() => connection[Symbol.asyncDispose]());
      let hasLock = false;
      const locking = BoardLock.acquire(connection, {
        workFolder: rig.server.address.workFolder,
        holder: 'ben@ci',
      }).then((lock) => {
        hasLock = true;
        return lock;
      });
      await expect.poll(() => rig.lost, { timeout: 15_000 }).toEqual(['board']);
      const hadLockWhileWeWorked = hasLock;
      const record = await running;
      const lock = await locking;
      const following = rig.run();
      await delay(500);
      await lock.release();
      ben.leave('board');

      expect(ours).toMatchObject([{ holder: 'anna' }]);
      expect(theirs).toEqual([{ ...ours[0], holder: 'ben', expiresAt: expect.any(String) }]);
      expect(hadLockWhileWeWorked).toBe(false);
      expect(lock.fence).toBe(2);
      expect([record, await following]).toMatchObject([
        { verdict: 'passed', attempts: [] },
        { verdict: 'passed', attempts: [] },
      ]);
      await rig.expectNothingLeft();
      await expect.poll(leases, { timeout: 10_000 }).toEqual([]);
    });
  },
);
