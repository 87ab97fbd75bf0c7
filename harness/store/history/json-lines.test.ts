import { expect, test } from 'vitest';
import { exportLines, importLines } from './json-lines.ts';
import { openRecordStore } from './open-record-store.ts';
import type { RecordStore } from './record-store.ts';
import { trialRecord } from './trial-record.ts';

const memory = () => openRecordStore(':memory:', '/');

async function* linesOf(...lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines) yield await Promise.resolve(line);
}

async function exported(store: RecordStore): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of exportLines(store)) lines.push(line);
  return lines;
}

const run = (id: string, startedAt: string) => ({
  id,
  startedAt,
  harnessVersion: '0.1.0',
  command: 'hil run',
  interrupted: false,
});

test('an export gives the same history elsewhere, and adds nothing the second time', async () => {
  await using store = await memory();
  await using other = await memory();
  await store.putRun(run('run-1', '2026-11-01'));
  await store.putRun(run('run-2', '2026-11-02'));
  await store.addRecords([
    trialRecord({ run: 'run-1' }),
    trialRecord({ run: 'run-2', used: NaN, verdict: 'failed' }),
    trialRecord({ run: 'run-2', name: 'net › b' }),
  ]);
  const lines = await exported(store);

  const first = await importLines(other, linesOf(...lines), 'a.jsonl');
  const again = await importLines(other, linesOf(...lines, '\n'), 'a.jsonl');

  expect([first, again]).toEqual([
    { runs: 2, records: 3 },
    { runs: 2, records: 0 },
  ]);
  expect(await exported(other)).toEqual(lines);
});

test.each([
  ['text', 'hello', 'a.jsonl:2: no JSON'],
  ['something else', '{"cat": 1}', 'a.jsonl:2: found neither {"run": …} nor {"record": …} of layout 1'],
  [
    'a record of another layout',
    '{"record": {"schema": 2, "run": "r", "verdict": "passed"}}',
    'a.jsonl:2: found neither',
  ],
])('refuses a line that is %s, and names it', async (_, line, message) => {
  await using store = await memory();

  const importing = importLines(
    store,
    linesOf(
      '{"run": {"id":"r","startedAt":"x","harnessVersion":"1","command":"c","interrupted":false}}',
      line,
    ),
    'a.jsonl',
  );

  await expect(importing).rejects.toThrow(message);
});
