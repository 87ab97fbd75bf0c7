import { describe, expect, test } from 'vitest';
import { acceptancePolicySchema, defaultPolicy } from './policy.ts';

describe('the policy', () => {
  test('needs no word: everything has a default', () => {
    expect(defaultPolicy).toMatchObject({
      confidence: 0.99,
      margins: { scale: 0.0025 },
      resolution: { fp16: { scale: 0.005 }, u8: { scale: 0.02 } },
      on: { newFailure: 'reject', headroom: 'marginal' },
    });
  });

  test('keeps the defaults beside what is set', () => {
    const policy = acceptancePolicySchema.parse({
      resolution: { u8: { scale: 0.03 } },
      on: { shift: 'marginal' },
    });

    expect(policy.resolution.u8).toEqual({ scale: 0.03, offset: 0.2, error: 0.2 });
    expect(policy.on).toMatchObject({ shift: 'marginal', newFailure: 'reject' });
  });

  test.each([
    { confidense: 0.9 },
    { on: { shift: 'perhaps' } },
    { margins: { scale: -1 } },
    { confidence: 1 },
  ])('refuses %j', (value) => {
    expect(acceptancePolicySchema.safeParse(value).success).toBe(false);
  });
});
