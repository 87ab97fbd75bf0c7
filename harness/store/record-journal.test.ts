import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { caseRecord } from '../../reports/fixture-records.ts';
import { temporaryProject } from '../spec/temporary-project.ts';
import {
  decodeNumber,
  encodeNumber,
  readRecords,
  RecordJournal,
  RecordsUnreadableError,
} from './record-journal.ts';
import type { CaseRecord } from './record.ts';

async function journalOf(folder: string, ...records: readonly CaseRecord[]): Promise<void> {
  await using journal = await RecordJournal.create(folder);
  for (const record of records) await journal.append(record);
}

test('gives back what was written, in order', async () => {
  using place = temporaryProject();
  const records = [
    caseRecord('net', 'dog'),
    caseRecord('net', 'cat', { verdict: 'failed', reason: 'far\noff' }),
  ];

  await journalOf(place.root, ...records);

  expect(readRecords(place.root)).toEqual(records);
});

test('a record is on the disk when append returns', async () => {
  using place = temporaryProject();
  await using journal = await RecordJournal.create(place.root);

  await journal.append(caseRecord('net', 'cat'));

  expect(readRecords(place.root)).toHaveLength(1);
});

test('goes on where an earlier journal of the run ended', async () => {
  using place = temporaryProject();

  await journalOf(place.root, caseRecord('net', 'cat'));
  await journalOf(place.root, caseRecord('net', 'dog'));

  expect(readRecords(place.root).map((record) => record.case.input)).toEqual(['cat', 'dog']);
});

test('keeps NaN and the infinities, which JSON does not have', () => {
  const metrics = { cosine: NaN, snrDb: Infinity, gain: -Infinity, rmse: 0.5 };

  const text = JSON.stringify(metrics, encodeNumber);

  expect(text).toBe(
    '{"cosine":{"number":"NaN"},"snrDb":{"number":"Infinity"},"gain":{"number":"-Infinity"},"rmse":0.5}',
  );
  expect(JSON.parse(text, decodeNumber)).toEqual(metrics);
});

test('keeps any number, text and list, and maps that look like one of its own', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.double().map((number) => (Object.is(number, -0) ? 0 : number)),
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('any')),
      fc.record({ number: fc.string().filter((text) => !/^(NaN|-?Infinity)$/.test(text)) }),
    ),
  })).any;

  fc.assert(
    fc.property(value, (given) => {
      expect(JSON.parse(JSON.stringify(given, encodeNumber), decodeNumber)).toEqual(given);
    }),
  );
});

test('leaves out a last line that a crash cut short, wherever it was cut', async () => {
  using place = temporaryProject();
  await journalOf(place.root, caseRecord('net', 'cat'), caseRecord('net', 'dog'));
  const whole = readFileSync(place.path('records.jsonl'), 'utf8');
  const firstLine = whole.indexOf('\n') + 1;

  for (const end of [firstLine, firstLine + 1, firstLine + 40, whole.length - 1]) {
    writeFileSync(place.path('records.jsonl'), whole.slice(0, end));
    expect(readRecords(place.root).map((record) => record.case.input)).toEqual(['cat']);
  }
});

test('names the line that is damaged', async () => {
  using place = temporaryProject();
  await journalOf(place.root, caseRecord('net', 'cat'));
  appendFileSync(place.path('records.jsonl'), '{"schema":\n');

  const reading = () => readRecords(place.root);

  expect(reading).toThrow(RecordsUnreadableError);
  expect(reading).toThrow(`${place.path('records.jsonl')} is damaged in line 2`);
});

test('a run without records is an error with a next step', () => {
  using place = temporaryProject();

  expect(() => readRecords(place.root)).toThrow(
    expect.objectContaining({
      code: 'HIL_RECORDS_UNREADABLE',
      message: `${place.path('records.jsonl')} cannot be read`,
      hint: 'Choose another run, or run the cases again.',
    }),
  );
});
