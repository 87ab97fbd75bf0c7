import type { StackEvidence } from './evidence.ts';

/** What is known of one stack from several sources; of a case that several have, the last one's counts. */
export function joinEvidence(sources: readonly StackEvidence[]): StackEvidence {
  const cases = new Map(
    sources.flatMap((source) => source.cases.map((each) => [each.record.case.name, each])),
  );
  const labels = [...new Set(sources.map(({ label }) => label))];
  return {
    label: labels.join(', '),
    runs: [...new Set(sources.flatMap(({ runs }) => runs))],
    cases: [...cases.values()],
    canaries: sources.flatMap(({ canaries }) => canaries),
  };
}
