import { HilError } from '../../hil-error.ts';
import { decodeNumber, encodeNumber } from '../record-journal.ts';
import type { CaseRecord } from '../record.ts';
import type { RecordStore, StoredRun } from './record-store.ts';

/** A line of an export that is not what it should be. */
export class ImportError extends HilError {
  readonly code = 'HIL_HISTORY_IMPORT';
  readonly owner = 'spec';
}

type Line = { readonly run: StoredRun } | { readonly record: CaseRecord };

/** Runs, each followed by its records, oldest run first: one JSON object a line, `{"run":…}` or `{"record":…}`. */
export async function* exportLines(store: RecordStore): AsyncGenerator<string> {
  const runs = await store.listRuns(2 ** 31 - 1);
  for (const {
    counts: _,
    marginal: __,
    sdks: ___,
    boards: ____,
    simulated: _____,
    ...run
  } of runs.toReversed()) {
    yield `${JSON.stringify({ run } satisfies Line)}\n`;
    for (const record of await store.recordsOf(run.id)) {
      yield `${JSON.stringify({ record } satisfies Line, encodeNumber)}\n`;
    }
  }
}

/**
 * Adds what {@link exportLines} has written; what is there already stays.
 *
 * @param file - For messages.
 * @throws {ImportError} With the number of the line.
 */
export async function importLines(
  store: RecordStore,
  lines: AsyncIterable<string>,
  file: string,
): Promise<{ readonly runs: number; readonly records: number }> {
  let runs = 0;
  let added = 0;
  let waiting: CaseRecord[] = [];
  let number = 0;
  const write = async (): Promise<void> => {
    added += (await store.addRecords(waiting)).added;
    waiting = [];
  };
  for await (const text of lines) {
    number++;
    if (text.trim() === '') continue;
    const line = parseLine(text, `${file}:${number}`);
    if ('run' in line) {
      await write();
      await store.putRun(line.run);
      runs++;
    } else {
      waiting.push(line.record);
      if (waiting.length >= 500) await write();
    }
  }
  await write();
  return { runs, records: added };
}

function parseLine(text: string, place: string): Line {
  let line: unknown;
  try {
    line = JSON.parse(text, decodeNumber);
  } catch (cause) {
    throw new ImportError(`${place}: no JSON`, {
      hint: 'Import a file that `hil history export` wrote.',
      cause,
    });
  }
  if (isLine(line)) return line;
  throw new ImportError(`${place}: found neither {"run": …} nor {"record": …} of layout 1`, {
    hint: 'Import a file that `hil history export` wrote.',
  });
}

function isLine(line: unknown): line is Line {
  if (line === null || typeof line !== 'object') return false;
  if ('run' in line) return hasTexts(line.run, 'id', 'startedAt', 'harnessVersion', 'command');
  if (!('record' in line) || !hasTexts(line.record, 'run', 'verdict')) return false;
  const { schema, case: testCase, target, timings } = line.record as Partial<CaseRecord>;
  return (
    schema === 1 &&
    hasTexts(testCase, 'name') &&
    hasTexts(target, 'board', 'sdk', 'format') &&
    hasTexts(timings, 'startedAt')
  );
}

const hasTexts = (value: unknown, ...keys: readonly string[]): boolean =>
  value !== null &&
  typeof value === 'object' &&
  keys.every((key) => typeof (value as Record<string, unknown>)[key] === 'string');
