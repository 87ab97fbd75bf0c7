import { expect, test } from 'vitest';
import { findEarlierRuns } from './earlier-runs.ts';
import { failed, historyOf, november, resultsOf } from './fixture-runs.ts';

const days = ({ runs }: Awaited<ReturnType<typeof findEarlierRuns>>) =>
  runs.map(({ run, results }) => `${run.id.slice(8, 10)}: ${results.map(({ name }) => name).join(', ')}`);

const cat = { name: 'net › cat' };
const dog = { name: 'net › dog' };

test('earlier runs are those with the report’s cases, newest first, without the report’s own results', async () => {
  const shown = november(5, [cat]);
  await using store = await historyOf([
    november(1, [cat, dog]),
    november(2, [dog]),
    november(3, [{ ...cat, target: { sdk: '1.6.1' } }]),
    shown,
    november(6, [cat]),
  ]);

  const earlier = await findEarlierRuns(store, resultsOf(shown), 30);

  expect(days(earlier)).toEqual(['03: net › cat', '01: net › cat']);
});

test('hardware’s results are no past of simulated ones', async () => {
  const shown = november(2, [cat]);
  await using store = await historyOf([november(1, [{ ...cat, target: { simulated: false } }]), shown]);

  expect(days(await findEarlierRuns(store, resultsOf(shown), 30))).toEqual([]);
});

test('the limit counts runs that tell something, and not the others', async () => {
  const shown = november(9, [cat]);
  const others = [4, 5, 6, 7, 8].map((day) => november(day, [dog]));
  await using store = await historyOf([1, 2, 3].map((day) => november(day, [cat])).concat(others, shown));

  expect(days(await findEarlierRuns(store, resultsOf(shown), 2))).toEqual(['03: net › cat', '02: net › cat']);
});

test('shards of one CI build are one earlier run', async () => {
  const shown = november(9, [cat, dog]);
  const nightly = { ciUrl: 'https://ci.example/runs/7' };
  await using store = await historyOf([
    november(1, [cat, dog]),
    november(2, [dog], nightly),
    november(3, [cat], nightly),
    shown,
  ]);

  const earlier = await findEarlierRuns(store, resultsOf(shown), 1);

  expect(days(earlier)).toEqual(['03: net › cat, net › dog']);
});

test('of several runs in one report, the older result of a test is its past', async () => {
  const [older, newer] = [november(1, [cat, dog]), november(2, [cat])];
  await using store = await historyOf([older, newer]);
  const results = resultsOf(newer, older).filter(
    ({ run, record }) => run === newer.run || record.case.name === dog.name,
  );

  expect(days(await findEarlierRuns(store, results, 30))).toEqual(['01: net › cat']);
});

test('the last pass is that of the same kind of target', async () => {
  const shown = november(5, [{ ...cat, ...failed }]);
  await using store = await historyOf([
    november(1, [cat]),
    november(2, [cat]),
    november(3, [{ ...cat, target: { sdk: '1.6.1' } }]),
    november(4, [{ ...cat, ...failed }]),
    shown,
  ]);

  const { lastPasses } = await findEarlierRuns(store, resultsOf(shown), 30);

  expect([...lastPasses.values()].map(({ run }) => run.id.slice(8, 10))).toEqual(['02']);
});

test('more runs than one look shows are all found', async () => {
  const shown = november(1, [cat]);
  await using store = await historyOf([shown]);
  for (let run = 0; run < 130; run++) {
    const id = `2026-12-01T00-00-00-${run}`;
    await store.putRun({
      id,
      startedAt: '2026-12-01T00:00:00.000Z',
      harnessVersion: '',
      command: '',
      interrupted: false,
    });
  }
  const { run, records } = november(1, [cat], {
    id: '2026-10-31T00-00-00-0000',
    startedAt: '2026-10-31T00:00:00.000Z',
  });
  await store.putRun({ ...run, interrupted: false });
  await store.addRecords(records.map((record) => ({ ...record, run: run.id })));

  expect((await findEarlierRuns(store, resultsOf(shown), 30)).runs.map((earlier) => earlier.run.id)).toEqual([
    run.id,
  ]);
});
