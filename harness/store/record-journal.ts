import { readFileSync } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CaseRecord } from './record.ts';

const journalName = 'records.jsonl';

/**
 * The records of one run, one JSON line each, in the order in which the cases ended. A line is on the disk before
 * `append` returns. One process writes it: the one that started the run.
 */
export class RecordJournal implements AsyncDisposable {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(runFolder: string): Promise<RecordJournal> {
    const path = join(runFolder, journalName);
    await mkdir(dirname(path), { recursive: true });
    return new RecordJournal(await open(path, 'a'));
  }

  async append(record: CaseRecord): Promise<void> {
    await this.#file.appendFile(`${JSON.stringify(record, encodeNumber)}\n`);
    await this.#file.datasync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

/** Reads a run's records; a last line that a crash cut short is left out. */
export function readRecords(runFolder: string): CaseRecord[] {
  const lines = readFileSync(join(runFolder, journalName), 'utf8').split('\n');
  const complete = lines.slice(0, -1).filter((line) => line !== '');
  return complete.map((line) => JSON.parse(line, decodeNumber) as CaseRecord);
}

// JSON has no NaN and no Infinity, but a metric may be one, and null would hide which.
const nonFinite: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Infinity,
  '-Infinity': -Infinity,
};

/** Replacer for JSON.stringify: writes NaN and the infinities as `{"number": "NaN"}`. */
export const encodeNumber = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value;

/** Reviver that undoes {@link encodeNumber}. */
export const decodeNumber = (_key: string, value: unknown): unknown =>
  value !== null && typeof value === 'object' && 'number' in value && typeof value.number === 'string'
    ? (nonFinite[value.number] ?? value)
    : value;
