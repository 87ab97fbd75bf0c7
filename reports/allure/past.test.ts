import { expect, test } from 'vitest';
import { findEarlierRuns } from './earlier-runs.ts';
import { failed, historyOf, november, resultsOf } from './fixture-runs.ts';
import type { RunRecords } from './newest-results.ts';
import { pastOf } from './past.ts';

/** The past of the last run's first result. */
async function pastOfLast(...runs: readonly RunRecords[]) {
  const results = resultsOf(runs.at(-1)!);
  await using store = await historyOf(runs);
  return pastOf(results, await findEarlierRuns(store, results, 30))(results[0]!);
}

test('a failure that passed before is a regression, with the failures since and what else changed', async () => {
  const { regression } = await pastOfLast(
    november(1, [failed]),
    november(2, [{}]),
    november(3, [failed]),
    november(4, [{ verdict: 'broken', comparison: undefined }]),
    november(5, [{ ...failed, hashes: { spec: 's1', boardModel: 'b2' } }]),
  );

  expect(regression).toMatchObject({
    lastPass: { run: { id: '2026-11-02T21-00-00-0000' } },
    failures: 2,
    changes: ['board model: b1 → b2'],
  });
});

test.each([
  ['a failure that never passed', [november(1, [failed]), november(2, [failed])]],
  [
    'a failure that passed on another SDK only',
    [november(1, [{ target: { sdk: '1.6.1' } }]), november(2, [failed])],
  ],
  ['a pass', [november(1, [{}]), november(2, [{}])]],
  ['a broken case', [november(1, [{}]), november(2, [{ verdict: 'broken', comparison: undefined }])]],
] as const)('%s is no regression', async (_what, runs) => {
  expect((await pastOfLast(...runs)).regression).toBeUndefined();
});

test('the picture has the earlier runs of all SDKs, and names formats only where there were several', async () => {
  const one = await pastOfLast(november(1, [{ target: { sdk: '1.6.1' } }]), november(2, [{}]));
  const two = await pastOfLast(november(1, [{ target: { format: 'u8' } }]), november(2, [{}]));

  expect(one.trend).toContain('>SDK 1.6.1: 25 %<');
  expect(one.trend).toContain('>SDK 1.7.5: 25 %<');
  expect(two.trend).toContain('>SDK 1.7.5 u8: 25 %<');
});
