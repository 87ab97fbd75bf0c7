import type { Project } from '../../project/project.ts';
import { HilError } from '../../hil-error.ts';
import type { RecordStore } from '../../store/history/record-store.ts';
import type { CaseRecord } from '../../store/record.ts';
import { readRecords } from '../../store/record-journal.ts';
import { findRunFolder, UnknownRunError } from '../../store/run-folder.ts';
import { evidenceOfRecords } from './evidence-of-records.ts';
import type { EvidenceSource } from './evidence-source.ts';

/** Stored runs that have nothing of the SDK that is asked for. */
export class NoEvidenceError extends HilError {
  readonly code = 'HIL_ACCEPT_NO_EVIDENCE';
  readonly owner = 'spec';
}

export interface StoredRunsChoice {
  /** Ids of runs, their beginnings, or `latest`. Several are one: a night split over shards. */
  readonly runs: readonly string[];
  /** Only cases that ran on this SDK; all where it is left out. */
  readonly sdk?: string | undefined;
}

/**
 * What stored runs know of a stack.
 *
 * @param openHistory - Asked for runs that have no folder on this machine.
 */
export function storedRunsSource(
  project: Pick<Project, 'root' | 'stateFolder'>,
  { runs, sdk }: StoredRunsChoice,
  openHistory: () => Promise<RecordStore>,
): EvidenceSource {
  return {
    async collect({ signal }) {
      const all: CaseRecord[] = [];
      for (const run of runs) all.push(...(await recordsOf(run, project.stateFolder, openHistory)));
      const records = all
        .filter(({ target }) => sdk === undefined || target.sdk === sdk)
        .sort((a, b) => a.timings.startedAt.localeCompare(b.timings.startedAt));
      if (records.length > 0) return evidenceOfRecords(records, project, { signal });
      const offered = [...new Set(all.map(({ target }) => target.sdk))].join(', ');
      throw new NoEvidenceError(
        `${runs.length === 1 ? 'run' : 'runs'} ${runs.join(', ')}: no case on SDK ${sdk ?? 'at all'}, but on ${offered || 'none'}`,
        {
          hint: 'Choose other runs (`latest` names the newest), or leave them out to have the cases run now.',
        },
      );
    },
  };
}

async function recordsOf(
  run: string,
  stateFolder: string,
  openHistory: () => Promise<RecordStore>,
): Promise<readonly CaseRecord[]> {
  try {
    return readRecords(findRunFolder(stateFolder, run));
  } catch (error) {
    if (!(error instanceof UnknownRunError)) throw error;
    await using store = await openHistory();
    // The folder's error knows which runs are here.
    const known = await store.findRun(run).catch(() => Promise.reject(error));
    return await store.recordsOf(known.id);
  }
}
