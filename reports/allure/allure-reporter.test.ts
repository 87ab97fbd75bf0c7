import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Globals, TestResult } from 'allure-js-commons';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ReadCapture } from '../../harness/store/capture-view.ts';
import { sha256Hex } from '../../harness/tensor/content-hash.ts';
import { decodeNumber } from '../../harness/store/record-journal.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import { caseRecord } from '../fixture-records.ts';
import {
  brokenNetwork,
  failedByFlip,
  failedByNaN,
  fixtureCapture,
  fixturePlan,
  fixtureSummary,
  passed,
  skipped,
} from '../fixture-run.ts';
import { assertWellFormed } from '../xml-well-formed.ts';
import { AllureResultsError, allureReporter } from './allure-reporter.ts';

let root = '';
let resultsFolder = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hil-allure-'));
  resultsFolder = join(root, 'out', 'allure-results');
});
afterEach(() => rm(root, { recursive: true }));

async function report(
  records: readonly CaseRecord[],
  readCapture: ReadCapture = fixtureCapture,
  errors: string[] = [],
) {
  const reporter = allureReporter({ resultsFolder, readCapture, env: {} });
  await reporter.onRunStart?.({ ...fixturePlan, root });
  for (const record of records) await reporter.onCaseEnd?.(record);
  await reporter.onRunEnd?.({ ...fixtureSummary, records, errors });
  return readdir(resultsFolder);
}

const readText = (name: string) => readFile(join(resultsFolder, name), 'utf8');

async function results(): Promise<TestResult[]> {
  const names = (await readdir(resultsFolder)).filter((name) => name.endsWith('-result.json'));
  const all = await Promise.all(names.map(async (name) => JSON.parse(await readText(name)) as TestResult));
  return all.sort((a, b) => (a.start ?? 0) - (b.start ?? 0));
}

/** The content of a result's attachment by name. */
async function attachment(result: TestResult | undefined, name: string): Promise<string> {
  const found = result?.attachments.find((candidate) => candidate.name === name);
  return found ? readText(found.source) : '';
}

test('every verdict becomes Allure’s status; without a verdict there is none, which Allure calls unknown', async () => {
  const unknown = caseRecord('a', 'dead', { verdict: 'unknown' });

  await report([passed, failedByFlip, { ...brokenNetwork, attempts: [] }, skipped, unknown]);

  const statuses = Object.fromEntries((await results()).map(({ name, status }) => [name, status]));
  expect(statuses).toEqual({
    'story › picture': 'passed',
    'story › misread': 'failed',
    'ten-class › frog': 'broken',
    'two-heads › dog': 'skipped',
    'a › dead': undefined,
  });
});

test('a failed case carries its reason, checks, charts, log and record', async () => {
  await report([failedByFlip]);

  const [result] = await results();
  expect(result).toMatchObject({
    stage: 'finished',
    statusDetails: {
      message:
        'top-1 is 1 instead of 0; p[0] is 0.0007 where the golden has 0.9581 (|error| 0.9574, limit 0.03) [top-1-flip]',
    },
  });
  expect(result?.statusDetails.trace).toContain('FAILED prob: atol is 0.9576, limit 0.03 (3193 % used)');
  const chart = await attachment(result, 'prob: golden against board');
  expect(() => assertWellFormed(chart)).not.toThrow();
  expect(await attachment(result, 'checks')).toBe(
    [
      'output,check,value,limit,used,verdict,would just pass',
      'prob,atol,0.9576,0.03,3193 %,FAILED,{ atol: 0.9577 }',
      'prob,top-1,1,0,over,FAILED,-',
      'prob,margin,10.35,0.6261,1654 %,FAILED,{ marginRtol: 3.31 }',
      '',
    ].join('\n'),
  );
  expect(await attachment(result, 'session log')).toContain('librknn_runtime version 1.7.5');
  expect(JSON.parse(await attachment(result, 'record'))).toMatchObject({
    case: failedByFlip.case,
    hashes: failedByFlip.hashes,
  });
});

test('NaN in a record stays NaN in its JSON, and does not become null', async () => {
  await report([failedByNaN]);

  const [result] = await results();
  const record = JSON.parse(await attachment(result, 'record'), decodeNumber) as CaseRecord;
  expect(record.comparison?.outputs[0]?.metrics.cosine).toBeNaN();
});

test('the input picture is attached as it is, and its absence costs nothing but the picture', async () => {
  const picture = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 255);
  const ofPicture = { ...passed, hashes: { ...passed.hashes, input: sha256Hex(picture) } };
  await mkdir(join(root, 'specs/images'), { recursive: true });
  await writeFile(join(root, passed.case.inputFile), picture);

  await report([ofPicture, failedByFlip]);

  const [first, second] = await results();
  const sources = [first, second].flatMap((result) =>
    (result?.attachments ?? []).filter(({ name }) => name === 'input picture'),
  );
  expect(sources.map(({ type }) => type)).toEqual(['image/png']);
  expect(new Uint8Array(await readFile(join(resultsFolder, sources[0]?.source ?? '')))).toEqual(picture);
});

