import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { type ErrorOwner, HilError } from '../hil-error.ts';
import { fakeIo } from './fake-io.ts';
import { printError } from './print-error.ts';

class Trouble extends HilError {
  readonly code = 'HIL_TROUBLE';
  readonly owner: ErrorOwner;

  constructor(owner: ErrorOwner, options: { message?: string; hint?: string; cause?: unknown } = {}) {
    const { message = 'it went wrong', hint = 'Look at it.' } = options;
    super(message, { hint, ...('cause' in options ? { cause: options.cause } : {}) });
    this.owner = owner;
  }
}

function printed(thrown: unknown) {
  const { io, written } = fakeIo('/');
  return { code: printError(thrown, io), ...written };
}

test.each<[ErrorOwner, number]>([
  ['spec', 2],
  ['lab', 3],
  ['undecided', 3],
  ['harness', 70],
])('what the owner %s can put right ends with %i', (owner, code) => {
  expect(printed(new Trouble(owner))).toEqual({
    code,
    stdout: '',
    stderr: 'error: it went wrong\n  next: Look at it.\n  code: HIL_TROUBLE\n',
  });
});

test('names the causes, nearest first, unless the message says them already', () => {
  const root = new Error('no such file');
  const cause = new TypeError('cannot open it', { cause: root });

  const { stderr } = printed(new Trouble('spec', { message: 'it went wrong: no such file', cause }));

  expect(stderr.split('\n')).toEqual([
    'error: it went wrong: no such file',
    '  because: TypeError: cannot open it',
    '  next: Look at it.',
    '  code: HIL_TROUBLE',
    '',
  ]);
});

test('says a cause that is coloured neither in colour nor twice', () => {
  const cause = new Error('\u001b[31m[PARSE_ERROR]\u001b[0m no brace\n');

  const { stderr } = printed(
    new Trouble('spec', { message: 'it went wrong: [PARSE_ERROR] no brace', cause }),
  );

  expect(stderr).not.toContain('because');
});

test('keeps the lines of long causes and hints together', () => {
  const { stderr } = printed(
    new Trouble('spec', { hint: 'First this.\nThen that.', cause: new Error('one\ntwo') }),
  );

  expect(stderr.split('\n')).toEqual([
    'error: it went wrong',
    '  because: Error: one',
    '           two',
    '  next: First this.',
    '        Then that.',
    '  code: HIL_TROUBLE',
    '',
  ]);
});

test('tells what the operating system refuses as this machine’s trouble, not as a bug', async () => {
  const refused: unknown = await writeFile(tmpdir(), 'text').catch((error: unknown) => error);

  expect(printed(refused)).toMatchObject({
    code: 3,
    stderr: [
      `error: ${tmpdir()} cannot be used: it is a folder`,
      `  because: Error: EISDIR: illegal operation on a directory, open '${tmpdir()}'`,
      '  next: Name another path, or make this one usable: look at its permissions (ls -ld) and at the disk (df -h).',
      '  code: HIL_FILE_ACCESS',
      '',
    ].join('\n'),
  });
});

test('shows the stack of what nobody expected, and only of that', () => {
  const { code, stderr } = printed(new RangeError('out of bounds'));

  expect(code).toBe(70);
  expect(stderr).toContain('error: RangeError: out of bounds\n');
  expect(stderr).toContain(
    '  next: This is a bug in the harness: please report it with the whole message.\n',
  );
  expect(stderr).toContain('print-error.test.ts');
});

describe('after Ctrl-C', () => {
  const interrupted = (thrown: (signal: AbortSignal) => unknown) => {
    const { io, written } = fakeIo('/');
    const signal = AbortSignal.abort();
    return { code: printError(thrown(signal), { ...io, signal }), ...written };
  };

  test.each<[string, (signal: AbortSignal) => unknown]>([
    ['the abort itself', ({ reason }) => reason as unknown],
    ['an error that the abort caused', ({ reason }) => new Trouble('lab', { cause: reason })],
    ['an abort of a library', () => new DOMException('stopped', 'AbortError')],
  ])('%s is an interruption, and no bug', (_, thrown) => {
    expect(interrupted(thrown)).toEqual({ code: 130, stdout: '', stderr: 'interrupted\n' });
  });

  test('another error is told as it is', () => {
    const { code, stderr } = interrupted(() => new Trouble('spec'));

    expect(code).toBe(2);
    expect(stderr).toContain('error: it went wrong');
  });
});
