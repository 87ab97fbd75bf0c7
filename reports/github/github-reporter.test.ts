import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { caseRecord } from '../fixture-records.ts';
import { annotationsOf } from './annotations.ts';
import { githubReporter } from './github-reporter.ts';
import { stepSummary } from './step-summary.ts';

const failure = (input: string, reason = 'top-1 differs') =>
  caseRecord('net', input, { verdict: 'failed', class: 'precision', reason });
const trouble = caseRecord('net', 'x', {
  verdict: 'broken',
  class: 'infra',
  reason: 'cable: loose, 50%\nsee rack',
});

const summaryOf = (records: Parameters<typeof annotationsOf>[0]) => ({
  plan: {
    run: 'r1',
    root: '/',
    folder: '/r1',
    startedAt: '2026-01-05T00:00:00Z',
    harnessVersion: '0.1.0',
    command: 'hil run',
  },
  records,
  totalMs: 1200,
  interrupted: false,
  errors: [],
});

test('marks failures as errors and rig trouble as warnings, in the spec’s file, with everything escaped', () => {
  expect(annotationsOf([failure('a'), trouble], 'tests/npu')).toEqual([
    '::error file=tests/npu/specs/net.hil.yaml,title=net › a (virtual%2C SDK 1.7.5)::top-1 differs [out-of-tolerance]',
    expect.stringMatching(
      /^::warning file=tests\/npu\/specs\/net\.hil\.yaml,title=net › x \(virtual%2C SDK 1\.7\.5\)::cable: loose, 50%25%0Asee rack/,
    ),
  ]);
});

test('marks cases of one spec with one reason once', () => {
  const [mark, ...others] = annotationsOf([failure('a'), failure('b'), failure('c')], '.');

  expect(others).toEqual([]);
  expect(mark).toContain('file=specs/net.hil.yaml,title=net › a (virtual%2C SDK 1.7.5) and 2 more::');
});

test('says how many marks GitHub would have dropped', () => {
  const many = Array.from({ length: 25 }, (_, index) => failure('a', `reason ${index}`));

  const marks = annotationsOf(many, '.');

  expect(marks).toHaveLength(10);
  expect(marks.at(-1)).toBe('::error::16 more; the JUnit file and the Allure report have all');
});

test('says nothing about what passed', () => {
  expect(annotationsOf([caseRecord('net', 'a')], '.')).toEqual([]);
  expect(stepSummary(summaryOf([caseRecord('net', 'a')]))).not.toContain('|');
});

test('summarises the run, cells kept whole', () => {
  const text = stepSummary(summaryOf([caseRecord('net', 'a'), failure('b|c', 'a < b'), trouble]));

  expect(text).toContain('### 1 passed, 1 failed, 1 broken, 0 skipped in 1.2 s');
  expect(text).toContain(
    String.raw`| failed | net › b\|c | virtual (simulated) | 1.7.5 | a &lt; b [out-of-tolerance] |`,
  );
  expect(text).toContain('cable: loose, 50% see rack');
  expect(text).toContain('Every result is simulated');
});

test('writes marks to the log and adds to the step’s summary', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hil-github-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const summaryFile = join(folder, 'summary.md');
  writeFileSync(summaryFile, 'before\n');
  let log = '';
  const stdout = { write: (text: string) => ((log += text), true) };

  await githubReporter({ stdout, summaryFile, projectPath: '.' }).onRunEnd?.(summaryOf([failure('a')]));

  expect(log).toMatch(/^::error file=.*\n$/);
  expect(readFileSync(summaryFile, 'utf8')).toMatch(/^before\n### 0 passed, 1 failed/);
});
