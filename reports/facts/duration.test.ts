import { expect, test } from 'vitest';
import { formatDuration, medianNpuMs } from './duration.ts';

test.each([
  [0, '0 ms'],
  [0.3456, '0.35 ms'],
  [7.42, '7.4 ms'],
  [140, '140 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [8230, '8.2 s'],
  [59_990, '1 min 00 s'],
  [125_000, '2 min 05 s'],
  [7_500_000, '2 h 05 min'],
  [NaN, '-'],
])('%d ms reads %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('the NPU time of a case is the median of its runs', () => {
  expect(medianNpuMs([3000, 1000, 2000])).toBe(2);
  expect(medianNpuMs([4000, 1000, 2000, 3000])).toBe(2.5);
  expect(medianNpuMs([])).toBeUndefined();
});
