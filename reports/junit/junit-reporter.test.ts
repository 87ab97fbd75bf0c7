import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fixtureSummary } from '../fixture-run.ts';
import { JunitFileError, junitReporter } from './junit-reporter.ts';
import { junitXml } from './junit-xml.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hil-junit-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('writes the file into a new folder and leaves nothing else there', async () => {
  const file = join(folder, 'reports', 'junit.xml');

  await junitReporter({ file }).onRunEnd?.(fixtureSummary);

  expect(await readFile(file, 'utf8')).toBe(junitXml(fixtureSummary));
  expect(await readdir(join(folder, 'reports'))).toEqual(['junit.xml']);
});

test('says which file could not be written, and what to do', async () => {
  await writeFile(join(folder, 'taken'), '');
  const file = join(folder, 'taken', 'junit.xml');

  const failure = Promise.resolve(junitReporter({ file }).onRunEnd?.(fixtureSummary));

  await expect(failure).rejects.toBeInstanceOf(JunitFileError);
  await expect(failure).rejects.toMatchObject({
    code: 'HIL_JUNIT_NOT_WRITTEN',
    owner: 'spec',
    message: expect.stringContaining(file) as string,
    hint: 'Name a file in a folder that you may write to, and that has room.',
  });
});
