import { hashFile } from '../../golden/file-hash.ts';
import { hashReference } from '../../golden/golden-facts.ts';
import type { PlannedCase } from '../../pipeline/plan-cases.ts';
import type { Project } from '../../project/project.ts';
import { boardModelPath } from '../../spec/board-model-path.ts';
import type { RecordStore } from '../../store/history/record-store.ts';
import type { CaseRecord } from '../../store/record.ts';
import { hasAnswers } from './evidence-of-records.ts';

/** What the history has for the cases of a plan, and what it lacks. */
export interface HistoryShare {
  readonly records: readonly CaseRecord[];
  /** Cases with no record that still holds, with the reason. */
  readonly missing: readonly { readonly planned: PlannedCase; readonly reason: string }[];
}

/**
 * The newest judged record of every planned case, on any board that the plan allows. A record holds only for what it was
 * made of: the same spec, input and model, with its answers still here. Simulated records are for simulated boards.
 *
 * @param sdk - Of all cases.
 * @param since - ISO 8601; older records do not count.
 */
export async function recordsFromHistory(
  store: RecordStore,
  planned: readonly PlannedCase[],
  project: Pick<Project, 'root' | 'stateFolder'>,
  { sdk, since }: { readonly sdk: string; readonly since?: string | undefined },
): Promise<HistoryShare> {
  const byCase = new Map<string, CaseRecord[]>();
  for (const simulated of new Set(planned.map(({ targets: [first] }) => first.board.simulated))) {
    for (const record of await store.evidence({ sdk, simulated, since }))
      byCase.set(record.case.name, [...(byCase.get(record.case.name) ?? []), record]);
  }
  const records: CaseRecord[] = [];
  const missing: { planned: PlannedCase; reason: string }[] = [];
  for (const each of planned) {
    const boards = new Set(each.targets.map(({ board }) => board.name));
    const candidates = (byCase.get(each.case.name) ?? [])
      .filter(({ target }) => boards.has(target.board))
      .sort((a, b) => b.timings.startedAt.localeCompare(a.timings.startedAt));
    let reason = 'the history has no verdict on it';
    let found: CaseRecord | undefined;
    for (const record of candidates) {
      const problem = await whyItNoLongerHolds(record, each, project, sdk);
      if (problem === undefined) {
        found = record;
        break;
      }
      reason = problem;
    }
    if (found === undefined) missing.push({ planned: each, reason });
    else records.push(found);
  }
  return { records, missing };
}

async function whyItNoLongerHolds(
  record: CaseRecord,
  { case: { spec, input } }: PlannedCase,
  project: Pick<Project, 'root' | 'stateFolder'>,
  sdk: string,
): Promise<string | undefined> {
  const { hashes } = record;
  if (hashes.spec !== spec.sha256) return 'its spec has changed since';
  if (hashes.input !== (await hashFile(input.path))) return 'its input has changed since';
  if (hashes.referenceModel !== (await hashReference(spec.reference)))
    return 'its reference has changed since';
  if (hashes.boardModel !== (await hashFile(boardModelPath(spec, sdk)))) return 'its model has changed since';
  return (await hasAnswers(record, project)) ? undefined : 'its answers are not on this machine';
}
