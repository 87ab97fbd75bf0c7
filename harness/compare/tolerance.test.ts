import { expect, test } from 'vitest';
import { toleranceSchema } from './tolerance.ts';

test.each(['fp16', { atol: 0.01 }, { preset: 'u8' }, { preset: 'i8', topK: 5, minCosine: -1 }])(
  'accepts %o',
  (declared) => {
    expect(toleranceSchema.parse(declared)).toEqual(declared);
  },
);

test.each([
  'fp32',
  { minCosin: 0.9 },
  { atol: -1 },
  { atol: NaN },
  { atol: Infinity },
  { minCosine: 1.1 },
  { topK: 0 },
  { maxUlp: 1.5 },
  { preset: 'hybrid' },
  null,
])('refuses %o', (declared) => {
  expect(toleranceSchema.safeParse(declared).success).toBe(false);
});
