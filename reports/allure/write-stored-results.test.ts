import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestResult } from 'allure-js-commons';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findEarlierRuns, noEarlierRuns } from './earlier-runs.ts';
import { failed, historyOf, november, resultsOf } from './fixture-runs.ts';
import { generateReport } from './generate-report.ts';
import { writeHistoryFile } from './history-file.ts';
import type { RunRecords } from './newest-results.ts';
import { writeStoredResults } from './write-stored-results.ts';

let root = '';
let resultsFolder = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hil-stored-results-'));
  resultsFolder = join(root, 'results');
  await mkdir(resultsFolder);
});
afterEach(() => rm(root, { recursive: true }));

const write = (runs: readonly RunRecords[], earlier = noEarlierRuns) =>
  writeStoredResults({
    resultsFolder,
    root,
    results: resultsOf(...runs),
    earlier,
    readCapture: () => Promise.resolve(undefined),
    folderOf: ({ id }) => join(root, id),
  });

const readText = (name: string) => readFile(join(resultsFolder, name), 'utf8');

async function written(): Promise<TestResult[]> {
  const names = (await readdir(resultsFolder)).filter((name) => name.endsWith('-result.json'));
  return Promise.all(names.map(async (name) => JSON.parse(await readText(name)) as TestResult));
}

test('results whose captures are gone are there without charts, and are counted', async () => {
  const gone = await write([november(1, [{ capture: '.hil/runs/x/cases/y' }, { name: 'net › dog' }])]);

  expect(gone).toEqual({ capturesGone: 1 });
  const results = await written();
  expect(new Set(results.map(({ name }) => name))).toEqual(new Set(['net › cat', 'net › dog']));
  const [cat] = results.filter(({ name }) => name === 'net › cat');
  expect(cat?.descriptionHtml).toContain('No picture: what the board answered is not kept any more.');
});

test('a stored run tells where it comes from', async () => {
  await write([
    november(1, [{}], { ciUrl: 'https://ci.example/5', gitCommit: 'abcdef0123456789', gitDirty: true }),
  ]);

  const environment = await readText('environment.properties');
  expect(environment).toMatch(/^Run ?= ?2026-11-01T21-00-00-0000$/m);
  expect(environment).toMatch(/^Commit ?= ?abcdef012345 with changes$/m);
  expect(JSON.parse(await readText('executor.json'))).toMatchObject({ buildUrl: 'https://ci.example/5' });
});

test('what a run has left of itself as a whole is taken over; of several, the newest is the executor', async () => {
  const runs = [november(2, [{}]), november(1, [{ name: 'net › dog' }])];
  for (const [index, { run }] of runs.entries()) {
    await mkdir(join(root, run.id));
    await writeFile(join(root, run.id, 'executor.json'), `{"name":"${index}"}`);
    await writeFile(join(root, run.id, 'environment.properties'), 'Run = one of them');
    await writeFile(join(root, run.id, `${index}-globals.json`), '{"errors":[],"attachments":[]}');
  }

  await write(runs);

  expect(await readText('executor.json')).toBe('{"name":"0"}');
  expect(await readdir(resultsFolder)).toEqual(expect.arrayContaining(['0-globals.json', '1-globals.json']));
  expect(await readText('environment.properties')).toMatch(/^Runs ?= ?2026-11-02\S+, 2026-11-01\S+$/m);
});

test(
  'Allure finds the past of each result, and making the report again changes none of it',
  { timeout: 120_000 },
  async () => {
    const older = november(3, [{ target: { sdk: '1.6.1' } }]);
    const shown = november(4, [failed]);
    await using store = await historyOf([november(1, [{}]), november(2, [failed]), older, shown]);
    const results = resultsOf(shown, older);
    const earlier = await findEarlierRuns(store, results, 30);
    await write([shown, older], earlier);
    const historyFile = join(root, 'history.jsonl');
    await writeHistoryFile(historyFile, earlier.runs);
    const look = { resultsFolders: [resultsFolder], output: join(root, 'report'), name: 'n', historyFile };

    await generateReport(look);
    const before = await readFile(historyFile, 'utf8');
    await generateReport(look);

    expect(await readFile(historyFile, 'utf8')).toBe(before);
    const folder = join(root, 'report', 'data', 'test-results');
    const reported = await Promise.all(
      (await readdir(folder)).map(
        async (name) =>
          JSON.parse(await readFile(join(folder, name), 'utf8')) as {
            environment: string;
            history: { status: string; url: string }[];
            categories: { name: string }[];
            retriesCount: number;
          },
      ),
    );
    const of = (environment: string) => reported.find((result) => result.environment === environment);
    expect(of('SDK 1.7.5 (simulated)')).toMatchObject({
      history: [{ status: 'failed' }, { status: 'passed', url: '' }],
      categories: [{ name: 'Precision regression' }],
      retriesCount: 0,
    });
    expect(of('SDK 1.6.1 (simulated)')).toMatchObject({ history: [], retriesCount: 0 });
  },
);
