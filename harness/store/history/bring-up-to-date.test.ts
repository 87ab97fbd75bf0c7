import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { RecordJournal } from '../record-journal.ts';
import type { CaseRecord } from '../record.ts';
import { bringUpToDate } from './bring-up-to-date.ts';
import { historyReporter } from './history-reporter.ts';
import { openRecordStore } from './open-record-store.ts';
import { trialRecord } from './trial-record.ts';

const id = '2026-11-01T00-00-00-aaaa';

async function stateWithRun(
  records: readonly CaseRecord[],
  cases: number,
): Promise<{ state: string; folder: string }> {
  const state = mkdtempSync(join(tmpdir(), 'hil-state-'));
  onTestFinished(() => rmSync(state, { recursive: true }));
  const folder = join(state, 'runs', id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'run.json'), JSON.stringify(planIn(folder, cases)));
  await using journal = await RecordJournal.create(folder);
  for (const record of records) await journal.append(record);
  return { state, folder };
}

const planIn = (folder: string, cases: number) => ({
  run: id,
  root: tmpdir(),
  folder,
  startedAt: '2026-11-01T00:00:00.000Z',
  harnessVersion: '0.1.0',
  command: 'hil run',
  cases,
});

const ofRun = (name: string) => trialRecord({ run: id, name });

test('adds the runs that the history lacks, once', async () => {
  const { state } = await stateWithRun([ofRun('net › a'), ofRun('net › b')], 2);
  await using store = await openRecordStore(':memory:', '/');

  const added = await bringUpToDate(store, state);
  await bringUpToDate(store, state);

  expect(added).toEqual([id]);
  expect(await store.recordsOf(id)).toEqual([ofRun('net › a'), ofRun('net › b')]);
  expect(await store.findRun(id)).toMatchObject({ command: 'hil run', interrupted: false });
});

test('a run that never reached the history still says where it came from', async () => {
  const { state, folder } = await stateWithRun([ofRun('net › a')], 1);
  const origin = { gitCommit: 'c0ffee', gitDirty: true, ciUrl: 'https://ci.example/9' };
  writeFileSync(join(folder, 'run.json'), JSON.stringify({ ...planIn(folder, 1), ...origin }));
  await using store = await openRecordStore(':memory:', '/');

  await bringUpToDate(store, state);

  expect(await store.findRun(id)).toMatchObject(origin);
});

test('takes a run with fewer records than cases for one that was killed', async () => {
  const { state } = await stateWithRun([ofRun('net › a')], 2);
  await using store = await openRecordStore(':memory:', '/');

  await bringUpToDate(store, state);

  expect(await store.findRun(id)).toMatchObject({ interrupted: true, endedAt: undefined });
});

test('looks again into a run that may still go on, and no more into one that is over', async () => {
  const { state, folder } = await stateWithRun([ofRun('net › a')], 2);
  await using store = await openRecordStore(':memory:', '/');
  await bringUpToDate(store, state);
  const journal = join(folder, 'records.jsonl');
  await using later = await RecordJournal.create(folder);
  await later.append(ofRun('net › b'));
  utimesSync(journal, 1e9, 1e9);

  const again = await bringUpToDate(store, state);
  const third = await bringUpToDate(store, state);

  expect(await store.recordsOf(id)).toHaveLength(2);
  expect([again, third]).toEqual([[id], []]);
});

test('leaves alone the run that goes on, and folders that hold none', async () => {
  const { state, folder } = await stateWithRun([], 1);
  mkdirSync(join(state, 'runs', '2026-11-02T00-00-00-empty'));
  await using store = await openRecordStore(':memory:', '/');

  expect(await bringUpToDate(store, state, id)).toEqual([]);
  expect(existsSync(join(folder, 'in-history'))).toBe(false);
});

test('a run is in the history with its end, and is not read again', async () => {
  const { state, folder } = await stateWithRun([], 2);
  const plan = planIn(folder, 2);
  const reporter = historyReporter({
    open: () => openRecordStore('history.sqlite', state),
    stateFolder: state,
    env: { CI_JOB_URL: 'https://ci.example/7' },
  });

  await reporter.onRunStart?.(plan);
  await reporter.onCaseEnd?.(ofRun('net › a'));
  await reporter.onCaseEnd?.(ofRun('net › b'));
  await reporter.onRunEnd?.({ plan, records: [], totalMs: 1, interrupted: false, errors: [], setAside: [] });

  await using store = await openRecordStore('history.sqlite', state);
  expect(await store.recordsOf(id)).toHaveLength(2);
  expect(await store.findRun(id)).toMatchObject({
    ciUrl: 'https://ci.example/7',
    endedAt: expect.stringMatching(/^20/) as string,
    counts: { passed: 2 },
  });
  expect(await bringUpToDate(store, state)).toEqual([]);
});
