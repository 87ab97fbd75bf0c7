import { readFileSync } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HilError } from '../hil-error.ts';
import type { CaseRecord } from './record.ts';
import { explainWriteError } from './storage-error.ts';

const journalName = 'records.jsonl';

/** A run without records that can be read. */
export class RecordsUnreadableError extends HilError {
  readonly code = 'HIL_RECORDS_UNREADABLE';
  readonly owner = 'lab';

  constructor(path: string, problem: string, cause: unknown) {
    super(`${path} ${problem}`, { hint: 'Choose another run, or run the cases again.', cause });
  }
}

/**
 * The records of one run, one JSON line each, in the order in which the cases ended. A line is on the disk before
 * `append` returns. One process writes it: the one that started the run.
 */
export class RecordJournal implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  /** Lines go one after the other: those of several workers would mix where one takes more than one write. */
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  static async create(runFolder: string): Promise<RecordJournal> {
    const path = join(runFolder, journalName);
    try {
      await mkdir(dirname(path), { recursive: true });
      return new RecordJournal(path, await open(path, 'a'));
    } catch (error) {
      throw explainWriteError(path, error);
    }
  }

  /** @throws {StorageError} If the disk does not take it; what it took of the line is taken back. */
  append(record: CaseRecord): Promise<void> {
    const written = this.#write(`${JSON.stringify(record, encodeNumber)}\n`, this.#last);
    this.#last = written.catch(() => undefined);
    return written;
  }

  async #write(line: string, previous: Promise<void>): Promise<void> {
    await previous;
    const { size } = await this.#file.stat();
    try {
      await this.#file.appendFile(line);
      await this.#file.datasync();
    } catch (error) {
      // Where even this fails, readers leave out the half line at the end.
      await this.#file.truncate(size).catch(() => undefined);
      throw explainWriteError(this.#path, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#file.close();
  }
}

/**
 * Reads a run's records; a last line that a crash cut short is left out.
 *
 * @throws {RecordsUnreadableError}
 */
export function readRecords(runFolder: string): CaseRecord[] {
  const path = join(runFolder, journalName);
  const lines = readText(path).split('\n').slice(0, -1);
  return lines.flatMap((line, index) => (line === '' ? [] : [parseRecord(line, path, index + 1)]));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new RecordsUnreadableError(path, 'cannot be read', cause);
  }
}

function parseRecord(line: string, path: string, number: number): CaseRecord {
  try {
    return parseRecordText(line);
  } catch (cause) {
    throw new RecordsUnreadableError(path, `is damaged in line ${number}`, cause);
  }
}

// JSON has no NaN and no Infinity, but a metric may be one, and null would hide which.
const nonFinite = new Map([NaN, Infinity, -Infinity].map((value) => [String(value), value]));

/** Replacer for JSON.stringify: writes NaN and the infinities as `{"number": "NaN"}`. */
export const encodeNumber = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value;

/** Reviver that undoes {@link encodeNumber}. */
export const decodeNumber = (_key: string, value: unknown): unknown =>
  value !== null && typeof value === 'object' && 'number' in value && typeof value.number === 'string'
    ? (nonFinite.get(value.number) ?? value)
    : value;

/** A record that was written with {@link encodeNumber}. */
export const parseRecordText = (text: string): CaseRecord =>
  // A reviver takes three times as long as the parser itself, and hardly a record holds what it looks for.
  (text.includes('{"number":"') ? JSON.parse(text, decodeNumber) : JSON.parse(text)) as CaseRecord;
