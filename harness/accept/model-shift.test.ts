import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fakeCase, scattered, softmax, stackOf, twelveLogits } from './fake-evidence.ts';
import { inputShift, type InputShift } from './input-shift.ts';
import { modelShift } from './model-shift.ts';
import { scoreRows } from './scores.ts';
import type { StackEvidence } from './evidence/evidence.ts';

const shiftsOf = (before: StackEvidence, after: StackEvidence): InputShift[] =>
  before.cases.flatMap((each, i) => inputShift(each, each.outputs[0]!, after.cases[i]!.outputs[0]!) ?? []);
const same = (logits: readonly number[]) => logits;
const scaledBy = (factor: number) => (logits: readonly number[]) => logits.map((logit) => factor * logit);

describe('on answers without noise', () => {
  test('finds the factor that the logits were multiplied with, from softmaxes alone', () => {
    const shift = modelShift(shiftsOf(stackOf('old', scaledBy(0.99)), stackOf('new', scaledBy(1.005))), 0.99);

    expect(shift.scale!.before).toBeCloseTo(-0.01, 10);
    expect(shift.scale!.after).toBeCloseTo(0.005, 10);
    expect(shift.scale!.change.value).toBeCloseTo(0.015, 10);
    expect(shift.explained.scale).toBeCloseTo(1, 10);
  });

  test('finds the class that moved against the others, by how much, and what its error was before', () => {
    const moved = (amount: number) => (logits: readonly number[]) =>
      logits.map((logit, c) => (c === 1 ? logit + amount : logit));

    const shift = modelShift(shiftsOf(stackOf('old', moved(0.1)), stackOf('new', moved(-0.2))), 0.99);

    // The weights of the classes are alike but for the grid's share, and there is no grid here.
    expect(shift.offset).toMatchObject({ class: 1 });
    expect(shift.offset!.change.value).toBeCloseTo(-0.3, 10);
    expect(shift.offset!.before).toBeCloseTo(0.1, 10);
    expect(shift.offset!.after).toBeCloseTo(-0.2, 10);
    expect(shift.explained.offset).toBeCloseTo(1, 10);
  });

  test('the published case: 0.958134 to 0.947266 is 0.2451 nats of class 0', () => {
    const one = (board: readonly number[], i: number) =>
      fakeCase({ input: `${i}`, golden: [0.958134, 0.041866], board });
    const before = Array.from({ length: 5 }, (_, i) => one([0.958134, 0.041866], i));
    const after = Array.from({ length: 5 }, (_, i) => one([0.947266, 0.052887], i));
    const shifts = before.flatMap(
      (each, i) => inputShift(each, each.outputs[0]!, after[i]!.outputs[0]!) ?? [],
    );

    const { offset } = modelShift(shifts, 0.99);

    expect(Math.abs(offset!.change.value)).toBeCloseTo(0.2451, 4);
  });

  test('the error is the root mean square of the log-odds’ error', () => {
    const [shift] = shiftsOf(
      stackOf('old', same),
      stackOf('new', ([a = 0, b = 0, c = 0]) => [a + 0.3, b - 0.3, c]),
    );

    expect(shift!.errorBefore).toBeCloseTo(0, 10);
    expect(shift!.errorAfter).toBeCloseTo(Math.sqrt((0.09 + 0.09) / 3), 10);
  });

  test('identical bits are no shift at all, whatever the error was', () => {
    const shift = modelShift(shiftsOf(stackOf('old', scaledBy(0.9)), stackOf('new', scaledBy(0.9))), 0.99);

    expect(shift).toMatchObject({ inputs: 12, identicalInputs: 12, explained: { scale: 0, offset: 0 } });
    expect(shift.scale!.change).toMatchObject({ value: 0, p: 1 });
    expect(shift.error!.growth).toMatchObject({ value: 0, p: 1 });
  });

  test('plain values are told in units of the golden’s size', () => {
    const values = (board: readonly number[], i: number) => {
      const evidence = fakeCase({ input: `${i}`, golden: [300, -400], board, limits: { atol: 100 } });
      return {
        ...evidence,
        outputs: evidence.outputs.map((output) => ({ ...output, kind: 'values' as const })),
      };
    };
    const before = [0, 1, 2].map((i) => values([300, -400], i));
    const after = [0, 1, 2].map((i) => values([306, -408], i));
    const shifts = before.flatMap(
      (each, i) => inputShift(each, each.outputs[0]!, after[i]!.outputs[0]!) ?? [],
    );

    const shift = modelShift(shifts, 0.99);

    expect(shift.scale!.change.value).toBeCloseTo(0.02, 10);
    // 2 % of everything: the root mean square error is 2 % of the root mean square.
    expect(shift.error!.after).toBeCloseTo(0.02, 10);
  });
});

