import { expect, test } from 'vitest';
import type { BoardOutput } from '../board/session.ts';
import { notQuantised, type Quantisation } from '../tensor/quantisation.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { boardOutputsOf, judgeCase } from './judge-case.ts';

const outputOf = (name: string, value: Tensor, quantisation: Quantisation = notQuantised): BoardOutput => ({
  attribute: {
    index: 0,
    name,
    shape: value.shape,
    dtype: value.dtype,
    layout: 'NCHW',
    quantisation,
    sizeBytes: value.data.byteLength,
  },
  tensor: value,
});

const floats = (...values: number[]) => tensor('float32', [1, values.length], Float32Array.from(values));
const within = (atol: number) => ({ limits: { atol }, outputLimits: new Map() });
const oneRun = [{ npuTimeUs: 1000, outputsCrc32: 7 }];
const golden = new Map([['prob', floats(0.75, 0.25)]]);

test('a board within tolerance passes', () => {
  const outputs = [outputOf('prob', floats(0.7501, 0.2499))];

  const judgement = judgeCase(within(0.001), golden, { outputs, runs: oneRun });

  expect(judgement).toMatchObject({ verdict: 'passed', marginal: false, comparison: { ok: true } });
  expect(judgement.reason).toBeUndefined();
});

test('a board outside of it fails, and the reason has the numbers', () => {
  const outputs = [outputOf('prob', floats(0.5, 0.5))];

  const judgement = judgeCase(within(0.001), golden, { outputs, runs: oneRun });

  expect(judgement).toMatchObject({ verdict: 'failed', class: 'precision' });
  expect(judgement.reason).toContain('0.25');
  expect(judgement.reason).toContain('0.001');
});

test.each<[string, Tensor, Quantisation]>([
  ['float16 bits', tensor('float16', [1, 2], Uint16Array.of(0x3a00, 0x3400)), notQuantised],
  [
    'asymmetric uint8',
    tensor('uint8', [1, 2], Uint8Array.of(160, 60)),
    { kind: 'affine', scale: 0.005, zp: 10 },
  ],
  ['dynamic fixed point', tensor('int8', [1, 2], Int8Array.of(96, 32)), { kind: 'dfp', fl: 7 }],
])('takes what the board holds as %s for the real values it stands for', (_, value, quantisation) => {
  const { verdict, board } = judgeCase(within(1e-6), golden, {
    outputs: [outputOf('prob', value, quantisation)],
    runs: oneRun,
  });

  expect(verdict).toBe('passed');
  expect(board.get('prob')).toMatchObject({ dtype: 'float32', shape: [1, 2] });
});

test('outputs in another order are matched by their names', () => {
  const two = new Map([
    ['a', floats(1, 2)],
    ['b', floats(3, 4)],
  ]);

  const { verdict } = judgeCase(within(0.001), two, {
    outputs: [outputOf('b', floats(3, 4)), outputOf('a', floats(1, 2))],
    runs: oneRun,
  });

  expect(verdict).toBe('passed');
});

test('outputs that an old driver does not name are taken in order', () => {
  const board = boardOutputsOf(
    new Map([
      ['a', floats(1)],
      ['b', floats(2)],
    ]),
    [outputOf('', floats(10)), outputOf('', floats(20))],
  );

  expect([...board].map(([name, { data }]) => [name, data[0]])).toEqual([
    ['a', 10],
    ['b', 20],
  ]);
});

test('repeated runs that differ fail, though what was fetched is right', () => {
  const { verdict, reason } = judgeCase(within(0.001), golden, {
    outputs: [outputOf('prob', floats(0.75, 0.25))],
    runs: [7, 7, 8].map((outputsCrc32) => ({ npuTimeUs: 1000, outputsCrc32 })),
  });

  expect(verdict).toBe('failed');
  expect(reason).toContain(
    '3 runs of the same input gave 2 different answers; run 3 is the first that differs',
  );
});

test('a tolerance that would not see a wrong answer is named', () => {
  const outputs = [outputOf('prob', floats(0.75, 0.25))];

  const wide = judgeCase(
    within(0.9),
    golden,
    { outputs, runs: oneRun },
    new Map([['prob', floats(0.3, 0.7)]]),
  );
  const narrow = judgeCase(within(1e-4), golden, { outputs, runs: oneRun });

  expect(wide.unseenFaults?.map(({ fault }) => fault)).toEqual(
    expect.arrayContaining(['top-two-swapped', 'previous-output']),
  );
  expect(narrow.unseenFaults).toEqual([]);
});

test('a tolerance is not tested on an answer that fails as it is', () => {
  const outputs = [outputOf('prob', floats(0.5, 0.5))];

  const judgement = judgeCase(within(0.001), golden, { outputs, runs: oneRun });

  expect(judgement).not.toHaveProperty('unseenFaults');
  expect(judgement).not.toHaveProperty('untested');
});

test('on more than a million values the tolerance is not tested, and it is said why', () => {
  const large = tensor('float32', [1, 1, 1000, 1001], new Float32Array(1_001_000).fill(0.5));
  const justFits = tensor('float32', [1, 1, 1000, 1000], new Float32Array(1_000_000).fill(0.5));
  const judged = (map: Tensor) =>
    judgeCase(within(0.9), new Map([['map', map]]), { outputs: [outputOf('map', map)], runs: oneRun });

  expect(judged(large)).toMatchObject({
    verdict: 'passed',
    untested: 'its outputs have 1,001,000 values, and above 1,000,000 only `npx hil lint` tests',
  });
  expect(judged(large)).not.toHaveProperty('unseenFaults');
  expect(judged(justFits).unseenFaults?.map(({ fault }) => fault)).toContain('scaled');
});

test('a board that lists some values is judged by them, under the golden’s name', () => {
  const listed: BoardOutput = {
    ...outputOf('', tensor('float32', [1], Float32Array.of(0.5))),
    listing: { kind: 'some', places: [0] },
  };

  const judgement = judgeCase(within(0.5), golden, { outputs: [listed], runs: oneRun });

  expect(judgement.comparison.outputs).toMatchObject([{ name: 'prob', given: { values: 1, of: 2 } }]);
  expect(judgement.verdict).toBe('passed');
});

test('a list of all values is the whole output, whatever its order', () => {
  const listed: BoardOutput = {
    ...outputOf('', tensor('float32', [2], Float32Array.of(0.25, 0.75))),
    listing: { kind: 'some', places: [1, 0] },
  };

  const { comparison, board } = judgeCase(within(0), golden, { outputs: [listed], runs: oneRun });

  expect(board).toEqual(golden);
  expect(comparison.outputs[0]).toMatchObject({ metrics: { identical: true, cosine: 1 } });
  expect(comparison.outputs[0]!.given).toBeUndefined();
});
