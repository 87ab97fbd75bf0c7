import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UnknownRunError } from '../run-folder.ts';
import { FolderRuns } from './folder-runs.ts';
import { trialRecord } from './trial-record.ts';

let state = '';
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'hil-folder-runs-'));
});
afterEach(() => rmSync(state, { recursive: true }));

function addRun(id: string, plan: object | undefined): void {
  const folder = join(state, 'runs', id);
  mkdirSync(folder, { recursive: true });
  if (plan) writeFileSync(join(folder, 'run.json'), JSON.stringify(plan));
  writeFileSync(join(folder, 'records.jsonl'), `${JSON.stringify(trialRecord({ run: id }))}\n`);
}

test('runs are told from their folders, newest first, by name or the latest', async () => {
  addRun('2026-11-01T21-00-00-aaaa', {
    run: '2026-11-01T21-00-00-aaaa',
    startedAt: '2026-11-01T21:00:00.123Z',
    harnessVersion: '0.1.0',
    command: 'hil run specs',
  });
  addRun('2026-11-02T21-00-00-bbbb', undefined);
  const runs = new FolderRuns(state);

  expect(await runs.listRuns(5)).toEqual([
    {
      id: '2026-11-02T21-00-00-bbbb',
      startedAt: '2026-11-02T21:00:00.000Z',
      harnessVersion: 'unknown',
      command: 'unknown',
    },
    {
      id: '2026-11-01T21-00-00-aaaa',
      startedAt: '2026-11-01T21:00:00.123Z',
      harnessVersion: '0.1.0',
      command: 'hil run specs',
    },
  ]);
  expect((await runs.findRun('2026-11-01')).command).toBe('hil run specs');
  expect((await runs.findRun('latest')).id).toBe('2026-11-02T21-00-00-bbbb');
  expect(await runs.recordsOf('2026-11-02T21-00-00-bbbb')).toMatchObject([{ case: { name: 'net › cat' } }]);
  await expect(runs.findRun('2027')).rejects.toThrow(UnknownRunError);
});
