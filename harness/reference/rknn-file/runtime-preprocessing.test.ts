import { expect, test } from 'vitest';
import type { RknnTrailer } from './trailer.ts';
import { runtimePreprocessing } from './runtime-preprocessing.ts';

const read = (keys: Partial<RknnTrailer>) => runtimePreprocessing({ norm_tensor: [], graph: [], ...keys });

test('means, divisors and orders are split over the inputs', () => {
  const inputs = read({
    mean_value: [1, 2, 3, 4],
    mean_value_chns: [3, 1],
    std_value: [5, 6, 7, 8],
    reorder: [2, 1, 0, 0, 1, 2],
  });

  expect(inputs).toEqual([
    { mean: [1, 2, 3], std: [5, 6, 7], meanCount: 3, reorder: [2, 1, 0] },
    { mean: [4], std: [8], meanCount: 1, reorder: [0, 1, 2] },
  ]);
});

test('without divisors the last value of each input is one for all its channels', () => {
  const inputs = read({ mean_value: [104, 117, 123, 2, 7, 1], mean_value_chns: [4, 2] });

  expect(inputs).toEqual([
    { mean: [104, 117, 123], std: [2, 2, 2], meanCount: 4, reorder: [] },
    { mean: [7], std: [1], meanCount: 2, reorder: [] },
  ]);
});

test('a single -1 means that nothing is normalised', () => {
  expect(read({ mean_value: [-1], mean_value_chns: [1] })).toEqual([
    { mean: [], std: [], meanCount: 1, reorder: [] },
  ]);
});

test('values are float32, as the runtime holds them', () => {
  const [input] = read({ mean_value: [0.1], mean_value_chns: [1], std_value: [0.3] });

  expect(input).toMatchObject({ mean: [Math.fround(0.1)], std: [Math.fround(0.3)] });
});
