import { describe, expect, onTestFinished, test } from 'vitest';
import type { BoardLease } from './board-leases.ts';
import type { RecordStore, StoredRun } from './record-store.ts';
import { trialRecord } from './trial-record.ts';

/** A store on trial: an empty one, and further openings of the same one. */
export interface StoreOnTrial {
  open(): Promise<RecordStore>;
}

const runNamed = (id: string, changes: Partial<StoredRun> = {}): StoredRun => ({
  id,
  startedAt: '2026-11-01T00:00:00.000Z',
  harnessVersion: '0.1.0',
  command: 'hil run specs',
  interrupted: false,
  ...changes,
});

const day = (number: number) => `2026-11-${String(number).padStart(2, '0')}T00:00:00.000Z`;

/** What every store of records must do. Call it in a test file of the engine. */
export function describeRecordStore(engine: string, makeStore: () => Promise<StoreOnTrial>): void {
  const open = async (trial: StoreOnTrial): Promise<RecordStore> => {
    const store = await trial.open();
    onTestFinished(() => store[Symbol.asyncDispose]());
    return store;
  };
  const emptyStore = async (): Promise<RecordStore> => open(await makeStore());
  const storeWithRun = async (): Promise<RecordStore> => {
    const store = await emptyStore();
    await store.putRun(runNamed('run-1'));
    return store;
  };

  describe(`records in ${engine}`, () => {
    test('gives a run back as it was put, and what became known of it later', async () => {
      const store = await emptyStore();
      const run = runNamed('run-1', {
        gitCommit: 'abc',
        gitDirty: true,
        ciUrl: 'https://ci.example/7',
        host: 'desk',
      });

      await store.putRun(run);
      await store.putRun({ ...run, endedAt: day(2), interrupted: true });

      expect(await store.listRuns(10)).toEqual([
        {
          ...run,
          endedAt: day(2),
          interrupted: true,
          counts: { passed: 0, failed: 0, broken: 0, skipped: 0, unknown: 0 },
          marginal: 0,
          sdks: [],
          boards: [],
          simulated: false,
        },
      ]);
    });

    test('gives records back whole, numbers that are none included', async () => {
      const store = await storeWithRun();
      const record = trialRecord({ name: 'net › “quotes”, ütf-8 \u{1f60a}', used: Infinity });

      await store.addRecords([record]);

      expect(await store.recordsOf('run-1')).toEqual([record]);
    });

    test('adds a record once, however often it comes', async () => {
      const store = await storeWithRun();
      const record = trialRecord();

      const first = await store.addRecords([record, trialRecord({ name: 'net › dog' })]);
      const again = await store.addRecords([record, trialRecord({ name: 'net › owl' })]);

      expect([first.added, again.added]).toEqual([2, 1]);
      expect((await store.recordsOf('run-1')).map(({ case: { input } }) => input)).toEqual([
        'cat',
        'dog',
        'owl',
      ]);
    });

    test('adds more records than fit one statement, or none of them', async () => {
      const store = await storeWithRun();
      const records = Array.from({ length: 1001 }, (_, index) => trialRecord({ name: `net › ${index}` }));

      await expect(store.addRecords([...records, trialRecord({ run: 'unknown run' })])).rejects.toThrow(
        /foreign key/i,
      );
      expect(await store.recordsOf('run-1')).toEqual([]);

      expect(await store.addRecords(records)).toEqual({ added: 1001 });
      expect(await store.recordsOf('run-1')).toHaveLength(1001);
    });

    test('lists runs, newest first, with what they came to', async () => {
      const store = await emptyStore();
      await store.putRun(runNamed('run-1', { startedAt: day(1) }));
      await store.putRun(runNamed('run-2', { startedAt: day(2) }));
      await store.addRecords([
        trialRecord({ run: 'run-2', name: 'net › a', marginal: true }),
        trialRecord({ run: 'run-2', name: 'net › b', target: { sdk: '1.6.1', board: 'desk' } }),
        trialRecord({ run: 'run-2', name: 'net › c', verdict: 'failed', class: 'precision' }),
        trialRecord({ run: 'run-2', name: 'net › d', verdict: 'broken', class: 'infra' }),
      ]);

      const [newest, oldest] = await store.listRuns(5);

      expect(newest).toMatchObject({
        id: 'run-2',
        counts: { passed: 2, failed: 1, broken: 1, skipped: 0, unknown: 0 },
        marginal: 1,
        sdks: ['1.6.1', '1.7.5'],
        boards: ['desk', 'virtual'],
        simulated: true,
      });
      expect(oldest?.id).toBe('run-1');
      expect(await store.listRuns(1)).toHaveLength(1);
    });

    test('finds a run by its id, its beginning, or as the latest', async () => {
      const store = await emptyStore();
      for (const [index, id] of ['2026-11-01T1-aa', '2026-11-02T1-bb', '2026-11-02T1-bbc'].entries()) {
        await store.putRun(runNamed(id, { startedAt: day(index + 1) }));
      }

      expect((await store.findRun('2026-11-01')).id).toBe('2026-11-01T1-aa');
      expect((await store.findRun('2026-11-02T1-bb')).id).toBe('2026-11-02T1-bb');
      expect((await store.findRun('latest')).id).toBe('2026-11-02T1-bbc');
      await expect(store.findRun('2026-11-02')).rejects.toThrow(
        '2026-11-02 is the beginning of several runs',
      );
      await expect(store.findRun('2027')).rejects.toMatchObject({ code: 'HIL_RUN_UNKNOWN' });
    });

    test('tells a case over time, oldest first, with the figures of its tightest output', async () => {
      const store = await emptyStore();
      for (const number of [1, 2, 3]) {
        await store.putRun(runNamed(`run-${number}`, { startedAt: day(number) }));
        await store.addRecords([
          trialRecord({ run: `run-${number}`, used: number / 4, timings: { startedAt: day(number) } }),
        ]);
      }

      const points = await store.history({ simulated: true, case: 'net › cat' });
      const newest = await store.history({ simulated: true, case: 'net › cat', limit: 2 });
      const late = await store.history({ simulated: true, case: 'net › cat', since: day(3) });

      expect(points.map(({ run, used }) => [run, used])).toEqual([
        ['run-1', 0.25],
        ['run-2', 0.5],
        ['run-3', 0.75],
      ]);
      expect(points[0]).toMatchObject({
        startedAt: day(1),
        verdict: 'passed',
        marginal: false,
        format: 'fp16',
        maxAbsError: 0.005,
        cosine: 0.9999,
        kl: 0.0001,
        goldenMargin: 1.0986,
        top1Agrees: true,
        npuTimeUs: 5250,
        goldenId: 'g1',
        boardModelHash: 'b1',
      });
      expect(points[0]?.marginChange).toBeCloseTo(-0.01, 10);
      expect(newest.map(({ run }) => run)).toEqual(['run-2', 'run-3']);
      expect(late.map(({ run }) => run)).toEqual(['run-3']);
    });

    test('never mixes simulated results with those of hardware', async () => {
      const store = await storeWithRun();
      await store.addRecords([
        trialRecord(),
        trialRecord({ target: { board: 'rack-1', simulated: false } }),
        trialRecord({ name: 'net › real', target: { board: 'rack-1', simulated: false } }),
      ]);

      const boardsOf = async (simulated: boolean) =>
        (await store.history({ simulated })).map(({ board }) => board);

      expect(await boardsOf(true)).toEqual(['virtual']);
      expect(await boardsOf(false)).toEqual(['rack-1', 'rack-1']);
      expect(await store.caseNames('', true)).toEqual(['net › cat']);
      expect(await store.caseNames('', false)).toEqual(['net › cat', 'net › real']);
      expect(await store.evidence({ sdk: '1.7.5', simulated: true })).toHaveLength(1);
    });

    test('narrows a history to a board and an SDK', async () => {
      const store = await storeWithRun();
      await store.addRecords([
        trialRecord({ target: { board: 'a', sdk: '1.6.1' } }),
        trialRecord({ target: { board: 'a', sdk: '1.7.5' } }),
        trialRecord({ target: { board: 'b', sdk: '1.7.5' } }),
      ]);

      const points = await store.history({ simulated: true, board: 'a', sdk: '1.7.5' });

      expect(points.map(({ board, sdk }) => `${board} ${sdk}`)).toEqual(['a 1.7.5']);
    });

    test('finds cases by a part of their names, taken literally', async () => {
      const store = await storeWithRun();
      await store.addRecords(
        ['net › 100%', 'net › 100x', 'other › a_b', 'other › aXb', String.raw`other › a\b`].map((name) =>
          trialRecord({ name }),
        ),
      );

      expect(await store.caseNames('100%', true)).toEqual(['net › 100%']);
      expect(await store.caseNames('a_b', true)).toEqual(['other › a_b']);
      expect(await store.caseNames('a\\b', true)).toEqual([String.raw`other › a\b`]);
      expect(await store.caseNames('nothing', true)).toEqual([]);
    });

    test('takes the newest judged record of every case and board as evidence', async () => {
      const store = await storeWithRun();
      await store.putRun(runNamed('run-2'));
      await store.putRun(runNamed('run-3'));
      await store.addRecords([
        trialRecord({ run: 'run-1', used: 0.1, timings: { startedAt: day(1) } }),
        trialRecord({ run: 'run-2', used: 0.2, timings: { startedAt: day(2) } }),
        trialRecord({ run: 'run-3', verdict: 'broken', class: 'infra', timings: { startedAt: day(3) } }),
        trialRecord({ run: 'run-1', target: { board: 'second' }, used: 0.3 }),
        trialRecord({ run: 'run-1', target: { sdk: '1.6.1' }, used: 0.4 }),
      ]);

      const evidence = await store.evidence({ sdk: '1.7.5', simulated: true });

      expect(evidence.map(({ run, target }) => [run, target.board])).toEqual([
        ['run-1', 'second'],
        ['run-2', 'virtual'],
      ]);
      expect(await store.evidence({ sdk: '1.7.5', simulated: true, board: 'second' })).toHaveLength(1);
      expect(await store.evidence({ sdk: '1.7.5', simulated: true, since: day(3) })).toEqual([]);
    });

    test('prunes old runs with their records, and keeps the newest in any case', async () => {
      const store = await emptyStore();
      for (const number of [1, 2, 3, 4]) {
        await store.putRun(runNamed(`run-${number}`, { startedAt: day(number) }));
        await store.addRecords([trialRecord({ run: `run-${number}` })]);
      }

      const kept = await store.prune({ before: day(30), keep: 3 });
      const old = await store.prune({ before: day(3), keep: 1 });

      expect([...kept, ...old]).toEqual(['run-1', 'run-2']);
      expect((await store.listRuns(9)).map(({ id }) => id)).toEqual(['run-4', 'run-3']);
      expect(await store.history({ simulated: true })).toHaveLength(2);
    });

    test('opens the same store again, and several at once', async () => {
      const trial = await makeStore();

      const stores = await Promise.all(Array.from({ length: 4 }, () => open(trial)));
      await stores[0]!.putRun(runNamed('run-1'));
      const writes = await Promise.all(
        stores.map((store, index) =>
          store.addRecords(
            Array.from({ length: 50 }, (_, n) => trialRecord({ name: `net › ${index} ${n}` })),
          ),
        ),
      );

      expect(writes.map(({ added }) => added)).toEqual([50, 50, 50, 50]);
      expect(await (await open(trial)).recordsOf('run-1')).toHaveLength(200);
    });
  });

  describe(`leases of boards in ${engine}`, () => {
    const minute = 60_000;

    test('go to one holder at a time, with a higher fence for each', async () => {
      const { leases } = await emptyStore();

      const first = await leases.acquire('rack-1', 'anna', minute);
      const refused = await leases.acquire('rack-1', 'ben', minute);
      const other = await leases.acquire('rack-2', 'ben', minute);
      await leases.release(first.lease);
      const second = await leases.acquire('rack-1', 'ben', minute);

      expect(first).toMatchObject({ granted: true, lease: { board: 'rack-1', holder: 'anna', fence: 1 } });
      expect(refused).toEqual({ granted: false, lease: first.lease });
      expect(other.granted).toBe(true);
      expect(second).toMatchObject({ granted: true, lease: { holder: 'ben', fence: 2 } });
      expect((await leases.list()).map(({ board, holder }) => `${board} ${holder}`)).toEqual([
        'rack-1 ben',
        'rack-2 ben',
      ]);
    });

    test('go to the first of several boards that is free', async () => {
      const { leases } = await emptyStore();

      const taken = [];
      for (const holder of ['anna', 'ben', 'carl'])
        taken.push(await leases.acquireAny(['a', 'b'], holder, minute));
      await leases.release(taken[0]!);
      taken.push(await leases.acquireAny(['a', 'b'], 'dora', minute));

      expect(taken.map((lease) => lease && `${lease.board} ${lease.holder} ${lease.fence}`)).toEqual([
        'a anna 1',
        'b ben 1',
        undefined,
        'a dora 2',
      ]);
    });

    test('free themselves when nobody renews them, and the old holder learns it', async () => {
      const { leases } = await emptyStore();
      const lost = await leases.acquire('rack-1', 'anna', 1);
      await expect.poll(() => leases.list()).toEqual([]);

      const taken = await leases.acquire('rack-1', 'ben', minute);
      const renewed = await leases.renew(lost.lease, minute);
      await leases.release(lost.lease);

      expect(taken).toMatchObject({ granted: true, lease: { fence: 2 } });
      expect(renewed).toBeUndefined();
      expect(await leases.list()).toEqual([taken.lease]);
    });

    test('hold as long as they are renewed', async () => {
      const { leases } = await emptyStore();
      const { lease } = await leases.acquire('rack-1', 'anna', 1000);

      const renewed = await leases.renew(lease, minute);

      expect(renewed?.fence).toBe(lease.fence);
      expect(Date.parse(renewed!.expiresAt)).toBeGreaterThan(Date.parse(lease.expiresAt));
      expect(await leases.list()).toEqual([renewed]);
    });

    test('come to who waits when they are given back, or not within the time', async () => {
      const trial = await makeStore();
      const [mine, theirs] = [await open(trial), await open(trial)];
      const first = await mine.leases.acquireAny(['a'], 'anna', minute);

      const tooLate = await theirs.leases.waitForAny(['a'], 'ben', minute, { atMostMs: 50 });
      const waiting = theirs.leases.waitForAny(['a'], 'ben', minute, { atMostMs: minute });
      await mine.leases.release(first!);

      expect(tooLate).toBeUndefined();
      expect(await waiting).toMatchObject({ board: 'a', holder: 'ben', fence: 2 });
    });

    test('come to who waits when they expire, too', async () => {
      const { leases } = await emptyStore();
      await leases.acquireAny(['a'], 'killed', 1);

      let lease: BoardLease | undefined;
      await expect
        .poll(async () => (lease ??= await leases.waitForAny(['a'], 'ben', minute, { atMostMs: 100 })))
        .toMatchObject({ holder: 'ben' });
    });

    test('are no longer waited for when that is called off', async () => {
      const { leases } = await emptyStore();
      await leases.acquireAny(['a'], 'anna', minute);
      const controller = new AbortController();

      const waiting = leases.waitForAny(['a'], 'ben', minute, {
        atMostMs: minute,
        signal: controller.signal,
      });
      const told = waiting.catch((error: unknown) => error);
      setTimeout(() => controller.abort(new Error('enough')), 50);

      // The engines' own timers wrap the reason.
      expect(await told).toBeInstanceOf(Error);
      expect((await leases.list()).map(({ holder }) => holder)).toEqual(['anna']);
    });

    test('are never held twice, whoever waits for whom', async () => {
      const trial = await makeStore();
      const stores = await Promise.all(Array.from({ length: 6 }, () => open(trial)));
      const holders = new Map<string, string>();
      let [taken, doubles] = [0, 0];

      await Promise.all(
        stores.map(async ({ leases }, index) => {
          for (let turn = 0; turn < 5; turn++) {
            const lease = await leases.waitForAny(['a', 'b'], `holder ${index}`, minute, {
              atMostMs: minute,
            });
            if (holders.has(lease!.board)) doubles++;
            holders.set(lease!.board, lease!.holder);
            await new Promise((resolve) => setTimeout(resolve, 5));
            holders.delete(lease!.board);
            taken++;
            await leases.release(lease!);
          }
        }),
      );

      expect({ taken, doubles }).toEqual({ taken: 30, doubles: 0 });
    });

    test('are granted to exactly one of many who ask at once', async () => {
      const trial = await makeStore();
      const stores = await Promise.all(Array.from({ length: 8 }, () => open(trial)));

      const asked = await Promise.all(
        stores.map(({ leases }, index) => leases.acquire('rack-1', `holder ${index}`, minute)),
      );

      expect(asked.filter(({ granted }) => granted)).toHaveLength(1);
      expect(new Set(asked.map(({ lease }) => lease.holder)).size).toBe(1);
    });
  });
}
