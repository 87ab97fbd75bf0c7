import { join } from 'node:path';
import type { CaseRecord } from '../record.ts';
import { readRecords } from '../record-journal.ts';
import { findRunFolder, listRuns, runsFolder } from '../run-folder.ts';
import { readRunPlan } from './bring-up-to-date.ts';
import type { StoredRun } from './record-store.ts';
import { runOfPlan } from './run-provenance.ts';

/** A run as far as its folder tells it. */
export type KnownRun = Omit<StoredRun, 'interrupted'>;

/** What a report asks of a history. */
export interface StoredRuns {
  /** Newest first. */
  listRuns(limit: number): Promise<readonly KnownRun[]>;
  /** By id, the beginning of an id, or `latest`. @throws {UnknownRunError} */
  findRun(name: string): Promise<KnownRun>;
  recordsOf(run: string): Promise<readonly CaseRecord[]>;
}

/** The runs whose folders are in a state folder: what can be told while the history itself is out of reach. */
export class FolderRuns implements StoredRuns {
  readonly #stateFolder: string;

  constructor(stateFolder: string) {
    this.#stateFolder = stateFolder;
  }

  listRuns(limit: number): Promise<readonly KnownRun[]> {
    const runs = listRuns(this.#stateFolder).reverse().slice(0, limit);
    return Promise.resolve(runs.map((id) => this.#run(this.#folder(id), id)));
  }

  async findRun(name: string): Promise<KnownRun> {
    const folder = findRunFolder(this.#stateFolder, name);
    return Promise.resolve(this.#run(folder, folder.slice(runsFolder(this.#stateFolder).length + 1)));
  }

  recordsOf(run: string): Promise<readonly CaseRecord[]> {
    return Promise.resolve(readRecords(this.#folder(run)));
  }

  readonly #folder = (id: string): string => join(runsFolder(this.#stateFolder), id);

  /** A folder whose plan cannot be read is known by its name, which begins with the time. */
  #run(folder: string, id: string): KnownRun {
    const plan = readRunPlan(folder);
    if (plan !== undefined) return { ...runOfPlan(plan), id };
    return {
      id,
      startedAt: `${id.slice(0, 10)}T${id.slice(11, 19).replaceAll('-', ':')}.000Z`,
      harnessVersion: 'unknown',
      command: 'unknown',
    };
  }
}
