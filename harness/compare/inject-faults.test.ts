import { describe, expect, test } from 'vitest';
import { type NamedTensors, tensor } from '../tensor/tensor.ts';
import { findUnseenFaults } from './inject-faults.ts';
import { twoClass } from './published-answers.ts';
import { measureSensitivity } from './sensitivity.ts';

const output = (...values: number[]): NamedTensors =>
  new Map([['prob', tensor('float32', [1, values.length], Float32Array.from(values))]]);
const golden = output(...twoClass.fp32);
const board = output(...twoClass.rknnFp16);
const names = (faults: ReturnType<typeof findUnseenFaults>): string[] => faults.map(({ fault }) => fault);

describe('mistakes made on purpose', () => {
  test('are all seen by the preset', () => {
    expect(findUnseenFaults(golden, board, output(0.1, 0.9), { limits: { preset: 'fp16' } })).toEqual([]);
  });

  test('that a loose tolerance lets through are named, in its own words', () => {
    const closeToTie = output(0.505, 0.495);

    const unseen = findUnseenFaults(closeToTie, closeToTie, undefined, { limits: { atol: 0.01 } });

    expect(unseen).toEqual([
      { fault: 'top-two-swapped', output: 'prob', message: 'atol 0.01 does not see a top-1 flip' },
      {
        fault: 'shifted',
        output: 'prob',
        message: 'atol 0.01 does not see everything shifted by one element',
      },
    ]);
  });

  test('are told with every limit that was declared', () => {
    const [first] = findUnseenFaults(output(3, 1), output(3, 1), undefined, {
      limits: { topK: 1, marginAtol: 5 },
    });

    expect(first).toEqual({
      fault: 'scaled',
      output: 'prob',
      message: 'topK 1 and marginAtol 5 do not see all values times 1.5',
    });
  });

  test('include the output of the previous input', () => {
    const unseen = findUnseenFaults(golden, board, output(0.9, 0.1), { limits: { atol: 0.1 } });

    expect(names(unseen)).toEqual(['previous-output']);
  });

  test('that change nothing are not counted', () => {
    const zeros = output(0, 0, 0);

    // Flipping the sign of 0, scaling, shifting or repeating zeros changes nothing; a NaN and a loss are seen.
    expect(findUnseenFaults(zeros, zeros, zeros, { limits: { atol: 1 } })).toEqual([]);
    expect(names(findUnseenFaults(golden, board, board, { limits: { atol: 0.1 } }))).toEqual([]);
  });

  test('are not tried on outputs that fail as they are', () => {
    expect(findUnseenFaults(golden, output(0.1, 0.9), undefined, { limits: { atol: 0.1 } })).toEqual([]);
  });

  test('are made in every output, judged by its own tolerance', () => {
    const two: NamedTensors = new Map([
      ...golden,
      ['box', tensor('float32', [1, 2, 2], Float32Array.of(1, 2, 3, 4))],
    ]);

    const unseen = findUnseenFaults(two, two, undefined, {
      limits: { preset: 'fp16' },
      outputLimits: new Map([['box', { limits: { atol: 100 } }]]),
    });

    expect(unseen.map(({ output: name, fault }) => `${name} ${fault}`)).toEqual([
      'box scaled',
      'box sign-flipped',
      'box shifted',
    ]);
  });

  test('leave the outputs as they were', () => {
    const before = [...board.get('prob')!.data];

    findUnseenFaults(golden, board, output(0.5, 0.5), { limits: { preset: 'fp16' } });

    expect([...board.get('prob')!.data]).toEqual(before);
  });
});

describe('sensitivity', () => {
  test('is how many fp16 steps the largest value can fall unseen', () => {
    const [sensitivity] = measureSensitivity(golden, board, { limits: { atol: 0.03 } });

    // 0.958134 - 0.03 = 0.928134; the next half above is 0.92822265625, 39 steps of 2^-11 below 0.947265625.
    // But the sum may only differ by 0.01: 1.000153 - 0.99 = 20.8 steps.
    expect(sensitivity?.unseenSteps).toBe(20);
    expect(sensitivity?.unseenValue).toBe(0.9375);
    expect(sensitivity?.at).toMatchObject({ flat: 0 });
  });

  test('is the whole way to zero where nothing is seen', () => {
    const [sensitivity] = measureSensitivity(output(-3, 1), output(-3, 1), { limits: { atol: 5 } });

    expect(sensitivity?.unseenValue).toBe(-0);
    expect(sensitivity?.unseenSteps).toBe((1 + 15) * 1024 + 512); // 3 = 1.5 * 2^1
  });

  test('is none at all where bits must be equal', () => {
    expect(measureSensitivity(board, board, { limits: { maxUlp: 0 } })[0]?.unseenSteps).toBe(0);
  });

  test('is not measured on outputs that fail', () => {
    expect(measureSensitivity(golden, output(0, 1), { limits: { atol: 0.01 } })).toEqual([]);
  });
});
