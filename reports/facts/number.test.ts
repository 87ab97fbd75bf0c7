import { describe, expect, test } from 'vitest';
import { formatCosine, formatNumber, formatShare } from './number.ts';

test.each([
  [0, '0'],
  [-0, '0'],
  [0.958134, '0.9581'],
  [0.5, '0.5'],
  [0.00073, '0.00073'],
  [2.4e-7, '2.40e-7'],
  [-2734.590332, '-2735'],
  [12345.6, '12346'],
  [0.99999, '1'],
  [3e12, '3.00e+12'],
  [NaN, 'NaN'],
  [Infinity, '+Inf'],
  [-Infinity, '-Inf'],
])('%d reads %s', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

describe('the share of a limit', () => {
  test.each([
    [0, '0 %'],
    [0.366, '36 %'],
    [0.9999, '99 %'],
    [1, '100 %'],
    [1.0001, '101 %'],
    [31.92, '3192 %'],
    [Infinity, 'over'],
    [NaN, 'NaN'],
  ])('%d reads %s', (used, text) => {
    expect(formatShare(used)).toBe(text);
  });
});

test.each([
  [1, '1'],
  [0.999927, '0.999927'],
  [0.99999999, '>0.999999'],
  [0.0444, '0.044400'],
  [-1, '-1.000000'],
  [NaN, 'NaN'],
])('cosine %d reads %s', (cosine, text) => {
  expect(formatCosine(cosine)).toBe(text);
});
