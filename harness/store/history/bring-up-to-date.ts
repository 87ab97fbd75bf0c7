import { existsSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunPlan } from '../../pipeline/reporter.ts';
import { readRecords } from '../record-journal.ts';
import { listRuns, runsFolder, UnknownRunError } from '../run-folder.ts';
import type { RecordStore } from './record-store.ts';
import { runOfPlan } from './run-provenance.ts';

/** A file in a run's folder that says: the history has all of it. */
const markerName = 'in-history';

/** A journal that nobody has written to for so long belongs to a run that is over, however it ended. */
const overAfterMs = 3_600_000;

export async function markComplete(runFolder: string): Promise<void> {
  await writeFile(join(runFolder, markerName), '');
}

/**
 * Adds the runs of a state folder that the history lacks: those that were killed, and those during which the store was
 * down.
 *
 * @param except - The run that goes on now.
 * @returns Ids of the runs that were added or completed.
 */
export async function bringUpToDate(
  store: RecordStore,
  stateFolder: string,
  except?: string,
): Promise<readonly string[]> {
  const lacking = listRuns(stateFolder).filter(
    (id) => id !== except && !existsSync(join(runsFolder(stateFolder), id, markerName)),
  );
  const added: string[] = [];
  for (const id of lacking) if (await addRun(store, join(runsFolder(stateFolder), id))) added.push(id);
  return added;
}

/**
 * Adds one run's folder to the history; what is there already stays.
 *
 * @returns False if the folder holds no run that can be read.
 */
export async function addRun(store: RecordStore, runFolder: string): Promise<boolean> {
  const plan = readRunPlan(runFolder);
  const journal = join(runFolder, 'records.jsonl');
  if (plan === undefined || !existsSync(journal)) return false;
  const records = readRecords(runFolder).filter(({ run }) => run === plan.run);
  if (!(await isKnown(store, plan.run))) {
    await store.putRun({
      ...runOfPlan(plan),
      interrupted: plan.cases === undefined || records.length < plan.cases,
    });
  }
  await store.addRecords(records);
  if (Date.now() - statSync(journal).mtimeMs > overAfterMs) await markComplete(runFolder);
  return true;
}

async function isKnown(store: RecordStore, run: string): Promise<boolean> {
  try {
    return (await store.findRun(run)).id === run;
  } catch (error) {
    if (error instanceof UnknownRunError) return false;
    throw error;
  }
}

/** What a run set out to do; undefined where that cannot be read. */
export function readRunPlan(runFolder: string): RunPlan | undefined {
  try {
    return JSON.parse(readFileSync(join(runFolder, 'run.json'), 'utf8')) as RunPlan;
  } catch {
    return undefined;
  }
}
