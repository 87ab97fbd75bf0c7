import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { floatsToHalves } from '../tensor/half.ts';
import { type NamedTensors, tensor, type Tensor } from '../tensor/tensor.ts';
import { compareOutputs } from './compare.ts';
import type { Check, Comparison, OutputKind } from './comparison.ts';
import type { Limits, Tolerance } from './tolerance.ts';
import { ToleranceError } from './tolerance-error.ts';

const floats = (values: readonly number[], shape: readonly number[] = [1, values.length]): Tensor =>
  tensor('float32', shape, Float32Array.from(values));
const one = (output: Tensor): NamedTensors => new Map([['out', output]]);

function compareValues(
  golden: readonly number[],
  board: readonly number[],
  limits: Tolerance,
  kind: OutputKind = 'values',
): Comparison {
  return compareOutputs(one(floats(golden)), one(floats(board)), {
    outputLimits: new Map([['out', { limits, kind }]]),
  });
}

function checkOf(comparison: Comparison, name: string): Check {
  const check = comparison.outputs[0]?.checks.find((candidate) => candidate.name === name);
  if (check === undefined) throw new Error(`no check ${name}`);
  return check;
}

describe('what fails whatever the tolerance says', () => {
  const limits = { atol: 1e9 };

  test('a missing output', () => {
    const golden = new Map([
      ['a', floats([1, 0])],
      ['b', floats([1, 0])],
    ]);

    const { ok, faults, outputs } = compareOutputs(golden, new Map([['a', floats([1, 0])]]), { limits });

    expect(ok).toBe(false);
    expect(faults).toEqual([
      { kind: 'missing-output', output: 'b', message: 'output b is missing; the board gave a' },
    ]);
    expect(outputs.map(({ name }) => name)).toEqual(['a']);
  });

  test('an extra output', () => {
    const board = new Map([
      ['out', floats([1, 0])],
      ['more', floats([1, 0])],
    ]);

    const { ok, faults } = compareOutputs(one(floats([1, 0])), board, { limits });

    expect(ok).toBe(false);
    expect(faults.map(({ kind, output }) => [kind, output])).toEqual([['extra-output', 'more']]);
  });

  test('another name: names are not guessed, not even for the only output', () => {
    const { ok, faults } = compareOutputs(one(floats([1, 0])), new Map([['Out', floats([1, 0])]]), {
      limits,
    });

    expect(ok).toBe(false);
    expect(faults.map(({ kind }) => kind)).toEqual(['missing-output', 'extra-output']);
  });

  test.each([
    ['board', one(floats([1])), new Map<string, Tensor>()],
    ['golden', new Map<string, Tensor>(), one(floats([1]))],
  ])('no outputs of the %s', (side, golden, board) => {
    const { ok, faults } = compareOutputs(golden, board, { limits });

    expect(ok).toBe(false);
    expect(faults).toEqual([
      { kind: 'no-outputs', output: '', message: `the ${side} has no outputs, so nothing can be compared` },
    ]);
  });

  test('an output without elements', () => {
    const empty = one(floats([], [1, 0]));

    const { ok, faults } = compareOutputs(empty, empty, { limits });

    expect(ok).toBe(false);
    expect(faults[0]?.message).toBe('output out (1x0) has no elements, so nothing can be compared');
  });

  test.each([[[2, 1]], [[2]], [[1, 1, 2]], [[1, 3]]])('shape %j instead of 1x2', (shape) => {
    const values = Array.from({ length: shape.reduce((a, b) => a * b) }, () => 0.5);

    const { ok, faults } = compareOutputs(one(floats([0.5, 0.5])), one(floats(values, shape)), { limits });

    expect(ok).toBe(false);
    expect(faults[0]?.kind).toBe('shape');
    expect(faults[0]?.message).toContain('the golden has 1x2');
  });

  test('class indices where the golden has scores, and fractions where it has class indices', () => {
    const indices = one(tensor('int64', [1, 2], BigInt64Array.of(0n, 1n)));
    const wholeFloats = one(floats([0, 1]));
    const fractions = one(floats([0.25, 0.75]));

    expect(compareOutputs(wholeFloats, indices, { limits }).faults[0]?.message).toBe(
      'output out holds whole numbers (int64), the golden holds real numbers (float32)',
    );
    expect(compareOutputs(indices, fractions, { limits }).faults[0]?.message).toBe(
      'output out holds fractions such as 0.25 (float32), the golden holds whole numbers (int64)',
    );
    expect(compareOutputs(indices, wholeFloats, { limits }).ok).toBe(true);
    expect(compareOutputs(indices, indices, { limits }).ok).toBe(true);
  });

  test.each([NaN, Infinity, -Infinity])('%d on the board', (bad) => {
    const { ok, faults } = compareValues([1, 2, 3], [1, bad, 3], limits);

    expect(ok).toBe(false);
    expect(faults.map(({ kind }) => kind)).toEqual(['non-finite']);
    expect(faults[0]?.message).toBe(
      `output out has 1 ${Number.isNaN(bad) ? 'NaN' : 'infinite'} of 3 values, the first at [0, 1]`,
    );
  });

  test('NaN on both sides, though the bits are equal', () => {
    const { ok, faults, outputs } = compareValues([1, NaN], [1, NaN], limits);

    expect(ok).toBe(false);
    expect(faults[0]?.kind).toBe('non-finite');
    expect(outputs[0]?.metrics.identical).toBe(false);
  });

  test('NaN in the golden alone', () => {
    const { ok, faults } = compareValues([1, NaN], [1, 2], limits);

    expect(ok).toBe(false);
    expect(faults[0]?.message).toBe(
      'the golden of output out has 1 NaN or infinite, the first at [0, 1]; nothing can be held against it',
    );
  });

  test('NaN in a golden softmax, before its limits are looked at', () => {
    const { ok, faults, outputs } = compareOutputs(one(floats([0.5, NaN])), one(floats([0.5, 0.5])), {
      limits: { maxKl: 1 },
    });

    expect(ok).toBe(false);
    expect(faults.map(({ kind }) => kind)).toEqual(['non-finite']);
    expect(outputs).toEqual([]);
  });

  test('what was found elsewhere', () => {
    const unstable = { kind: 'unstable', output: '', message: '3 runs gave 2 answers' } as const;

    const { ok, faults } = compareOutputs(one(floats([1])), one(floats([1])), { limits, faults: [unstable] });

    expect(ok).toBe(false);
    expect(faults).toEqual([unstable]);
  });
});

