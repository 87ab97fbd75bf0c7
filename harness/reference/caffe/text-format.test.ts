import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HilError } from '../../hil-error.ts';
import { parseTextFormat, type TextMessage } from './text-format.ts';

/** The message as plain pairs, for comparison. */
const plain = ({ fields }: TextMessage): unknown[] =>
  fields.map(({ name, value }) => [name, value.kind === 'message' ? plain(value) : value.text]);

const parse = (text: string) => plain(parseTextFormat(text, 'net.prototxt'));

describe('protobuf’s text format', () => {
  test.each([
    [
      'a scalar of each kind',
      'a: 1 b: -2.5e-3 c: MAX d: "x" e: true',
      [
        ['a', '1'],
        ['b', '-2.5e-3'],
        ['c', 'MAX'],
        ['d', 'x'],
        ['e', 'true'],
      ],
    ],
    [
      'numbers in other forms',
      'a: 0x1F b: 1.f c: .5 d: -inf e: 5.',
      [
        ['a', '0x1F'],
        ['b', '1.f'],
        ['c', '.5'],
        ['d', '-inf'],
        ['e', '5.'],
      ],
    ],
    [
      'a message with and without a colon, in either brackets',
      'a { x: 1 } b: { y: 2 } c < z: 3 > d: <>',
      [
        ['a', [['x', '1']]],
        ['b', [['y', '2']]],
        ['c', [['z', '3']]],
        ['d', []],
      ],
    ],
    [
      'comments, to the end of the line',
      '# first\na: 1 # "b: 2 {\n# c: 3\nd: 4',
      [
        ['a', '1'],
        ['d', '4'],
      ],
    ],
    ['a string in pieces, on several lines', 'a: "one " \'two\'\n  " three"', [['a', 'one two three']]],
    [
      'quotes and escapes',
      String.raw`a: "say \"no\"\n\x41\102" b: 'it"s'`,
      [
        ['a', 'say "no"\nAB'],
        ['b', 'it"s'],
      ],
    ],
    [
      'a list in brackets',
      'dim: [1, 3, 224] m [{ x: 1 }, { x: 2 }] none: []',
      [
        ['dim', '1'],
        ['dim', '3'],
        ['dim', '224'],
        ['m', [['x', '1']]],
        ['m', [['x', '2']]],
      ],
    ],
    [
      'separators',
      'a: 1, b: 2; c { d: 3; }, e: 4',
      [
        ['a', '1'],
        ['b', '2'],
        ['c', [['d', '3']]],
        ['e', '4'],
      ],
    ],
    ['an extension’s name', '[caffe.field]: 1', [['caffe.field', '1']]],
    [
      'no white space at all',
      'a{b:"x"c:1d:2}',
      [
        [
          'a',
          [
            ['b', 'x'],
            ['c', '1'],
            ['d', '2'],
          ],
        ],
      ],
    ],
    [
      'Windows line ends, tabs and a byte order mark',
      '\uFEFFa:\t1\r\nb: 2\r\n',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
  ] as const)('has %s', (_, text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  test('counts lines through comments and strings', () => {
    const { fields } = parseTextFormat('a: 1\n# x\n\nb: "y"\n  "z"\nc: 2', 'net.prototxt');

    expect(fields.map(({ name, line }) => [name, line])).toEqual([
      ['a', 1],
      ['b', 4],
      ['c', 6],
    ]);
  });

  test.each([
    ['a: 1\nb {\n  c: 2\n', 'net.prototxt:4: the end of the file stands where a field’s name is expected'],
    ['a: 1\n}', 'net.prototxt:2: `}` stands where a field’s name is expected'],
    ['a 1', 'net.prototxt:1: `1` stands where `:`, or `{` and fields is expected'],
    ['a: }', 'net.prototxt:1: `}` stands where a value is expected'],
    ['a: -"x"', 'net.prototxt:1: `x` stands where a value is expected'],
    ['a: [1 2]', 'net.prototxt:1: `2` stands where `]` is expected'],
    ['a: "one\ntwo"', 'net.prototxt:1: a string does not end on its line'],
    ['a: 1\nb: @', 'net.prototxt:2: "@" has no place in a prototxt'],
    ['a {'.repeat(101), 'net.prototxt:1: messages are nested more than 100 levels deep'],
  ])('refuses %j with the line', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});

describe('hostile texts', () => {
  const parts = [
    'a',
    ':',
    '{',
    '}',
    '<',
    '>',
    '[',
    ']',
    '"',
    "'",
    '\\',
    '#',
    '\n',
    '-',
    '1',
    '0x',
    '.',
    ',',
    ';',
    'inf',
    ' ',
  ];

  /** Whether parsing ends in a message, or in an error of ours that names the file and the line. */
  const endsWell = (text: string): boolean => {
    try {
      return parseTextFormat(text, 'net.prototxt').kind === 'message';
    } catch (error) {
      return error instanceof HilError && /^net\.prototxt:\d+: /.test(error.message);
    }
  };

  test('end in a message or in an error that names the file', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...parts), { maxLength: 60 }).map((all) => all.join('')),
    );

    fc.assert(
      fc.property(texts, (text) => {
        expect(endsWell(text)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test.each(['a {', '{', '[', 'a: [', '"', '\\', '#', ' ', '-', 'a: "x" ', '1e'])(
    'of 100 000 times %j need no stack of their depth',
    (piece) => {
      expect(endsWell(piece.repeat(100_000))).toBe(true);
    },
  );

  const name = fc.stringMatching(/^[a-z_]\w{0,8}$/);
  const word = fc.stringMatching(/^[A-Z][A-Z_]{0,8}$/);
  const { message } = fc.letrec<{ message: [string, unknown][] }>((tie) => ({
    message: fc.array(
      fc.tuple(
        name,
        fc.oneof(
          { maxDepth: 4 },
          fc.string(),
          word,
          fc.integer(),
          fc.float({ noNaN: true, noDefaultInfinity: true }),
          tie('message'),
        ),
      ),
      { maxLength: 4 },
    ),
  }));

  const print = (fields: readonly [string, unknown][]): string =>
    fields
      .map(([key, value]) =>
        Array.isArray(value)
          ? `${key} { ${print(value as [string, unknown][])} }\n`
          : `${key}: ${typeof value === 'string' ? quote(value) : String(value)}\n`,
      )
      .join('');
  const quote = (text: string) => `"${text.replaceAll(/["\\]/g, (letter) => `\\${letter}`)}"`;

  test('what is printed is read again', () => {
    const texts = (fields: readonly [string, unknown][]): unknown[] =>
      fields.map(([key, value]) => [
        key,
        Array.isArray(value) ? texts(value as [string, unknown][]) : String(value),
      ]);

    fc.assert(
      fc.property(message, (fields) => {
        expect(parse(print(fields))).toEqual(texts(fields));
      }),
    );
  });
});
