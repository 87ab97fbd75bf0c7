import { describe, expect, test } from 'vitest';
import { tensor, type Tensor } from '../tensor/tensor.ts';
import { compareOutputs } from './compare.ts';
import { findUnseenFaults } from './inject-faults.ts';
import { judge } from './judge.ts';
import type { ListedOutput } from './listed-output.ts';
import { measureSensitivity } from './sensitivity.ts';
import type { Tolerance } from './tolerance.ts';

const float32 = (shape: number[], values: number[]): Tensor =>
  tensor('float32', shape, Float32Array.from(values));

/** A softmax of six classes: 4 is best, then 1, then 0. */
const golden = new Map([['prob', float32([1, 6], [0.0625, 0.25, 0.03125, 0.015625, 0.625, 0.015625])]]);

function compare(
  entries: readonly (readonly [place: number, value: number])[],
  tolerance: Tolerance,
  restAtMost?: number,
) {
  const listed: ListedOutput = { places: entries.map(([place]) => place), restAtMost };
  const board = new Map([
    [
      'prob',
      float32(
        [entries.length],
        entries.map(([, value]) => value),
      ),
    ],
  ]);
  const options = { limits: tolerance, listed: new Map([['prob', listed]]) };
  return { board, options, comparison: compareOutputs(golden, board, options) };
}

