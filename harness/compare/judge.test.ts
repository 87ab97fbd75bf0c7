import { describe, expect, test } from 'vitest';
import { tensor, type Tensor } from '../tensor/tensor.ts';
import { compareOutputs } from './compare.ts';
import { judge, type Judgement } from './judge.ts';
import { twoClass } from './published-answers.ts';
import type { Tolerance } from './tolerance.ts';

const output = (values: readonly number[], shape: readonly number[] = [1, values.length]): Tensor =>
  tensor('float32', shape, Float32Array.from(values));

function judged(golden: Tensor, board: Tensor, limits: Tolerance): Judgement {
  return judge(compareOutputs(new Map([['out', golden]]), new Map([['out', board]]), { limits }));
}

const judgedClasses = (board: readonly number[], limits: Tolerance): Judgement =>
  judged(output(twoClass.fp32), output(board), limits);

test('a plain pass needs no words', () => {
  expect(judgedClasses(twoClass.rknnFp16, { preset: 'fp16' })).toEqual({
    verdict: 'passed',
    marginal: false,
  });
});

test('a marginal pass says what is nearly used up', () => {
  expect(judgedClasses(twoClass.rknnFp16, { atol: 0.012 })).toEqual({
    verdict: 'passed',
    marginal: true,
    reason:
      'atol uses 92 % of its limit: p[1] is 0.05289 where the golden has 0.04187 (|error| 0.01102, limit 0.012)',
  });
});

describe('a failure is of class precision and says in one sentence', () => {
  test('that the best class has flipped, and by how much', () => {
    expect(judgedClasses(twoClass.readAsInt8, { preset: 'fp16' })).toEqual({
      verdict: 'failed',
      class: 'precision',
      marginal: false,
      reason:
        'top-1 is 1 instead of 0; p[1] is 0.9995 where the golden has 0.04187 (|error| 0.9576, limit 0.03)',
    });
  });

  test('which classes have changed places, by name where they have names', () => {
    const flipped = compareOutputs(
      new Map([['out', output(twoClass.fp32)]]),
      new Map([['out', output(twoClass.readAsInt8)]]),
      { limits: { topK: 1 } },
    );

    expect(judge(flipped, ['apple', 'plum']).reason).toBe('top-1 is plum instead of apple');
    expect(judge(flipped, { 0: 'apple' }).reason).toBe('top-1 is 1 instead of apple');
  });

  test('the element that is off, and what is worst off', () => {
    expect(judgedClasses(twoClass.reordered, { preset: 'fp16' }).reason).toBe(
      'p[0] is 0.7856 where the golden has 0.9581 (|error| 0.1725, limit 0.03); KL divergence is 0.1217 nats (limit 0.01)',
    );
  });

  test.each([
    [{ marginRtol: 0.2 }, 'the margin between the two best classes changed by 1.831 nats (limit 0.6261)'],
    [{ minCosine: 0.98, maxGainError: 1 }, 'cosine is 0.975339 (limit 0.98)'],
    [{ maxGainError: 0.1 }, 'gain is 0.8282 (limit 1 ± 0.1)'],
    [{ maxUlp: 99 }, 'p[1] is 0.2142 where the golden has 0.04187 (2431 ulp, limit 99)'],
  ] as const)('%o is broken', (limits, reason) => {
    expect(judgedClasses(twoClass.reordered, limits).reason).toBe(reason);
  });

  test('two numbers that differ, however little', () => {
    const board = output([0.952148, 0.047852]);

    expect(judged(output([0.952107, 0.047893]), board, { atol: 1e-5 }).reason).toBe(
      'p[0] is 0.95215 where the golden has 0.95211 (|error| 0.00004101, limit 0.00001)',
    );
  });

  test('the sum is off', () => {
    expect(judgedClasses([0.9, 0.04], { atol: 0.1 }).reason).toBe(
      'the probabilities sum to 0.06 more or less than the golden’s (limit 0.01)',
    );
  });

  test('later places differ', () => {
    expect(judged(output([4, 3, 2]), output([4, 2, 3]), { topK: 3 }).reason).toBe(
      '2 of the top 3 classes differ in order or in kind',
    );
  });

  test('where, in a map of values: by its name, without axes of extent 1', () => {
    const golden = output([1, 2, 3, 4], [1, 2, 1, 2]);
    const board = output([1, 2, 3, 9], [1, 2, 1, 2]);

    expect(judged(golden, board, { atol: 1 }).reason).toBe(
      'out[1, 1] is 9 where the golden has 4 (|error| 5, limit 1)',
    );
  });

  test('in which row of many', () => {
    const golden = output([0.5, 0.5, 0.75, 0.25], [1, 2, 2]);
    const board = output([0.5, 0.5, 0.25, 0.75], [1, 2, 2]);

    expect(judged(golden, board, { topK: 1, marginAtol: 1 }).reason).toBe(
      'top-1 in row 1 is 1 instead of 0; the margin between the two best classes at p[1, 0] changed by 2.197 nats (limit 1)',
    );
  });

  test('which of several outputs', () => {
    const pair = (a: number, b: number) =>
      new Map([
        ['a', output([a], [1])],
        ['b', output([b], [1])],
      ]);

    const { reason } = judge(compareOutputs(pair(1, 1), pair(1, 3), { limits: { atol: 1 } }));

    expect(reason).toBe('output b: b[] is 3 where the golden has 1 (|error| 2, limit 1)');
  });

  test('what makes the numbers meaningless, before any number', () => {
    expect(judgedClasses([NaN, 0.9], { preset: 'fp16' }).reason).toBe(
      'output out has 1 NaN of 2 values, the first at [0, 0]',
    );
    const { reason } = judge(
      compareOutputs(new Map([['a', output([1])]]), new Map([['b', output([1])]]), { limits: { atol: 1 } }),
    );
    expect(reason).toBe('output a is missing; the board gave b; and 1 more fault');
  });
});
