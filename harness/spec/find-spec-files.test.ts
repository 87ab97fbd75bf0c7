import { mkdirSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { relativePath } from '../project/path-in-project.ts';
import { findSpecFiles } from './find-spec-files.ts';
import { type TemporaryProject, temporaryProject } from './temporary-project.ts';

const files = {
  'hil.config.yaml': 'exclude: ["specs/showcase/**"]',
  'specs/a.hil.yaml': '',
  'specs/deep/b.hil.json': '',
  'specs/showcase/c.hil.yaml': '',
  'specs/showcase/deep/d.hil.ts': '',
  'specs/readme.yaml': '',
  'node_modules/x/e.hil.yaml': '',
};

const find = async (place: TemporaryProject, words: readonly string[]) => {
  const selection = await findSpecFiles(place.project, place.root, words);
  return { ...selection, files: selection.files.map((file) => relativePath(place.root, file)) };
};

test('takes all specs of the project but the excluded ones', async () => {
  using place = temporaryProject(files);

  expect((await find(place, [])).files).toEqual(['specs/a.hil.yaml', 'specs/deep/b.hil.json']);
});

test('a folder above the excluded one leaves it out', async () => {
  using place = temporaryProject(files);

  expect((await find(place, ['specs'])).files).toEqual(['specs/a.hil.yaml', 'specs/deep/b.hil.json']);
});

test.each([
  ['the excluded folder', 'specs/showcase', ['specs/showcase/c.hil.yaml', 'specs/showcase/deep/d.hil.ts']],
  ['a folder below it', 'specs/showcase/deep', ['specs/showcase/deep/d.hil.ts']],
  ['an excluded file', 'specs/showcase/c.hil.yaml', ['specs/showcase/c.hil.yaml']],
])('takes excluded specs where %s is named', async (_, word, expected) => {
  using place = temporaryProject(files);

  expect((await find(place, [word])).files).toEqual(expected);
});

test('takes a word that is no path for a part of case names', async () => {
  using place = temporaryProject(files);

  const selection = await find(place, ['specs/deep', 'Cat']);

  expect(selection).toEqual({ files: ['specs/deep/b.hil.json'], nameParts: ['cat'] });
});

test.each(['no-file.yaml', 'no-file.yml', 'no-file.json', 'no-file.ts', 'folder/none'])(
  'takes %s for a path that does not exist, not for a part of names',
  async (word) => {
    using place = temporaryProject(files);

    await expect(find(place, [word])).rejects.toThrow(`${word} does not exist in ${place.root}`);
  },
);

test('counts a spec once that is reached through a symbolic link as well', async () => {
  using place = temporaryProject(files);
  mkdirSync(place.path('specs/deep/er'));
  symlinkSync('../..', place.path('specs/deep/er/loop'));

  expect((await find(place, [])).files).toEqual(['specs/a.hil.yaml', 'specs/deep/b.hil.json']);
});

test('says when a path does not exist', async () => {
  using place = temporaryProject(files);

  await expect(find(place, ['specs/none.hil.yaml'])).rejects.toThrow('specs/none.hil.yaml does not exist');
});

test('refuses a path outside the project', async () => {
  using elsewhere = temporaryProject(files);
  using place = temporaryProject(files);

  await expect(find(place, [elsewhere.path('specs')])).rejects.toThrow('lies outside the project');
});

test('says when a folder holds no specs', async () => {
  using place = temporaryProject({ 'docs/readme.md': '' });

  await expect(find(place, ['docs'])).rejects.toThrow('no spec file in docs');
});
