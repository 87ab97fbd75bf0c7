import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { temporaryProject } from '../../spec/temporary-project.ts';
import { openRecordStore } from '../../store/history/open-record-store.ts';
import { RecordJournal } from '../../store/record-journal.ts';
import { floatsToHalves } from '../../tensor/half.ts';
import { notQuantised } from '../../tensor/quantisation.ts';
import { tensor } from '../../tensor/tensor.ts';
import { fakeCase } from '../fake-evidence.ts';
import { readCanaries, writeCanaries } from './canary-journal.ts';
import { caseEvidence } from './case-evidence.ts';
import { joinEvidence } from './join-evidence.ts';
import { storedRunsSource } from './stored-runs-source.ts';
import type { CanaryEvidence } from './evidence.ts';
import { realNumbersAlike } from './same-numbers.ts';
import { stepAt, storedGrid } from './stored-grid.ts';

describe('what an output can hold', () => {
  test.each([
    [0.75, 2 ** -11],
    [1, 2 ** -10],
    [-0.3, 2 ** -12],
    [1500, 1],
    [2 ** -14, 2 ** -24],
    [0, 2 ** -24],
  ])('the fp16 step at %d is %d', (value, step) => {
    expect(stepAt({ kind: 'half' }, value)).toBe(step);
  });

  test.each([
    ['float16', notQuantised, { kind: 'half' }],
    ['float32', notQuantised, { kind: 'fine' }],
    ['uint8', { kind: 'affine', scale: 0.05, zp: 3 }, { kind: 'even', step: 0.05 }],
    ['int16', { kind: 'dfp', fl: 10 }, { kind: 'even', step: 2 ** -10 }],
    ['int32', notQuantised, { kind: 'even', step: 1 }],
  ] as const)('%s, %j', (dtype, quantisation, grid) => {
    expect(storedGrid({ dtype, quantisation })).toEqual(grid);
  });
});

const noHistory = () => Promise.reject(new Error('no history is to be asked'));

test('goldens of two engines are alike, those of two networks are not', () => {
  const golden = Float32Array.of(0.5, 0.25, 1e-9);

  expect(realNumbersAlike(golden, Float32Array.of(0.5, 0.250001, 0))).toBe(true);
  expect(realNumbersAlike(golden, Float32Array.of(0.5, 0.2501, 0))).toBe(false);
  expect(realNumbersAlike(golden, Float32Array.of(0.5, 0.25))).toBe(false);
  expect(realNumbersAlike(golden, Float32Array.of(0.5, NaN, 0))).toBe(false);
});

describe('a record with its capture', () => {
  const { record } = fakeCase({ input: 'a', golden: [0.75, 0.25], board: [0.7, 0.3] });
  const golden = new Map([['prob', tensor('float32', [1, 2], Float32Array.of(0.75, 0.25))]]);
  const output = (name: string) => ({
    attribute: {
      index: 0,
      name,
      shape: [1, 2],
      dtype: 'float16' as const,
      layout: 'NCHW' as const,
      quantisation: notQuantised,
      sizeBytes: 4,
    },
    tensor: tensor('float16', [1, 2], floatsToHalves([0.5, 0.375])),
  });

  test('gives both sides in real numbers, named by the golden where the driver names nothing', () => {
    const expected = {
      name: 'prob',
      kind: 'probabilities',
      golden: Float32Array.of(0.75, 0.25),
      board: Float32Array.of(0.5, 0.375),
      grid: { kind: 'half' },
    };

    expect(caseEvidence(record, { golden, outputs: [output('prob')] }).outputs).toMatchObject([expected]);
    expect(caseEvidence(record, { golden, outputs: [output('')] }).outputs).toMatchObject([expected]);
  });

  test('gives nothing where nothing was kept or nothing fits', () => {
    expect(caseEvidence(record, undefined).outputs).toEqual([]);
    expect(caseEvidence(record, { golden, outputs: [output('other')] }).outputs).toEqual([]);
  });
});

