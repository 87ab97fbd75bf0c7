import { expect, test } from 'vitest';
import { november } from './fixture-runs.ts';
import { newestResults } from './newest-results.ts';

const told = (runs: Parameters<typeof newestResults>[0]) => {
  const { results, older } = newestResults(runs);
  return {
    older,
    results: results.map(
      ({ run, record }) => `${run.id.slice(8, 10)} ${record.case.name} ${record.target.sdk}`,
    ),
  };
};

test('of a test that several runs have, the newest result counts, in whatever order the runs are named', () => {
  const runs = [
    november(1, [{ name: 'net › cat' }, { name: 'net › dog' }]),
    november(2, [{ name: 'net › cat' }]),
  ];
  const expected = { older: 1, results: ['02 net › cat 1.7.5', '01 net › dog 1.7.5'] };

  expect(told(runs)).toEqual(expected);
  expect(told(runs.toReversed())).toEqual(expected);
});

test('other SDKs, formats and kinds of boards are other tests', () => {
  const runs = [
    november(1, [{ target: { sdk: '1.6.1' } }, { target: { simulated: false } }]),
    november(2, [{ target: { format: 'u8' } }, {}]),
  ];

  expect(told(runs)).toMatchObject({ older: 0, results: { length: 4 } });
});

test('a test that one run has on two boards keeps both results', () => {
  const runs = [november(1, [{ target: { board: 'farm-1' } }, { target: { board: 'farm-2' } }])];

  expect(told(runs)).toMatchObject({ older: 0, results: { length: 2 } });
});
