import type { CaseRecord, UnseenFault } from '../../harness/store/record.ts';

/** Faults that a spec's tolerance let through when they were injected. */
export interface UnseenOfSpec {
  readonly spec: string;
  /** One sentence without a full stop, e.g. `atol 0.01 does not see a top-1 flip on 3 of 40 cases`. */
  readonly sentence: string;
}

/** One line for each spec and kind of fault, in order of appearance. */
export function summariseUnseenFaults(records: readonly CaseRecord[]): UnseenOfSpec[] {
  const compared = new Map<string, number>();
  const groups = new Map<string, { spec: string; first: UnseenFault; cases: Set<CaseRecord> }>();
  for (const record of records) {
    const { spec } = record.case;
    if (record.comparison) compared.set(spec, (compared.get(spec) ?? 0) + 1);
    for (const unseen of record.unseenFaults ?? []) {
      const key = JSON.stringify([spec, unseen.output, unseen.fault]);
      const group = groups.get(key) ?? { spec, first: unseen, cases: new Set() };
      group.cases.add(record);
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ spec, first, cases }) => ({
    spec,
    sentence: `${first.message} on ${cases.size} of ${compared.get(spec) ?? cases.size} cases`,
  }));
}
