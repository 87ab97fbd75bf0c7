import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { caseRecord } from '../../reports/fixture-records.ts';
import { type TemporaryProject, temporaryProject } from '../spec/temporary-project.ts';
import { readRecords } from '../store/record-journal.ts';
import type { Reporter, RunPlan } from './reporter.ts';
import { RunLog } from './run-log.ts';

const planIn = (place: TemporaryProject): RunPlan => ({
  run: 'r1',
  root: place.root,
  folder: place.path('.hil/runs/r1'),
  startedAt: '2026-01-05T21:04:00.000Z',
  harnessVersion: '0.1.0',
  cases: 2,
  command: 'hil run',
});

/** A reporter that writes down what it hears. */
function listener(heard: string[], name = 'it'): Reporter {
  return {
    onRunStart: ({ run }) => void heard.push(`${name}: start ${run}`),
    onStage: ({ case: testCase, stage }) => void heard.push(`${name}: ${testCase} ${stage}`),
    onCaseEnd: (record) => void heard.push(`${name}: ${record.case.name} ${record.verdict}`),
    onRunEnd: ({ records, interrupted, errors }) =>
      void heard.push(
        `${name}: end, ${records.length} records, ${errors.length} errors${interrupted ? ', interrupted' : ''}`,
      ),
  };
}

test('tells every reporter of everything, in order', async () => {
  using place = temporaryProject();
  const heard: string[] = [];
  const log = new RunLog(planIn(place), [listener(heard, 'a'), listener(heard, 'b')]);

  await log.start();
  log.stage({ case: 'net › cat', board: 'desk', sdk: '1.7.5', stage: 'run' });
  await log.caseEnd(caseRecord('net', 'cat'));
  const outcome = await log.end(false);

  expect(heard).toEqual([
    'a: start r1',
    'b: start r1',
    'a: net › cat run',
    'b: net › cat run',
    'a: net › cat passed',
    'b: net › cat passed',
    'a: end, 1 records, 0 errors',
    'b: end, 1 records, 0 errors',
  ]);
  expect(outcome).toEqual({ records: [caseRecord('net', 'cat')], errors: [], interrupted: false });
});

test('a record is in the journal before any reporter hears of it', async () => {
  using place = temporaryProject();
  const plan = planIn(place);
  const onDisk: number[] = [];
  const log = new RunLog(plan, [{ onCaseEnd: () => void onDisk.push(readRecords(plan.folder).length) }]);

  await log.start();
  await log.caseEnd(caseRecord('net', 'cat'));
  await log.caseEnd(caseRecord('net', 'dog'));
  await log.end(false);

  expect(onDisk).toEqual([1, 2]);
});

test('the plan is on the disk before the first case', async () => {
  using place = temporaryProject();
  const plan = planIn(place);
  const log = new RunLog(plan, []);

  await log.start();

  expect(JSON.parse(readFileSync(place.path('.hil/runs/r1/run.json'), 'utf8'))).toEqual(plan);
  await log.end(false);
});

test('a reporter that throws is noted, hinders no other, and changes no record', async () => {
  using place = temporaryProject();
  const heard: string[] = [];
  const fails = (): never => {
    throw new Error('the disk is full');
  };
  const log = new RunLog(planIn(place), [
    { onRunStart: fails, onStage: fails, onCaseEnd: fails, onRunEnd: fails },
    listener(heard),
  ]);

  await log.start();
  log.stage({ case: 'net › cat', board: 'desk', sdk: '1.7.5', stage: 'run' });
  await log.caseEnd(caseRecord('net', 'cat'));
  const outcome = await log.end(false);

  expect(heard).toEqual(['it: start r1', 'it: net › cat run', 'it: net › cat passed', expect.anything()]);
  expect(outcome.records).toEqual([caseRecord('net', 'cat')]);
  expect(outcome.errors).toEqual(['a reporter failed: the disk is full']);
});

test('the first record of a case counts', async () => {
  using place = temporaryProject();
  const plan = planIn(place);
  const heard: string[] = [];
  const log = new RunLog(plan, [listener(heard)]);
  await log.start();

  await log.caseEnd(caseRecord('net', 'cat'));
  await log.caseEnd(caseRecord('net', 'cat', { verdict: 'unknown' }));
  await log.end(false);

  expect(log.records.map(({ verdict }) => verdict)).toEqual(['passed']);
  expect(readRecords(plan.folder)).toHaveLength(1);
  expect(heard.filter((line) => line.includes('cat'))).toEqual(['it: net › cat passed']);
});

test('knows which cases have begun and not ended', async () => {
  using place = temporaryProject();
  const log = new RunLog(planIn(place), []);
  await log.start();
  const begin = (name: string) => log.stage({ case: name, board: 'desk', sdk: '1.7.5', stage: 'run' });

  begin('net › cat');
  begin('net › dog');
  begin('net › cat');
  await log.caseEnd(caseRecord('net', 'cat'));

  expect(['cat', 'dog'].map((input) => log.isRunning(`net › ${input}`, '1.7.5'))).toEqual([false, true]);
  expect(['cat', 'dog'].map((input) => log.hasRecord(`net › ${input}`, '1.7.5'))).toEqual([true, false]);
  await log.end(false);
});

