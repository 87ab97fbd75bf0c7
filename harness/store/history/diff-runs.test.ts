import { expect, test } from 'vitest';
import { diffRuns } from './diff-runs.ts';
import { trialRecord } from './trial-record.ts';

test('tells how the figures of a case moved', () => {
  const before = trialRecord({ used: 0.25, maxAbsError: 0.005 });
  const after = trialRecord({ used: 0.5, maxAbsError: 0.01 });

  const { cases } = diffRuns([before], [after]);

  expect(cases).toEqual([
    {
      name: 'net › cat',
      board: 'virtual',
      before,
      after,
      change: 'moved',
      surroundings: [],
      outputs: [
        {
          name: 'prob',
          used: { before: 0.25, after: 0.5 },
          maxAbsError: { before: 0.005, after: 0.01 },
          cosine: { before: 0.9999, after: 0.9999 },
          margin: { before: 1.0886, after: 1.0886 },
          top1Changed: false,
        },
      ],
    },
  ]);
});

test.each([
  ['passed', 'failed', 'worse'],
  ['passed', 'broken', 'worse'],
  ['broken', 'failed', 'worse'],
  ['failed', 'passed', 'better'],
  ['failed', 'broken', 'verdict'],
  ['passed', 'skipped', 'verdict'],
  ['passed', 'passed', 'same'],
] as const)('calls a change from %s to %s %s', (old, now, change) => {
  const { cases } = diffRuns([trialRecord({ verdict: old })], [trialRecord({ verdict: now })]);

  expect(cases.map((diff) => diff.change)).toEqual([change]);
});

test('pairs a case across SDKs and boards only where there is one of its name on each side', () => {
  const old = trialRecord({ target: { sdk: '1.6.1' } });
  const now = trialRecord({ target: { sdk: '1.7.5' } });
  const elsewhere = trialRecord({ target: { sdk: '1.7.5', board: 'desk' } });

  expect(diffRuns([old], [now]).cases[0]?.surroundings).toEqual(['SDK: 1.6.1 → 1.7.5']);
  expect(diffRuns([old], [elsewhere]).cases[0]?.surroundings).toEqual([
    'SDK: 1.6.1 → 1.7.5',
    'board: virtual → desk',
  ]);
  expect(diffRuns([old], [now, elsewhere])).toMatchObject({
    cases: [],
    gone: ['net › cat (virtual, SDK 1.6.1)'],
    added: ['net › cat (virtual, SDK 1.7.5)', 'net › cat (desk, SDK 1.7.5)'],
  });
});

test('names what changed around the network', () => {
  const before = trialRecord({ hashes: { spec: 's1', boardModel: 'b1', input: 'i1' } });
  const after = trialRecord({ hashes: { spec: 's2', boardModel: 'b2', input: 'i1' } });

  const { cases } = diffRuns([before], [after]);

  expect(cases[0]?.surroundings).toEqual(['spec: s1 → s2', 'board model: b1 → b2']);
});

test('names what changed around the runtime, where both boards were asked', () => {
  const withEnvironment = (environment: Record<string, string> | undefined) => {
    const identity = {
      name: 'rack-1',
      chip: 'RK1808',
      simulated: false,
      bootId: 'b',
      kernel: 'Linux',
      environment,
    };
    return trialRecord({ target: { identity } });
  };
  const before = withEnvironment({ galcore: '6.4.3.5.293908', 'librknn_runtime.so': 'a'.repeat(64) });
  const after = withEnvironment({ galcore: '6.4.6.5.351518', 'librknn_api.so': 'b'.repeat(64) });

  expect(diffRuns([before], [after]).cases[0]?.surroundings).toEqual([
    'galcore: 6.4.3.5.293908 → 6.4.6.5.351518',
    'librknn_api.so: none → bbbbbbbbbbbb',
    'librknn_runtime.so: aaaaaaaaaaaa → none',
  ]);
  expect(diffRuns([withEnvironment(undefined)], [after]).cases[0]?.surroundings).toEqual([]);
});
