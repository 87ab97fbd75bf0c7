import type { UnseenFault } from '../../harness/store/record.ts';

/** Faults that a spec's tolerance let through when they were injected. */
export interface UnseenOfSpec {
  readonly spec: string;
  /** One sentence without a full stop, e.g. `atol 0.01 does not see a top-1 flip on 3 of 40 cases`. */
  readonly sentence: string;
}

/** A case whose tolerance was tested, or was not; records are such. */
export interface SelfTestedCase {
  readonly case: { readonly spec: string };
  /** Absent if it was not tested. */
  readonly unseenFaults?: readonly UnseenFault[] | undefined;
}

/** One line for each spec and kind of fault, in order of appearance. */
export function summariseUnseenFaults(cases: readonly SelfTestedCase[]): UnseenOfSpec[] {
  const tested = new Map<string, number>();
  const groups = new Map<string, { spec: string; first: UnseenFault; cases: Set<SelfTestedCase> }>();
  for (const testCase of cases) {
    const { unseenFaults } = testCase;
    if (unseenFaults === undefined) continue;
    const { spec } = testCase.case;
    tested.set(spec, (tested.get(spec) ?? 0) + 1);
    for (const unseen of unseenFaults) {
      const key = JSON.stringify([spec, unseen.output, unseen.fault]);
      const group = groups.get(key) ?? { spec, first: unseen, cases: new Set() };
      group.cases.add(testCase);
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ spec, first, cases: blind }) => ({
    spec,
    sentence: `${first.message} on ${blind.size} of ${tested.get(spec)} cases`,
  }));
}
