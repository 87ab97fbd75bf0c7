import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { temporaryProject } from '../spec/temporary-project.ts';
import { writeDurably } from './durable-file.ts';

test('writes text and bytes, and makes the folders', async () => {
  using place = temporaryProject();

  await writeDurably(place.path('a/b/text'), 'grün\n');
  await writeDurably(place.path('a/b/bytes'), Uint8Array.of(0, 255));

  expect(readFileSync(place.path('a/b/text'), 'utf8')).toBe('grün\n');
  expect([...readFileSync(place.path('a/b/bytes'))]).toEqual([0, 255]);
});

test('replaces a file and leaves nothing beside it', async () => {
  using place = temporaryProject({ 'folder/file': 'old and longer' });

  await writeDurably(place.path('folder/file'), 'new');

  expect(readFileSync(place.path('folder/file'), 'utf8')).toBe('new');
  expect(readdirSync(place.path('folder'))).toEqual(['file']);
});

test('a write that fails leaves the old file whole and nothing beside it', async () => {
  using place = temporaryProject();
  // A folder that is not empty cannot be replaced by a file: the rename fails, after everything was written.
  mkdirSync(place.path('folder/taken/inside'), { recursive: true });

  await expect(writeDurably(place.path('folder/taken'), 'new')).rejects.toMatchObject({
    syscall: 'rename',
  });

  expect(readdirSync(place.path('folder'))).toEqual(['taken']);
  expect(readdirSync(place.path('folder/taken'))).toEqual(['inside']);
});

test('writers at the same time leave one of the contents whole', async () => {
  using place = temporaryProject();
  const contents = Array.from({ length: 10 }, (_, i) => `${i}`.repeat(50_000));

  await Promise.all(contents.map((content) => writeDurably(place.path('folder/file'), content)));

  expect(contents).toContain(readFileSync(place.path('folder/file'), 'utf8'));
  expect(readdirSync(place.path('folder'))).toEqual(['file']);
});
