import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findEarlierRuns } from './earlier-runs.ts';
import { failed, historyOf, november, resultsOf } from './fixture-runs.ts';
import { writeHistoryFile } from './history-file.ts';
import { historyKeyOf } from './identity.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hil-history-file-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function entries(ciUrl?: string) {
  const shown = november(3, [{}]);
  await using store = await historyOf([november(1, [{}]), november(2, [failed], { ciUrl }), shown]);
  const path = join(folder, 'history.jsonl');
  await writeHistoryFile(path, (await findEarlierRuns(store, resultsOf(shown), 30)).runs);
  const lines = (await readFile(path, 'utf8')).split('\n');
  expect(lines.pop()).toBe('');
  const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { parsed, key: historyKeyOf(shown.records[0]!) };
}

test('each earlier run is a line, oldest first, and its results are found by their history keys', async () => {
  const { parsed, key } = await entries();

  expect(parsed.map(({ timestamp }) => timestamp)).toEqual([
    Date.UTC(2026, 10, 1, 21),
    Date.UTC(2026, 10, 2, 21),
  ]);
  expect(parsed[1]).toMatchObject({
    uuid: '2026-11-02T21-00-00-0000',
    url: '',
    testResults: {
      [key]: {
        name: 'net › cat',
        status: 'failed',
        environment: 'SDK 1.7.5 (simulated)',
        message: 'too far off [out-of-tolerance]',
        duration: 12,
      },
    },
  });
});

test.each([
  // With a slash at its end Allure would look for a report below it.
  ['https://ci.example/job/5/', 'https://ci.example/job/5'],
  ['https://ci.example/runs/7', 'https://ci.example/runs/7'],
  ['not an address', ''],
  ['javascript:alert(1)', ''],
])('a run of the CI build %s links to "%s"', async (ciUrl, url) => {
  const { parsed } = await entries(ciUrl);

  expect(parsed[1]?.['url']).toBe(url);
  expect(parsed[0]?.['url']).toBe('');
});