describe('what is compared', () => {
  test.each([
    ['float16', tensor('float16', [1, 2], floatsToHalves([0.25, 0.75]))],
    ['float32', floats([0.25, 0.75])],
    ['float64', tensor('float64', [1, 2], Float64Array.of(0.25, 0.75))],
  ])('a golden of %s as real numbers', (_, golden) => {
    const { ok, outputs } = compareOutputs(one(golden), one(floats([0.25, 0.5])), {
      limits: { atol: 0.25, maxSumError: 1 },
    });

    expect(ok).toBe(true);
    expect(outputs[0]?.kind).toBe('probabilities');
    expect(outputs[0]?.metrics.maxAbsError).toBe(0.25);
  });

  test('a float64 golden is not rounded first', () => {
    const golden = one(tensor('float64', [1, 1], Float64Array.of(1 + 1e-9)));

    expect(compareOutputs(golden, one(floats([1])), { limits: { atol: 0 } }).ok).toBe(false);
  });

  test('large whole numbers are not rounded first', () => {
    const golden = one(tensor('int32', [1], Int32Array.of(16_777_217)));

    expect(compareOutputs(golden, one(floats([16_777_216], [1])), { limits: { atol: 0.5 } }).ok).toBe(false);
  });

  test('every output with its own limits and kind, the rest with the common ones', () => {
    const golden = new Map([
      ['p', floats([1, 0])],
      ['box', floats([10, 20])],
      ['q', floats([0, 1])],
    ]);
    const board = new Map([
      ['q', floats([0.1, 0.9])],
      ['box', floats([10, 24])],
      ['p', floats([1, 0])],
    ]);

    const { ok, outputs } = compareOutputs(golden, board, {
      limits: { atol: 0.05 },
      outputLimits: new Map([
        ['box', { limits: { atol: 5 }, kind: 'values' as const }],
        ['q', { limits: { atol: 0.5 } }],
      ]),
    });

    expect(ok).toBe(true);
    expect(outputs.map(({ name, kind, limits }) => [name, kind, limits.atol])).toEqual([
      ['p', 'probabilities', 0.05],
      ['box', 'values', 5],
      ['q', 'probabilities', 0.5],
    ]);
  });
});

