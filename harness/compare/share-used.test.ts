import { expect, test } from 'vitest';
import type { Check } from './comparison.ts';
import { largestShareUsed, shareUsed } from './share-used.ts';

const checkUsing = (used: number): Check => ({
  name: 'atol',
  value: used,
  limit: 1,
  used,
  ok: used <= 1,
  wouldPass: {},
});

test('a check without a number has no room left', () => {
  expect(shareUsed(checkUsing(NaN))).toBe(Infinity);
  expect(largestShareUsed({ checks: [checkUsing(0.2), checkUsing(NaN)] })).toBe(Infinity);
});

test('the tightest check decides', () => {
  expect(largestShareUsed({ checks: [checkUsing(0.2), checkUsing(0.85), checkUsing(0.4)] })).toBe(0.85);
});

test('nothing limited uses nothing', () => {
  expect(largestShareUsed({ checks: [] })).toBe(0);
});
