import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { assertWellFormed } from '../xml-well-formed.ts';
import { escapeMarkup } from './escape-markup.ts';

test.each([
  ['a < b && c > "d" \'e\'', 'a &lt; b &amp;&amp; c &gt; &quot;d&quot; &#39;e&#39;'],
  ['tab\tand\nline stay', 'tab\tand\nline stay'],
  ['bell\u0007', 'bell\ufffd'],
  ['\u001b[31mred\u001b[0m', 'red'],
  ['half \ud83d of a pair', 'half \ufffd of a pair'],
  ['whole 👍', 'whole 👍'],
])('%j becomes %j', (text, escaped) => {
  expect(escapeMarkup(text)).toBe(escaped);
});

test('any text can stand in content and in an attribute', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(() => assertWellFormed(`<a b="${escapeMarkup(text)}">${escapeMarkup(text)}</a>`)).not.toThrow();
    }),
  );
});
