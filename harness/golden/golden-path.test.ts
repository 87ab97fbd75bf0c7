import { join, relative, sep } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { goldenNameOf, goldenPath } from './golden-path.ts';

const root = join(sep, 'project', 'golden');

test('plain names are used as they are', () => {
  expect(goldenPath(root, { folder: 'two-class/v2', input: 'Größe 1_b' })).toBe(
    join(root, 'two-class', 'v2', 'Größe 1_b'),
  );
});

test('characters with a meaning in paths are written as in URLs', () => {
  const path = goldenPath(root, { folder: 'a:b', input: '../etc\\passwd?.' });

  expect(relative(root, path)).toBe(join('a%3Ab', '%2E.%2Fetc%5Cpasswd%3F%2E'));
});

test('no name leads out of the golden folder, and every name is found again from its path', () => {
  const segment = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((s) => !s.includes('/'));
  const folder = fc
    .array(
      segment.filter((s) => s !== '.' && s !== '..'),
      { minLength: 1, maxLength: 3 },
    )
    .map((segments) => segments.join('/'));
  const input = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
    fc.constantFrom('.', '..', '../..', '/etc/passwd', '..\\..', 'a/../../b', '%2F', '%252F', 'nul\u0000'),
  );

  fc.assert(
    fc.property(folder, input, (folderName, inputName) => {
      const way = relative(root, goldenPath(root, { folder: folderName, input: inputName }));

      expect(way.split(sep)).toHaveLength(folderName.split('/').length + 1);
      expect(way.split(sep)).not.toContain('..');
      expect(goldenNameOf(`${way}.json`)).toEqual({
        folder: folderName.normalize('NFC'),
        input: inputName.normalize('NFC'),
      });
    }),
  );
});

describe('places that are refused', () => {
  test.each(['..', '../other', 'a/../../b', '/etc', 'a//b', '.', ''])('the folder "%s"', (folder) => {
    expect(() => goldenPath(root, { folder, input: 'dog' })).toThrow(
      expect.objectContaining({
        code: 'HIL_GOLDEN_PATH',
        owner: 'spec',
        message: `golden folder "${folder}" cannot be a place for a golden: it is not a relative folder below golden/`,
        hint: 'Write a plain folder name under `golden` in the spec, or give the input a plain `name`.',
      }),
    );
  });

  test('an empty input name', () => {
    expect(() => goldenPath(root, { folder: 'a', input: '' })).toThrow(
      'an input cannot be a place for a golden: its name is empty',
    );
  });

  test('a name that no file system takes', () => {
    expect(() => goldenPath(root, { folder: 'a', input: 'ü'.repeat(101) })).toThrow('longer than 200 bytes');
  });
});
