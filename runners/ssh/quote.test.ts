import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { commandLine, quote } from './quote.ts';

test('leaves plain words as they are, and quotes all others', () => {
  expect(quote('/userdata/hil/cache/3c1b.ok')).toBe('/userdata/hil/cache/3c1b.ok');
  expect(quote('')).toBe("''");
  expect(quote("it's")).toBe(`'it'\\''s'`);
  expect(commandLine(['rm', '-f', 'a b', '$(reboot)'])).toBe("rm -f 'a b' '$(reboot)'");
});

test('makes words that /bin/sh reads back unchanged, whatever they contain', () => {
  const nasty = fc.constantFrom("'", '"', '\\', '$', '`', '\n', ' ', '*', '~', '#', '&', ';', 'a', 'é', '-');
  const word = fc.oneof(
    fc.string({ unit: nasty }),
    fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
  );
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
      const output = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${commandLine(words)}`]);

      // A process receives bytes: what is no whole character becomes U+FFFD on both ways.
      const expected = words.map((text) => Buffer.from(text, 'utf8').toString('utf8'));
      expect(output.toString('utf8').split('\0').slice(0, -1)).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});

test('refuses a NUL, which no command line can carry', () => {
  expect(() => quote('a\0b')).toThrow(RangeError);
});