test('in a matrix a case has a result on each SDK; without one it stays one case wherever it moves', async () => {
  using place = temporaryProject();
  const { sdk: _, ...others } = caseRecord('net', 'cat').target;
  const onSdk = (sdk: string) => caseRecord('net', 'cat', { target: { ...others, sdk } });
  const matrix = new RunLog({ ...planIn(place), matrix: ['1.6.1', '1.7.5'] }, []);
  const plain = new RunLog(planIn(place), []);

  for (const log of [matrix, plain]) {
    await log.start();
    log.stage({ case: 'net › cat', board: 'desk', sdk: '1.6.1', stage: 'run' });
    await log.caseEnd(onSdk('1.7.5'));
    await log.end(false);
  }

  expect([matrix.isRunning('net › cat', '1.6.1'), matrix.hasRecord('net › cat', '1.6.1')]).toEqual([
    true,
    false,
  ]);
  expect([plain.isRunning('net › cat', '1.6.1'), plain.hasRecord('net › cat', '1.6.1')]).toEqual([
    false,
    true,
  ]);
});

test('an error outside of cases is told once, however often it comes', async () => {
  using place = temporaryProject();
  const log = new RunLog(planIn(place), []);
  await log.start();

  log.error('a worker died');
  log.error('a worker died');
  const outcome = await log.end(true);

  expect(outcome).toEqual({ records: [], errors: ['a worker died'], interrupted: true });
});

test('records of several workers that end at once are all kept', async () => {
  using place = temporaryProject();
  const plan = planIn(place);
  const log = new RunLog(plan, []);
  await log.start();
  // Longer than what one write takes, so that two of them could mix.
  const records = Array.from({ length: 8 }, (_, i) =>
    caseRecord('net', `${i}`, { log: `${i}`.repeat(700_000) }),
  );

  await Promise.all(records.map((record) => log.caseEnd(record)));
  await log.end(false);

  const kept = new Map(readRecords(plan.folder).map((record) => [record.case.input, record.log]));
  expect(kept).toEqual(new Map(records.map((record) => [record.case.input, record.log])));
});

test('a case that waits for a board has not begun', async () => {
  using place = temporaryProject();
  const log = new RunLog(planIn(place), []);
  await log.start();
  const at = { case: 'net › cat', board: 'desk', sdk: '1.7.5' };

  log.stage({ ...at, stage: 'prepare' });
  const whilePreparing = log.isRunning(at.case, at.sdk);
  log.stage({ ...at, stage: 'lease' });

  expect(whilePreparing).toBe(true);
  expect(log.isRunning(at.case, at.sdk)).toBe(false);
  await log.end(false);
});

test('boards that were set aside are told at once, and again at the end', async () => {
  using place = temporaryProject();
  const heard: string[] = [];
  const error = { code: 'HIL_X', owner: 'lab', message: 'no answer', hint: 'Look.', causes: [] } as const;
  const log = new RunLog(planIn(place), [
    {
      onBoardSetAside: ({ board }) => void heard.push(`now ${board}`),
      onRunEnd: ({ setAside = [] }) => void heard.push(`end ${setAside.map(({ board }) => board).join()}`),
    },
  ]);
  await log.start();

  log.boardSetAside({ board: 'farm-3', reason: 'it broke', error, incident: false });
  await log.end(false);

  expect(heard).toEqual(['now farm-3', 'end farm-3']);
});

test.skipIf(!existsSync('/dev/full'))(
  'a full disk ends the run (needs /dev/full): nobody hears of a record that is not kept',
  async () => {
    using place = temporaryProject();
    const plan = planIn(place);
    mkdirSync(plan.folder, { recursive: true });
    symlinkSync('/dev/full', join(plan.folder, 'records.jsonl'));
    const heard: string[] = [];
    const log = new RunLog(plan, [listener(heard)]);
    await log.start();

    await log.caseEnd(caseRecord('net', 'cat'));
    const { records, errors } = await log.end(false);

    expect(log.givenUp.aborted).toBe(true);
    expect(records).toEqual([]);
    expect(errors).toEqual([
      expect.stringMatching(
        /the run was given up: .*records.jsonl cannot be written .*no space left.*; next: Make room/,
      ),
    ]);
    expect(heard).toEqual(['it: start r1', 'it: end, 0 records, 1 errors']);
  },
);

test('a case whose capture found no room ends the run, and is told', async () => {
  using place = temporaryProject();
  const log = new RunLog(planIn(place), []);
  await log.start();

  await log.caseEnd(
    caseRecord('net', 'cat', {
      verdict: 'broken',
      class: 'infra',
      error: { code: 'HIL_STORE_WRITE', owner: 'lab', message: 'disk full', hint: 'Make room.', causes: [] },
    }),
  );
  const { records, errors } = await log.end(false);

  expect(log.givenUp.aborted).toBe(true);
  expect(records).toHaveLength(1);
  expect(errors).toEqual(['the run was given up: disk full; next: Make room.']);
});