test('a file that holds another picture by now is not attached', async () => {
  await mkdir(join(root, 'specs/images'), { recursive: true });
  await writeFile(join(root, passed.case.inputFile), 'another picture');

  await report([passed]);

  const [result] = await results();
  expect(result?.attachments.map(({ name }) => name)).not.toContain('input picture');
});

test('an input that is a device is not read, since it has no end', async () => {
  await mkdir(join(root, 'specs/images'), { recursive: true });
  await symlink('/dev/zero', join(root, brokenNetwork.case.inputFile));

  await report([brokenNetwork]);

  expect((await results()).at(-1)?.attachments.map(({ name }) => name)).toEqual(['record']);
});

test('a case without a capture, or with one that cannot be read, is reported without charts', async () => {
  await report([passed], () => Promise.reject(new Error('the capture is damaged')));

  const [result] = await results();
  expect(result?.status).toBe('passed');
  expect(result?.attachments.map(({ name }) => name)).toEqual(['checks', 'record']);
});

test('earlier attempts are earlier results of the same test', async () => {
  await report([brokenNetwork]);

  const [first, second, last] = await results();
  expect(new Set([first, second, last].map((result) => result?.historyId)).size).toBe(1);
  expect([first, second].map((result) => result?.status)).toEqual(['broken', 'broken']);
  expect(second?.parameters.find(({ name }) => name === 'board')?.value).toBe('farm-4');
  expect((first?.stop ?? 0) - (first?.start ?? 0)).toBe(10_050);
  expect(second?.start).toBe(first?.stop);
  expect(last?.start).toBe(second?.stop);
  expect(first?.start).toBe(Date.parse(brokenNetwork.timings.startedAt));
  expect(last?.stop).toBe(Date.parse(brokenNetwork.timings.startedAt) + 31_200);
});

test('a result lasts as long as the case did, and never ends before its last step', async () => {
  const short = { ...passed, timings: { ...passed.timings, totalMs: 1 } };
  await report([short, { ...brokenNetwork, attempts: [] }]);

  const [first, second] = await results();
  expect((first?.stop ?? 0) - (first?.start ?? 0)).toBe(12 + 37 + 20 + 9 + 2 + 4);
  expect((second?.stop ?? 0) - (second?.start ?? 0)).toBe(31_200);
});

test('what went wrong outside of cases is an error of the whole run', async () => {
  const names = await report([], fixtureCapture, ['specs/bad.hil.yaml does not parse']);

  const globals = names.filter((name) => name.endsWith('-globals.json'));
  const [content] = await Promise.all(globals.map(readText));
  expect((JSON.parse(content ?? '{}') as Globals).errors.map(({ message }) => message)).toEqual([
    'specs/bad.hil.yaml does not parse',
  ]);
});

test('environment, categories and executor stand beside the results, and no temporary file', async () => {
  const names = await report([passed]);

  expect(names).toEqual(
    expect.arrayContaining(['categories.json', 'environment.properties', 'executor.json']),
  );
  expect(names.filter((name) => name.includes('tmp'))).toEqual([]);
  expect(await readText('environment.properties')).toContain('Simulated=every result');
});

test('results of an earlier run are gone, and files of others stay', async () => {
  await report([passed, failedByFlip]);
  await writeFile(join(resultsFolder, 'notes.txt'), 'mine');

  const names = await report([passed]);

  expect(names.filter((name) => name.endsWith('-result.json')).length).toBe(1);
  expect(names).toContain('notes.txt');
  expect(await readText('notes.txt')).toBe('mine');
});

test('a folder that cannot be written is said once, with the next step, and the run goes on', async () => {
  await writeFile(join(root, 'out'), 'a file where a folder should be');
  const reporter = allureReporter({ resultsFolder, readCapture: fixtureCapture, env: {} });

  const start = Promise.resolve(reporter.onRunStart?.(fixturePlan));

  await expect(start).rejects.toBeInstanceOf(AllureResultsError);
  await expect(start).rejects.toMatchObject({
    code: 'HIL_ALLURE_NOT_WRITTEN',
    message: expect.stringContaining(resultsFolder) as string,
    hint: expect.stringMatching(/^Name a folder/) as string,
  });
  await expect(Promise.resolve(reporter.onCaseEnd?.(passed))).resolves.toBeUndefined();
  await expect(Promise.resolve(reporter.onRunEnd?.(fixtureSummary))).resolves.toBeUndefined();
});