describe('what the spec got wrong', () => {
  test('an output without a tolerance', () => {
    expect(() => compareOutputs(one(floats([1, 0])), one(floats([1, 0])), {})).toThrow(
      'output out has no tolerance, so nothing could fail it',
    );
  });

  test('a limit that makes no sense for the output', () => {
    expect(() => compareValues([1, 2], [1, 2], { maxKl: 1 })).toThrow(ToleranceError);
  });

  test('an output that does not exist', () => {
    const outputLimits = new Map([['prob', { limits: { atol: 1 } }]]);

    expect(() =>
      compareOutputs(one(floats([1, 0])), one(floats([1, 0])), { limits: { atol: 1 }, outputLimits }),
    ).toThrow('outputs.prob is declared, but the network has no output of that name; it has out');
  });

  test('classes where there are none', () => {
    expect(() => compareValues([1], [1], { atol: 1 }, 'logits')).toThrow(
      'outputs.out.kind is logits, but an output of shape 1x1 has no two classes to rank',
    );
  });
});

describe('the checks', () => {
  test('identical outputs use nothing of any limit, even all zeros', () => {
    const { ok, marginal, outputs } = compareValues([0, 0], [0, 0], {
      atol: 0,
      rtol: 0,
      minCosine: 1,
      maxUlp: 0,
      maxGainError: 0,
    });

    expect(ok).toBe(true);
    expect(marginal).toBe(false);
    expect(outputs[0]?.metrics.identical).toBe(true);
    expect(outputs[0]?.checks.map(({ used }) => used)).toEqual([0, 0, 0, 0]);
  });

  test('atol tells the largest error and its place', () => {
    const comparison = compareValues([1, 2, 3], [1, 2.5, 2.75], { atol: 0.25 });

    expect(comparison.ok).toBe(false);
    expect(checkOf(comparison, 'atol')).toEqual({
      name: 'atol',
      value: 0.5,
      limit: 0.25,
      used: 2,
      ok: false,
      wouldPass: { atol: 0.5 },
      at: { flat: 1, index: [0, 1], golden: 2, board: 2.5 },
    });
  });

  test('atol with rtol tells the element that uses most of its own limit', () => {
    // Errors 1 of 0.1 + 0.1 * 100, and 0.5 of 0.1 + 0.1 * 1.
    const check = checkOf(compareValues([100, 1], [101, 1.5], { atol: 0.1, rtol: 0.1 }), 'atol');

    expect(check.at?.flat).toBe(1);
    expect(check.value).toBe(0.5);
    expect(check.limit).toBeCloseTo(0.2, 12);
    expect(check.used).toBeCloseTo(2.5, 12);
  });

  test('rtol alone passes no error where the golden is 0, and then only an atol would', () => {
    const check = checkOf(compareValues([0, 1], [0.5, 1], { rtol: 100 }), 'rtol');

    expect([check.ok, check.used, check.limit]).toEqual([false, Infinity, 0]);
    expect(check.wouldPass).toEqual({ atol: 0.501 });
  });

  test('rtol alone suggests an rtol elsewhere', () => {
    const check = checkOf(compareValues([4, 1], [5, 1], { rtol: 0.1 }), 'rtol');

    expect(check.wouldPass['rtol']).toBeCloseTo(0.251, 12);
  });

  test('cosine does not see a factor, so the gain beside it fails', () => {
    const comparison = compareValues([1, 2, 3], [1.5, 3, 4.5], { minCosine: 0.999 });

    expect(comparison.ok).toBe(false);
    expect(checkOf(comparison, 'cosine').ok).toBe(true);
    expect(checkOf(comparison, 'gain')).toMatchObject({
      ok: false,
      value: 0.5,
      wouldPass: { maxGainError: 0.5 },
    });
    expect(comparison.outputs[0]?.limits.maxGainError).toBe(0.05);
  });

  test('a board of zeros has no cosine and fails', () => {
    const comparison = compareValues([1, 2], [0, 0], { minCosine: -1 });

    expect(checkOf(comparison, 'cosine')).toMatchObject({ value: NaN, ok: false, wouldPass: {} });
    expect(comparison.ok).toBe(false);
  });

  test('probabilities that do not sum to 1 fail though no element is far off', () => {
    const golden = Array.from({ length: 100 }, () => 0.01);
    const board = golden.map((value) => value * 1.05);

    const comparison = compareValues(golden, board, { atol: 0.01 }, 'probabilities');

    expect(checkOf(comparison, 'atol').ok).toBe(true);
    expect(checkOf(comparison, 'sum')).toMatchObject({ ok: false, wouldPass: { maxSumError: 0.0501 } });
  });

  test('a flipped best class fails, and says which k would pass', () => {
    const flipped = compareValues([3, 2, 1], [2, 3, 1], { topK: 3 }, 'logits');
    const lower = compareValues([3, 2, 1], [3, 1, 2], { topK: 3 }, 'logits');

    expect(checkOf(flipped, 'top-3')).toMatchObject({
      value: 2,
      limit: 0,
      used: Infinity,
      ok: false,
      wouldPass: {},
    });
    expect(checkOf(lower, 'top-3')).toMatchObject({ ok: false, wouldPass: { topK: 1 } });
    expect(flipped.outputs[0]?.ranking?.top1Agrees).toBe(false);
  });

  test('ulp tells steps of the fp16 grid', () => {
    const check = checkOf(compareValues([1, -2], [1, -2.00390625], { maxUlp: 1 }), 'ulp');

    expect(check).toMatchObject({ value: 2, ok: false, wouldPass: { maxUlp: 2 }, at: { flat: 1 } });
  });

  test('the worst row is named for many rows', () => {
    const golden = floats([0.5, 0.5, 0.75, 0.25, 0.5, 0.5], [1, 3, 2]);
    const board = floats([0.5, 0.5, 0.5, 0.5, 0.5, 0.5], [1, 3, 2]);

    const comparison = compareOutputs(one(golden), one(board), { limits: { maxKl: 0.001, marginAtol: 0.1 } });

    expect(checkOf(comparison, 'kl').at).toMatchObject({ index: [0, 1, 0], golden: 0.75, board: 0.5 });
    expect(checkOf(comparison, 'margin').at).toMatchObject({ index: [0, 1, 0] });
    expect(comparison.outputs[0]?.ranking?.row).toBe(1);
  });

  test('a pass that uses more than 80 % of a limit is marginal', () => {
    expect(compareValues([1, 2], [1.5, 2], { atol: 0.75 }).marginal).toBe(false);
    expect(compareValues([1, 2], [1.5, 2], { atol: 0.6 })).toMatchObject({ ok: true, marginal: true });
    expect(compareValues([1, 2], [1.5, 2], { atol: 0.4 })).toMatchObject({ ok: false, marginal: false });
  });

  test('a limit that is used exactly passes', () => {
    expect(compareValues([1, 2], [1.5, 2], { atol: 0.5 }).ok).toBe(true);
  });
});

