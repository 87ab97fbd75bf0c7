import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutEnd, displayWidth, shortenMiddle } from './display-width.ts';

describe('displayWidth', () => {
  // Widths as Unicode Standard Annex 11 and wcwidth give them.
  test.each([
    ['story › picture', 15],
    ['', 0],
    ['猫.png', 6],
    ['ｆｕｌｌ', 8],
    ['한국어', 6],
    ['e\u0301te\u0301', 3],
    ['👍🏽 ok', 5],
    ['🇩🇪', 2],
    ['\u001b[31mred\u001b[39m', 3],
    ['a\u200db', 2],
  ])('of %j is %i', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

test('a shortened name keeps both its ends', () => {
  expect(shortenMiddle('mobilenet-v1 › goldfish-224', 15)).toBe('mobilen…ish-224');
});

test('a wide character that does not fit whole is left out', () => {
  expect(shortenMiddle('猫猫猫猫', 5)).toBe('猫…猫');
  expect(cutEnd('猫猫猫', 4)).toBe('猫…');
});

const unescaped = fc.string({ unit: 'grapheme' }).filter((text) => !/[\p{Cc}]/u.test(text));

test.each([{ shorten: shortenMiddle }, { shorten: cutEnd }])(
  '$shorten.name never gives more than it was allowed to',
  ({ shorten }) => {
    fc.assert(
      fc.property(unescaped, fc.nat(30), (text, width) => {
        expect(displayWidth(shorten(text, width))).toBeLessThanOrEqual(width);
      }),
    );
  },
);

test.each([{ shorten: shortenMiddle }, { shorten: cutEnd }])(
  '$shorten.name does not touch a text that fits',
  ({ shorten }) => {
    fc.assert(
      fc.property(unescaped, fc.nat(5), (text, spare) => {
        expect(shorten(text, displayWidth(text) + spare)).toBe(text);
      }),
    );
  },
);
