import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { failedByFlip } from '../fixture-run.ts';
import { resultOf } from './case-result.ts';
import { knownIssuesOf } from './known-issues.ts';
import { readResults } from './read-results.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hil-issues-'));
});
afterEach(() => rm(folder, { recursive: true }));

const readKnownIssues = async () => knownIssuesOf(await readResults([folder]));

const write = (name: string, result: unknown) => writeFile(join(folder, name), JSON.stringify(result));

test('an issue that two results name is one rule for both', async () => {
  await write('1-result.json', { ...resultOf(failedByFlip), testCaseId: 'one' });
  await write('2-result.json', { ...resultOf(failedByFlip), testCaseId: 'two' });

  expect(await readKnownIssues()).toEqual({
    rules: [
      {
        resolution: 'issue',
        issue: { id: 'NPU-17', type: 'known issue NPU-17' },
        testCaseId: ['one', 'two'],
      },
    ],
    links: { 'known issue NPU-17': { urlTemplate: 'https://example.org/issues/%s' } },
  });
});

test('an address without the id in it gets the id behind it', async () => {
  const knownIssue = { id: 'slow', url: 'https://example.org/t/100%25', reason: 'r' };
  await write('1-result.json', resultOf({ ...failedByFlip, knownIssue }));

  expect((await readKnownIssues()).links).toEqual({
    'known issue slow': { urlTemplate: 'https://example.org/t/100%25#%s' },
  });
});

test('other links, and results of others, are no known issues', async () => {
  await write('1-result.json', resultOf({ ...failedByFlip, knownIssue: undefined }));
  await write('2-result.json', { uuid: 'x' });
  await write('categories.json', []);

  expect(await readKnownIssues()).toEqual({ rules: [], links: {} });
});
