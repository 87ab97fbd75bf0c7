import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Cancellable } from '../../cancellable.ts';
import type { Project } from '../../project/project.ts';
import { CaptureError, readCapture } from '../../store/capture.ts';
import type { CaseRecord } from '../../store/record.ts';
import { runsFolder } from '../../store/run-folder.ts';
import { readCanaries } from './canary-journal.ts';
import { type CapturedAnswers, caseEvidence } from './case-evidence.ts';
import type { CaseEvidence, StackEvidence } from './evidence.ts';

/**
 * Records with the answers behind them and the canaries of their runs, as far as these are on this machine. Of a case that
 * is there more than once the record that comes last counts.
 */
export async function evidenceOfRecords(
  records: readonly CaseRecord[],
  { root, stateFolder }: Pick<Project, 'root' | 'stateFolder'>,
  { signal }: Cancellable,
): Promise<StackEvidence> {
  const newest = new Map(records.map((record) => [record.case.name, record]));
  const cases: CaseEvidence[] = [];
  for (const record of newest.values()) {
    signal?.throwIfAborted();
    cases.push(caseEvidence(record, await answersOf(record, root, stateFolder)));
  }
  const sdks = [...new Set(cases.map(({ record }) => record.target.sdk))];
  const runs = [...new Set(cases.map(({ record }) => record.run))].sort();
  const canaries = await Promise.all(runs.map((run) => readCanaries(join(runsFolder(stateFolder), run))));
  return {
    label: `SDK ${sdks.join(', ')}`,
    runs,
    cases,
    canaries: canaries.flat().filter(({ sdk }) => sdks.includes(sdk)),
  };
}

/** Records may outlive their captures, or come from another machine: then only verdicts and figures are left. */
async function answersOf(
  { capture }: CaseRecord,
  root: string,
  stateFolder: string,
): Promise<CapturedAnswers | undefined> {
  if (capture === undefined || !existsSync(join(root, capture))) return undefined;
  const { outputs, golden } = await readCapture(join(root, capture), stateFolder);
  return { outputs, golden: golden.outputs };
}

/** Whether the answers behind a record are on this machine, whole. */
export async function hasAnswers(
  { capture }: CaseRecord,
  { root, stateFolder }: Pick<Project, 'root' | 'stateFolder'>,
): Promise<boolean> {
  if (capture === undefined || !existsSync(join(root, capture))) return false;
  try {
    await readCapture(join(root, capture), stateFolder);
    return true;
  } catch (error) {
    if (error instanceof CaptureError) return false;
    throw error;
  }
}
