import pc from 'picocolors';
import { expect, test } from 'vitest';
import { plainTable } from './plain-table.ts';

test('columns are as wide as their widest cell, whatever colours and wide characters are in it', () => {
  const { red } = pc.createColors(true);

  const table = plainTable(
    [{ title: 'name' }, { title: 'value', align: 'right' }, { title: 'note' }],
    [
      ['猫猫猫', '1', 'a'],
      [red('dog'), red('1000000'), ''],
      ['x', '', 'c'],
    ],
  );

  expect(table).toEqual([
    'name      value  note',
    '猫猫猫        1  a',
    `${red('dog')}     ${red('1000000')}`,
    'x                c',
  ]);
});

test('a table without rows is its head', () => {
  expect(plainTable([{ title: 'a' }, { title: 'b' }], [])).toEqual(['a  b']);
});