describe('a stored run', () => {
  async function projectWithRun(...sdks: string[]) {
    const place = temporaryProject();
    const folder = place.path('.hil/runs/2026-01-05T21-04-00-5f1c');
    mkdirSync(folder, { recursive: true });
    await using journal = await RecordJournal.create(folder);
    for (const sdk of sdks) {
      const target = { board: 'stick', sdk, simulated: false, format: 'fp16' } as const;
      await journal.append(
        fakeCase({
          input: sdk,
          golden: [0.75, 0.25],
          board: [0.7, 0.3],
          record: { target, run: '2026-01-05T21-04-00-5f1c' },
        }).record,
      );
    }
    return { place, folder };
  }
  const canary = (sdk: string): CanaryEvidence => ({
    board: 'stick',
    sdk,
    when: 'before',
    passed: true,
    message: 'fit',
  });

  test('gives the cases and canaries of one SDK', async () => {
    const { place, folder } = await projectWithRun('1.6.1', '1.7.5');
    using _ = place;
    await writeCanaries(folder, [canary('1.6.1'), canary('1.7.5')]);

    const found = await storedRunsSource(
      place.project,
      { runs: ['latest'], sdk: '1.6.1' },
      noHistory,
    ).collect({});

    expect(found).toMatchObject({
      label: 'SDK 1.6.1',
      runs: ['2026-01-05T21-04-00-5f1c'],
      canaries: [{ sdk: '1.6.1' }],
    });
    expect(found.cases.map(({ record }) => record.case.input)).toEqual(['1.6.1']);
  });

  test('that lacks the SDK says which it has', async () => {
    const { place } = await projectWithRun('1.6.1', '1.7.5');
    using _ = place;

    await expect(
      storedRunsSource(place.project, { runs: ['latest'], sdk: '1.5.0' }, noHistory).collect({}),
    ).rejects.toMatchObject({
      code: 'HIL_ACCEPT_NO_EVIDENCE',
      message: 'run latest: no case on SDK 1.5.0, but on 1.6.1, 1.7.5',
    });
  });

  test('of several shards is one, and of a case that two have the later counts', async () => {
    const { place } = await projectWithRun('1.6.1');
    using _ = place;
    const other = place.path('.hil/runs/2026-01-06T21-04-00-6a2d');
    mkdirSync(other, { recursive: true });
    await using journal = await RecordJournal.create(other);
    const target = { board: 'stick', sdk: '1.6.1', simulated: false, format: 'fp16' } as const;
    const timings = { startedAt: '2026-01-06', totalMs: 1, stagesMs: {}, npuTimeUs: [], uploadedBytes: 0 };
    for (const input of ['1.6.1', 'another']) {
      const record = { target, timings, run: '2026-01-06T21-04-00-6a2d' };
      await journal.append(fakeCase({ input, golden: [0.75, 0.25], board: [0.6, 0.4], record }).record);
    }

    const runs = ['2026-01-06', '2026-01-05'];
    const found = await storedRunsSource(place.project, { runs }, noHistory).collect({});

    expect(found.cases.map(({ record }) => [record.case.input, record.run])).toEqual([
      ['1.6.1', '2026-01-06T21-04-00-6a2d'],
      ['another', '2026-01-06T21-04-00-6a2d'],
    ]);
  });

  test('that is only in the history comes from there', async () => {
    using place = temporaryProject();
    const open = async () => {
      const store = await openRecordStore(':memory:', '/');
      await store.putRun({
        id: 'run',
        startedAt: '2026',
        harnessVersion: '0',
        command: '',
        interrupted: false,
      });
      await store.addRecords([fakeCase({ input: 'a', golden: [0.75, 0.25], board: [0.7, 0.3] }).record]);
      return store;
    };

    const found = await storedRunsSource(place.project, { runs: ['run'] }, open).collect({});

    expect(found.cases.map(({ record }) => record.case.name)).toEqual(['net › a']);
  });

  test('without canaries has none; a damaged file of them is an error, not silence', async () => {
    const { place, folder } = await projectWithRun('1.6.1');
    using _ = place;

    expect(await readCanaries(folder)).toEqual([]);

    writeFileSync(`${folder}/canaries.json`, '[{"passed": true}]');
    await expect(readCanaries(folder)).rejects.toMatchObject({ code: 'HIL_CANARIES_UNREADABLE' });
  });
});

test('sources of one stack are joined, and the last that has a case counts', () => {
  const of = (input: string, run: string) =>
    fakeCase({ input, golden: [0.75, 0.25], board: [0.7, 0.3], record: { run } });
  const stack = (...cases: ReturnType<typeof of>[]) => ({
    label: 'SDK 1',
    runs: [cases[0]!.record.run],
    cases,
    canaries: [],
  });

  const joined = joinEvidence([stack(of('a', 'r1'), of('b', 'r1')), stack(of('b', 'r2'))]);

  expect(joined).toMatchObject({ label: 'SDK 1', runs: ['r1', 'r2'] });
  expect(joined.cases.map(({ record }) => record.run)).toEqual(['r1', 'r2']);
});
