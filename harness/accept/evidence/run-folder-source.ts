import { basename, join } from 'node:path';
import { HilError } from '../../hil-error.ts';
import type { Project } from '../../project/project.ts';
import { readCapture } from '../../store/capture.ts';
import type { CaseRecord } from '../../store/record.ts';
import { readRecords } from '../../store/record-journal.ts';
import { findRunFolder } from '../../store/run-folder.ts';
import { readCanaries } from './canary-journal.ts';
import { type CapturedAnswers, caseEvidence } from './case-evidence.ts';
import type { CaseEvidence } from './evidence.ts';
import type { EvidenceSource } from './evidence-source.ts';

/** A stored run that has nothing of the SDK that is asked for. */
export class NoEvidenceError extends HilError {
  readonly code = 'HIL_ACCEPT_NO_EVIDENCE';
  readonly owner = 'spec';
}

export interface StoredRun {
  /** Id of the run, its beginning, or `latest`. */
  readonly run: string;
  /** Only cases that ran on this SDK; all where it is left out. */
  readonly sdk?: string | undefined;
}

/** What a stored run knows of a stack. */
export function runFolderSource(
  project: Pick<Project, 'root' | 'stateFolder'>,
  { run, sdk }: StoredRun,
): EvidenceSource {
  return {
    async collect({ signal }) {
      const folder = findRunFolder(project.stateFolder, run);
      const all = readRecords(folder);
      const records = sdk === undefined ? all : all.filter(({ target }) => target.sdk === sdk);
      const offered = [...new Set(all.map(({ target }) => target.sdk))];
      if (records.length === 0)
        throw new NoEvidenceError(
          `run ${basename(folder)} has no case on SDK ${sdk ?? 'at all'}; it has ${offered.join(', ') || 'none'}`,
          {
            hint: 'Choose another run (`latest` names the newest), or leave the run out to have the cases run now.',
          },
        );
      const cases: CaseEvidence[] = [];
      for (const record of records) {
        signal?.throwIfAborted();
        cases.push(caseEvidence(record, await answersOf(record, project)));
      }
      const sdks = [...new Set(records.map(({ target }) => target.sdk))];
      return {
        label: `SDK ${sdks.join(', ')}`,
        runs: [basename(folder)],
        cases,
        canaries: (await readCanaries(folder)).filter((canary) => sdks.includes(canary.sdk)),
      };
    },
  };
}

async function answersOf(
  { capture }: CaseRecord,
  { root, stateFolder }: Pick<Project, 'root' | 'stateFolder'>,
): Promise<CapturedAnswers | undefined> {
  if (capture === undefined) return undefined;
  const { outputs, golden } = await readCapture(join(root, capture), stateFolder);
  return { outputs, golden: golden.outputs };
}
