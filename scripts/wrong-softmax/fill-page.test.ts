import { expect, test } from 'vitest';
import { caseBlock, fillPage } from './fill-page.ts';

const page = 'before\n\n<!-- output: one -->\n\n```\nold\n```\n\n<!-- end -->\n\nafter\n';

test('an output takes its place, and the page around it stays', () => {
  const filled = fillPage(page, new Map([['one', 'new $& text\n']]));

  expect(filled).toBe('before\n\n<!-- output: one -->\n\n```\nnew $& text\n```\n\n<!-- end -->\n\nafter\n');
  expect(fillPage(filled, new Map([['one', 'new $& text\n']]))).toBe(filled);
});

test('a page and outputs that do not fit are refused', () => {
  expect(() => fillPage(page, new Map())).toThrow('the page shows output one');
  expect(() =>
    fillPage(
      page,
      new Map([
        ['one', ''],
        ['two', ''],
      ]),
    ),
  ).toThrow('no place for output two');
});

test('a case’s block ends at the empty line; where its files are is left out', () => {
  const stdout = [
    'FAILED  net › a  on virtual, SDK 1',
    '  why: this',
    '  spec     specs/a.yaml',
    '  capture  .hil/x',
    '',
    'FAILED  net › b  on virtual, SDK 1',
    '  why: that',
  ].join('\n');

  expect(caseBlock(stdout, 'net › a')).toBe('FAILED  net › a  on virtual, SDK 1\n  why: this');
  expect(caseBlock(stdout, 'net › b')).toBe('FAILED  net › b  on virtual, SDK 1\n  why: that');
  expect(() => caseBlock(stdout, 'net › c')).toThrow('no block');
});
