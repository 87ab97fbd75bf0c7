import { expect, test } from 'vitest';
import { sparkline } from './sparkline.ts';

test.each([
  [[0, 0.25, 0.5, 0.75, 1], '▁▃▅▇█'],
  [[0, 0, 0], '▁▁▁'],
  [[2, 'failed', 'broken', 2], '█×·█'],
  [[NaN, 1, Infinity], '·██'],
  [[], ''],
] as const)('draws %j', (values, expected) => {
  expect(sparkline(values)).toBe(expected);
});
