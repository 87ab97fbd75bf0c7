import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { strictNumber, whyNoNumber } from './strict-number.ts';

test.each([
  ['0.958134', 0.958134],
  ['-3', -3],
  ['+.5', 0.5],
  ['1e-05', 1e-5],
  ['7.', 7],
  ['nan', NaN],
  ['-nan', NaN],
  ['NaN', NaN],
  ['nan(0x400000)', NaN],
  ['inf', Infinity],
  ['-inf', -Infinity],
  ['-Infinity', -Infinity],
])('reads %s as C or Python prints it', (text, value) => {
  expect(strictNumber(text)).toBe(value);
});

test.each([
  ['0,958134', /decimal comma/],
  ['1.#QNAN', /Windows/],
  ['-1.#IND', /Windows/],
  ['0x1.eb851fp-1', /hexadecimal/],
  ['1 000', /no number/],
  ['', /empty/],
  ['.', /no number/],
  ['1e', /no number/],
  ['１', /no number/],
  ['--1', /no number/],
])('refuses %j, and says why', (text, why) => {
  expect(strictNumber(text)).toBeUndefined();
  expect(whyNoNumber(text)).toMatch(why);
});

test('reads back every number that JavaScript prints', () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      expect(strictNumber(String(value))).toBe(Object.is(value, -0) ? 0 : value);
    }),
  );
});

test('never reads what Number() would not, but for NaN and Inf', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789.,eE+-x#naif '.split('')) }), (text) => {
      const value = strictNumber(text);
      fc.pre(value !== undefined && Number.isFinite(value));

      expect(Number(text)).toBe(value);
    }),
  );
});