describe('what would just pass', () => {
  const finite = fc.float({ min: -100, max: 100, noNaN: true, noDefaultInfinity: true });
  const strictest: Record<OutputKind, Limits[]> = {
    values: [{ atol: 0 }, { rtol: 0 }, { atol: 0, rtol: 0.01 }, { minCosine: 1, maxUlp: 0, maxGainError: 0 }],
    logits: [{ topK: 5 }, { marginAtol: 0 }, { marginRtol: 0 }, { marginAtol: 0.1, marginRtol: 0.01 }],
    probabilities: [
      { maxKl: 0, maxSumError: 0 },
      { marginRtol: 0, maxSumError: 0 },
    ],
  };
  const anyLimits = fc
    .constantFrom<OutputKind>('values', 'logits', 'probabilities')
    .chain((kind) => fc.tuple(fc.constant(kind), fc.constantFrom(...strictest[kind])));

  test('really passes when it is pasted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(finite, finite), { minLength: 1, maxLength: 12 }),
        fc.constantFrom(1, 2, 3),
        anyLimits,
        (drawn, rowCount, [kind, limits]) => {
          const pairs = Array.from({ length: rowCount }, () => [...drawn, ...drawn]).flat();
          const positive = (value: number): number =>
            kind === 'probabilities' ? Math.abs(value) + 0.5 : value;
          const shape = [rowCount, drawn.length * 2];
          const golden = one(
            floats(
              pairs.map(([value]) => positive(value)),
              shape,
            ),
          );
          const board = one(
            floats(
              pairs.map(([, value]) => positive(value)),
              shape,
            ),
          );
          const compareWith = (tolerance: Limits): Check[] => [
            ...compareOutputs(golden, board, {
              outputLimits: new Map([['out', { kind, limits: tolerance }]]),
            }).outputs[0]!.checks,
          ];

          for (const check of compareWith(limits)) {
            if (Object.keys(check.wouldPass).length === 0) continue;
            const pasted = compareWith({ ...limits, ...check.wouldPass });

            const again = pasted.find(({ name }) => sameSubject(name, check.name));
            expect(again).toMatchObject({ ok: true });
          }
        },
      ),
      { numRuns: 1500 },
    );
  });

  /** Pasting an atol beside an rtol, or another k, changes the check's name. */
  const sameSubject = (a: string, b: string): boolean => {
    const subject = (name: string): string => (name === 'rtol' ? 'atol' : name.replace(/^top-\d+$/, 'top'));
    return subject(a) === subject(b);
  };
});
