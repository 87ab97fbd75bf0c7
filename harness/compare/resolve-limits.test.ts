import { describe, expect, test } from 'vitest';
import { presets } from './presets.ts';
import { limitsFor, resolveLimits } from './resolve-limits.ts';
import { ToleranceError } from './tolerance-error.ts';
import { toleranceSchema } from './tolerance.ts';

describe('a declaration', () => {
  test('that is a name is that preset', () => {
    expect(resolveLimits('u8')).toEqual({ preset: 'u8' });
  });

  test('keeps what it sets', () => {
    expect(resolveLimits(toleranceSchema.parse({ preset: 'fp16', atol: 0.1 }))).toEqual({
      preset: 'fp16',
      atol: 0.1,
    });
  });

  test('without any limit is refused, with what to do', () => {
    expect(() => resolveLimits({})).toThrow(ToleranceError);
    expect(() => resolveLimits({})).toThrow('the tolerance has no limit, so nothing could fail it');
  });

  test('of limit 0 is a limit', () => {
    expect(resolveLimits({ atol: 0 })).toEqual({ atol: 0 });
  });
});

describe('the limits in force', () => {
  test('are the preset’s for what the output holds, replaced by its own', () => {
    const limits = limitsFor({ preset: 'fp16', atol: 0.5 }, 'probabilities', 'prob');

    expect(limits).toEqual({ ...presets.fp16.probabilities, atol: 0.5, maxSumError: 0.01 });
  });

  test('of a preset make sense for every kind', () => {
    expect(limitsFor({ preset: 'i8' }, 'values', 'boxes')).toEqual({ minCosine: 0.96, maxGainError: 0.2 });
    expect(limitsFor({ preset: 'i8' }, 'logits', 'fc')).not.toHaveProperty('maxKl');
  });

  test('watch the gain where a cosine stands alone, or with others as blind to a factor', () => {
    expect(limitsFor({ minCosine: 0.99 }, 'values', 'x')).toEqual({ minCosine: 0.99, maxGainError: 0.05 });
    expect(limitsFor({ minCosine: 0.99, topK: 1 }, 'logits', 'x').maxGainError).toBe(0.05);
  });

  test.each([{ atol: 1 }, { rtol: 0.1 }, { maxUlp: 9 }, { maxGainError: 0.5 }])(
    'leave the gain alone beside %o',
    (own) => {
      expect(limitsFor({ minCosine: 0.99, ...own }, 'values', 'x')).toEqual({ minCosine: 0.99, ...own });
    },
  );

  test('watch the sum of probabilities unless it is set', () => {
    expect(limitsFor({ atol: 0.1 }, 'probabilities', 'p').maxSumError).toBe(0.01);
    expect(limitsFor({ atol: 0.1, maxSumError: 1 }, 'probabilities', 'p').maxSumError).toBe(1);
    expect(limitsFor({ atol: 0.1 }, 'logits', 'p')).toEqual({ atol: 0.1 });
  });

  test.each([
    [
      { maxKl: 1 },
      'values',
      'maxKl makes no sense for output out, whose golden holds values; it is for probabilities',
    ],
    [{ maxKl: 1 }, 'logits', 'maxKl makes no sense'],
    [{ maxSumError: 1 }, 'logits', 'maxSumError makes no sense'],
    [{ topK: 1 }, 'values', 'topK makes no sense'],
    [{ marginAtol: 1 }, 'values', 'marginAtol makes no sense'],
    [{ preset: 'fp16', marginRtol: 1 }, 'values', 'marginRtol makes no sense'],
  ] as const)('do not ignore %o for %s', (tolerance, kind, message) => {
    expect(() => limitsFor(tolerance, kind, 'out')).toThrow(ToleranceError);
    expect(() => limitsFor(tolerance, kind, 'out')).toThrow(message);
  });
});
