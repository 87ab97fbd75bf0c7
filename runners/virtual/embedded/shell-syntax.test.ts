import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandLine } from '../../ssh/quote.ts';
import { parseCommandLine, ShellSyntaxError } from './shell-syntax.ts';

const words = (line: string): (readonly string[])[] =>
  parseCommandLine(line, 42).map(({ command }) => command.words);

describe('the shell of an embedded board', () => {
  test('reads back whatever the harness quotes', () => {
    const word = fc.string({ unit: 'binary', maxLength: 30 }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (list) => {
        expect(words(commandLine(list))).toEqual([list]);
      }),
    );
  });

  test('takes any line or refuses it, and never fails otherwise', () => {
    const unit = fc.constantFrom('a', ' ', "'", '"', '\\', '$', '&', '|', ';', '>', '<', '2', '*', '\n', '(');
    fc.assert(
      fc.property(fc.string({ unit }), (line) => {
        let refused: unknown;
        try {
          parseCommandLine(line, 1);
        } catch (error) {
          refused = error;
        }

        expect(refused === undefined || refused instanceof ShellSyntaxError).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['echo a  b', [['echo', 'a', 'b']]],
    [`echo 'a b' "c d" e\\ f`, [['echo', 'a b', 'c d', 'e f']]],
    [`echo 'it'\\''s'`, [['echo', "it's"]]],
    ['echo hil-pid=$$', [['echo', 'hil-pid=42']]],
    ['echo "$$ \\$"', [['echo', '42 $']]],
    ["echo '$$'", [['echo', '$$']]],
    [
      '[ -f /tmp/x ] && echo yes',
      [
        ['[', '-f', '/tmp/x', ']'],
        ['echo', 'yes'],
      ],
    ],
    ['a; b', [['a'], ['b']]],
    ['', []],
  ])('reads %j', (line, expected) => {
    expect(words(line)).toEqual(expected);
  });

  test('sees redirections wherever they stand', () => {
    expect(parseCommandLine('cat <in 2>/dev/null > out', 1)[0]!.command).toEqual({
      words: ['cat'],
      redirections: [
        { kind: 'read', path: 'in' },
        { kind: 'write', stream: 2, path: '/dev/null' },
        { kind: 'write', stream: 1, path: 'out' },
      ],
    });
    expect(parseCommandLine('a >&2 2>&1 >> log', 1)[0]!.command.redirections).toEqual([
      { kind: 'copy', stream: 1, of: 2 },
      { kind: 'copy', stream: 2, of: 1 },
      { kind: 'append', stream: 1, path: 'log' },
    ]);
  });

  test.each(['a | b', 'a & b', '$(a)', 'echo $HOME', '`a`', 'ls *', "echo 'a", 'a &&', '|| a', 'a >'])(
    'does not guess at %j',
    (line) => {
      expect(() => parseCommandLine(line, 1)).toThrow(ShellSyntaxError);
    },
  );
});