test('noise of the old stack does not look like a shrinking scale: the golden is what everything is held against', () => {
  // Regressing the change on the old stack's own answers would give -var(noise) / var(logits), about -2 % here.
  const rough = Array.from({ length: 40 }, (_, round) =>
    modelShift(shiftsOf(stackOf('old', scattered(0.3, round)), stackOf('new', same)), 0.99),
  );

  const mean = rough.reduce((sum, { scale }) => sum + scale!.change.value, 0) / rough.length;

  expect(Math.abs(mean)).toBeLessThan(0.005);
});

test('a constant in the logits changes nothing', () => {
  fc.assert(
    fc.property(fc.double({ min: -5, max: 5, noNaN: true }), (constant) => {
      const lifted = (logits: readonly number[]) => logits.map((logit) => logit + constant);
      const { scale, error } = modelShift(shiftsOf(stackOf('old', same), stackOf('new', lifted)), 0.99);

      expect(scale!.change.value).toBeCloseTo(0, 9);
      expect(error!.after).toBeCloseTo(0, 9);
    }),
  );
});

describe('coarse grids', () => {
  const golden = softmax([9, 0, -6]);
  const evidence = (board: readonly number[], grid: Parameters<typeof fakeCase>[0]['grid']) =>
    fakeCase({ input: 'a', golden, board, ...(grid ? { grid } : {}) }).outputs[0]!;

  test('classes whose probability is a few steps or less take no part', () => {
    const fine = evidence(golden, { kind: 'half' });
    const eighths = evidence(golden, { kind: 'even', step: 1 / 256 });

    // softmax([9, 0, -6]) is about 0.99988, 1.2e-4 and 3e-7: in fp16 the last is five steps, of 1/256 only the first is any.
    expect([...scoreRows(fine, fine)[0]!.classes!]).toEqual([0, 1]);
    expect(scoreRows(eighths, eighths)).toEqual([]);
  });

  test('an answer of 0 is taken for half a step and stays finite', () => {
    const grid = { kind: 'half' } as const;
    const [row] = scoreRows(evidence(golden, grid), evidence([1, 0, 0], grid));

    expect([...row!.candidate].every(Number.isFinite)).toBe(true);
    expect(row!.candidate[0]! - row!.candidate[1]!).toBeCloseTo(-Math.log(2 ** -25), 9);
  });

  test('what is coarser weighs less', () => {
    const grid = { kind: 'even', step: 1 / 256 } as const;
    const even = fakeCase({ input: 'a', golden: [0.9, 0.1], board: [0.9, 0.1], grid }).outputs[0]!;

    const [row] = scoreRows(even, even);

    // 0.1 is 25.6 steps of 1/256: variance 2 / 12 / 25.6^2 against 2 / 12 / 230.4^2 of the first class.
    const variance = (steps: number) => 2 / 12 / steps ** 2;
    expect(row!.gridVariance[1]).toBeCloseTo(variance(25.6), 12);
    expect(row!.weight[1]! / row!.weight[0]!).toBeCloseTo(
      (2 ** -16 + variance(230.4)) / (2 ** -16 + variance(25.6)),
      9,
    );
  });
});

test('a class is tested only if enough inputs show it', () => {
  const grid = { kind: 'half' } as const;
  const few = twelveLogits.map((logits, i) => {
    // Class 2 is far below everything but in three inputs.
    const hidden = [logits[0]!, logits[1]!, i < 3 ? 0 : -30];
    return fakeCase({ input: `${i}`, golden: softmax(hidden), board: softmax(hidden), grid });
  });
  const moved = few.map((each) => ({
    ...each,
    outputs: each.outputs.map((output) => ({
      ...output,
      board: Float64Array.from(output.golden, (value, c) => (c === 2 ? value * 2 : value)),
    })),
  }));
  const shifts = few.flatMap((each, i) => inputShift(each, each.outputs[0]!, moved[i]!.outputs[0]!) ?? []);

  expect(modelShift(shifts, 0.99).offset?.class).not.toBe(2);
});