describe('a list of some values', () => {
  test('is compared in the values listed, and in nothing else', () => {
    // Classes 4 and 1 are off by 1/8 and 1/16: mean 0.09375, root of the mean square sqrt((1/64 + 1/256) / 2).
    const { comparison } = compare(
      [
        [4, 0.5],
        [1, 0.1875],
      ],
      { atol: 0.125 },
    );

    const [output] = comparison.outputs;
    expect(comparison.ok).toBe(true);
    expect(output).toMatchObject({ shape: [1, 6], given: { values: 2, of: 6 }, kind: 'probabilities' });
    expect(output!.metrics).toMatchObject({
      elementCount: 2,
      maxAbsError: 0.125,
      meanAbsError: 0.09375,
      cosine: NaN,
      gain: NaN,
      snrDb: NaN,
      kl: NaN,
      worst: { flat: 4, index: [0, 4], golden: 0.625, board: 0.5 },
    });
    expect(output!.metrics.rmse).toBeCloseTo(Math.sqrt(5 / 512), 12);
    expect(output!.checks.map(({ name }) => name)).toEqual(['atol']);
  });

  test('says where a value is off, by its place in the whole output', () => {
    const { comparison } = compare(
      [
        [4, 0.625],
        [1, 0.125],
      ],
      { atol: 0.0625 },
    );

    expect(judge(comparison)).toMatchObject({
      verdict: 'failed',
      class: 'precision',
      reason: 'p[1] is 0.125 where the golden has 0.25 (|error| 0.125, limit 0.0625)',
    });
    expect(comparison.outputs[0]!.checks[0]).toMatchObject({
      wouldPass: { atol: 0.125 },
      at: { index: [0, 1] },
    });
  });

  test('agrees in its best classes where their order is the golden’s', () => {
    const right = compare(
      [
        [4, 0.625],
        [1, 0.25],
        [0, 0.0625],
      ],
      { topK: 3 },
    );
    const swapped = compare(
      [
        [1, 0.5],
        [4, 0.4375],
        [0, 0.0625],
      ],
      { topK: 3 },
    );

    expect(right.comparison.ok).toBe(true);
    expect(right.comparison.outputs[0]!.ranking).toMatchObject({
      top1Agrees: true,
      boardTop: [{ index: 4 }, { index: 1 }, { index: 0 }],
    });
    expect(judge(swapped.comparison)).toMatchObject({ verdict: 'failed', reason: 'top-1 is 1 instead of 4' });
    expect(swapped.comparison.outputs[0]!.checks[0]).toMatchObject({
      name: 'top-3',
      value: 2,
      wouldPass: {},
    });
  });

  test('ranks by value, and equal values in the order of the list', () => {
    const { comparison } = compare(
      [
        [0, 0.0625],
        [1, 0.3],
        [4, 0.3],
      ],
      { topK: 1 },
    );

    expect(comparison.outputs[0]!.ranking!.boardTop.map(({ index }) => index)).toEqual([1, 4, 0]);
    expect(comparison.ok).toBe(false);
  });

  test('has the margin of the golden’s two best classes if it lists both', () => {
    // Golden ln(0.625 / 0.25), board ln(0.5 / 0.25): the change is ln(1.25).
    const { comparison } = compare(
      [
        [4, 0.5],
        [1, 0.25],
      ],
      { marginAtol: 0.25 },
    );

    expect(comparison.outputs[0]!.checks[0]).toMatchObject({ name: 'margin', ok: true });
    expect(comparison.outputs[0]!.checks[0]!.value).toBeCloseTo(Math.log(1.25), 6);
  });

  test('fails a margin that it does not tell', () => {
    const { comparison } = compare(
      [
        [4, 0.625],
        [0, 0.25],
      ],
      { marginAtol: 100 },
      0.25,
    );

    expect(comparison.outputs[0]!.checks[0]).toMatchObject({
      name: 'margin',
      value: NaN,
      ok: false,
      wouldPass: {},
    });
    expect(judge(comparison).reason).toBe(
      'the board did not list both of the golden’s two best classes, so their margin is unknown (limit 100)',
    );
  });

  test('tells the margin of a runner-up that can only be too small to matter', () => {
    // Nothing else is above 0, so the runner-up counts as 2^-14, as in a whole output.
    const { comparison } = compare([[4, 0.625]], { marginAtol: 100 }, 0);

    expect(comparison.outputs[0]!.ranking!.boardMargin).toBeCloseTo(Math.log(0.625 * 2 ** 14), 6);
    expect(comparison.ok).toBe(true);
  });

  test('fails on NaN and Inf whatever the tolerance says', () => {
    const { comparison } = compare(
      [
        [4, NaN],
        [1, 0.25],
      ],
      { atol: 10 },
    );

    expect(comparison.ok).toBe(false);
    expect(comparison.faults).toMatchObject([
      { kind: 'non-finite', message: 'output prob has 1 NaN of 2 values, the first at [0, 4]' },
    ]);
  });

  test('fails if it names a class that is not there, or none at all', () => {
    expect(compare([[6, 0.5]], { atol: 1 }).comparison.faults).toMatchObject([
      { kind: 'shape', message: 'output prob lists class 6, the golden (1x6) has 6' },
    ]);
    expect(compare([], { atol: 1 }, 0).comparison.faults).toMatchObject([
      { kind: 'no-outputs', message: expect.stringContaining('listed none of the 6 values of output prob') },
    ]);
  });

  test('leaves a preset’s limits on the whole output out of force', () => {
    const { comparison } = compare(
      [
        [4, 0.625],
        [1, 0.25],
      ],
      { preset: 'fp16' },
    );

    expect(Object.keys(comparison.outputs[0]!.limits)).toEqual([
      'atol',
      'topK',
      'marginAtol',
      'marginRtol',
      'maxUlp',
    ]);
    expect(comparison.ok).toBe(true);
    expect(comparison.outputs[0]!.metrics.identical).toBe(true);
  });

  test.each([
    [{ minCosine: 0.9 }, 'minCosine needs every value of output prob'],
    [{ atol: 1, maxKl: 1 }, 'maxKl needs every value of output prob'],
    [{ topK: 4 }, 'topK 4 needs 4 classes, and the board listed 2'],
  ])('refuses %o', (tolerance, problem) => {
    expect(() =>
      compare(
        [
          [4, 0.625],
          [1, 0.25],
        ],
        tolerance,
        0.25,
      ),
    ).toThrow(problem);
  });

  test('refuses a preset of which nothing is left for values', () => {
    const values = new Map([['out', float32([2, 2], [1, 2, 3, 4])]]);
    const board = new Map([['out', float32([1], [3])]]);
    const options = { limits: { preset: 'u8' } as const, listed: new Map([['out', { places: [2] }]]) };

    expect(() => compareOutputs(values, board, options)).toThrow(
      'preset u8 has no limit for values that can be held against some values of output out',
    );
  });

  test('refuses to rank rows, which a list does not tell apart', () => {
    const rows = new Map([['out', float32([2, 2], [0.5, 0.5, 0.25, 0.75])]]);
    const board = new Map([['out', float32([1], [0.75])]]);
    const options = { limits: { atol: 1 }, listed: new Map([['out', { places: [3] }]]) };

    expect(() => compareOutputs(rows, board, options)).toThrow('has 2 rows of 2 classes');
  });

  test('has its tolerance tested with the mistakes that can be made in a list', () => {
    const loose = compare(
      [
        [4, 0.625],
        [1, 0.25],
      ],
      { atol: 1 },
    );
    const close = compare(
      [
        [4, 0.625],
        [1, 0.25],
      ],
      { atol: 0.01 },
    );

    const unseen = findUnseenFaults(golden, loose.board, undefined, loose.options);

    expect(unseen.map(({ fault }) => fault)).toEqual(['top-two-swapped', 'scaled']);
    expect(findUnseenFaults(golden, close.board, undefined, close.options)).toEqual([]);
  });

  test('tells how far its largest value can fall unseen', () => {
    const { board, options } = compare(
      [
        [1, 0.25],
        [4, 0.625],
      ],
      { atol: 0.125 },
    );

    const [sensitivity] = measureSensitivity(golden, board, options);

    expect(sensitivity).toMatchObject({ at: { flat: 4, golden: 0.625, board: 0.625 }, unseenValue: 0.5 });
  });
});
