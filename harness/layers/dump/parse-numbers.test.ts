import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NumberTextParser, type NumberTextProblem } from './parse-numbers.ts';

/** Parses a text that is handed over in pieces of some size. */
function parse(text: string, count: number, pieceBytes = Infinity) {
  const values = new Float32Array(count);
  const parser = new NumberTextParser(values);
  const bytes = Buffer.from(text);
  let problem: NumberTextProblem | undefined;
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    problem ??= parser.push(bytes.subarray(at, at + pieceBytes));
  }
  return { values: [...values], problem: problem ?? parser.end() };
}

const float = fc.float({ noNaN: true, noDefaultInfinity: true });
const layerValue = fc.oneof(float, fc.float({ min: -300, max: 300, noNaN: true }), fc.constantFrom(0, -0));

describe('the numbers of a dump', () => {
  test('have the bits of the float32 nearest to what JavaScript reads, in pieces of any size', () => {
    fc.assert(
      fc.property(fc.array(layerValue), fc.integer({ min: 1, max: 60 }), (numbers, pieceBytes) => {
        // As printf's %f: from 1e21 on, toFixed would give an exponent, which is a form of its own.
        const lines = numbers.map((number) => (Object.is(number, -0) ? '-0.000000' : number.toFixed(6)));

        const { values, problem } = parse(
          lines.map((line) => `${line}\n`).join(''),
          lines.length,
          pieceBytes,
        );

        expect(problem).toBeUndefined();
        expect(values).toEqual(lines.map((line) => Math.fround(parseFloat(line))));
      }),
      { numRuns: 500 },
    );
  });

  test('may have any decimal form', () => {
    const form = fc.oneof(
      float.map(String),
      float.map((number) => number.toExponential()),
      fc.integer().map((number) => `${number}`),
      fc.nat({ max: 999_999_999 }).map((whole) => `${whole}.999999`),
      fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => `+${a}.${b}`),
    );
    fc.assert(
      fc.property(fc.array(form), fc.constantFrom('\n', '\r\n', ' \n', '\n\n'), (lines, lineEnd) => {
        const { values, problem } = parse(lines.map((line) => line + lineEnd).join(''), lines.length);

        expect(problem).toBeUndefined();
        expect(values).toEqual(lines.map((line) => Math.fround(parseFloat(line))));
      }),
    );
  });

  test('of the published layers are read exactly', () => {
    const { values } = parse('-104.937500\n-180.000000\n1.101562\n0.000000', 4);

    expect(values).toEqual([-104.9375, -180, Math.fround(1.101562), 0]);
  });

  test('may be no numbers', () => {
    expect(parse('nan\n-nan\ninf\n-inf\nINFINITY\n', 5).values).toEqual([
      NaN,
      NaN,
      Infinity,
      -Infinity,
      Infinity,
    ]);
  });
});

test.each([
  ['1.000000\n1.00000x\n1.000000\n', 3, { line: 2, message: '"1.00000x" is no number' }],
  ['1.000000\n\n\n.\n', 2, { line: 4, message: '"." is no number' }],
  ['1.0000:0\n', 1, { line: 1, message: '"1.0000:0" is no number' }],
  ['1 2\n', 2, { line: 1, message: '"1 2" is no number' }],
  ['1\n2\n', 1, { line: 2, message: 'there are more than the expected 1 numbers' }],
  ['1\n2', 3, { line: 3, message: 'the text ends after 2 numbers, expected 3' }],
  ['', 1, { line: 1, message: 'the text ends after 0 numbers, expected 1' }],
  ['9'.repeat(2000), 1, { line: 1, message: 'a line of more than 2000 characters is no number' }],
])('refuses %j for %d numbers', (text, count, problem) => {
  expect(parse(text, count).problem).toEqual(problem);
});

test('any byte in place of one of a number is noticed or read as JavaScript would', () => {
  const line = '-123.456789\n';
  for (let at = 0; at < line.length - 1; at++) {
    for (let byte = 33; byte < 127; byte++) {
      const changed = line.slice(0, at) + String.fromCharCode(byte) + line.slice(at + 1);

      const { values, problem } = parse(changed.repeat(3) + '0\n'.repeat(20), 23);

      const isNumber = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(changed.trim());
      expect(problem === undefined).toBe(isNumber);
      expect(values[2]).toBe(isNumber ? Math.fround(Number(changed)) : 0);
    }
  }
});
