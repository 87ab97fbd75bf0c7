import { openRecordStore } from '../store/history/open-record-store.ts';
import { bringUpToDate } from '../store/history/bring-up-to-date.ts';
import type { RecordStore } from '../store/history/record-store.ts';
import { historyUrl, type Project } from '../project/project.ts';
import type { Io } from './io.ts';

/** Opens the project's history; `HIL_HISTORY` beats the config. */
export const openHistory = (project: Project, { env }: Pick<Io, 'env'>): Promise<RecordStore> =>
  openRecordStore(env['HIL_HISTORY'] || historyUrl(project), project.root);

/** The history with everything that the project's own runs have to add to it. */
export async function openWholeHistory(project: Project, io: Pick<Io, 'env'>): Promise<RecordStore> {
  const store = await openHistory(project, io);
  await bringUpToDate(store, project.stateFolder);
  return store;
}
