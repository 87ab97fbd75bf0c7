import { realNumbersAlike } from './evidence/same-numbers.ts';
import type { CaseEvidence, OutputEvidence, StackEvidence } from './evidence/evidence.ts';

/** One case on both stacks, held against the same golden. */
export interface CasePair {
  readonly name: string;
  readonly baseline: CaseEvidence;
  readonly candidate: CaseEvidence;
  /** Outputs that both sides have in a comparable form. */
  readonly outputs: readonly { readonly baseline: OutputEvidence; readonly candidate: OutputEvidence }[];
}

/** A case that cannot be paired, and why. */
export interface UnpairedCase {
  readonly name: string;
  readonly spec: string;
  readonly reason: string;
}

export interface Pairing {
  readonly pairs: readonly CasePair[];
  readonly unpaired: readonly UnpairedCase[];
}

/** Pairs cases by name; only what was asked the same question and held against the same golden is comparable. */
export function pairCases(baseline: StackEvidence, candidate: StackEvidence): Pairing {
  const after = new Map(candidate.cases.map((each) => [each.record.case.name, each]));
  const pairs: CasePair[] = [];
  const unpaired: UnpairedCase[] = [];
  const lacking = ({ record }: CaseEvidence, label: string) =>
    unpaired.push({ name: record.case.name, spec: record.case.spec, reason: `not run on ${label}` });
  for (const each of baseline.cases) {
    const { name, spec } = each.record.case;
    const other = after.get(name);
    if (other === undefined) {
      lacking(each, candidate.label);
      continue;
    }
    const reason = whyNotComparable(each, other, baseline.label, candidate.label);
    if (reason !== undefined) unpaired.push({ name, spec, reason });
    else pairs.push({ name, baseline: each, candidate: other, outputs: commonOutputs(each, other) });
  }
  const before = new Set(baseline.cases.map(({ record }) => record.case.name));
  for (const each of candidate.cases) if (!before.has(each.record.case.name)) lacking(each, baseline.label);
  return { pairs, unpaired };
}

function whyNotComparable(
  { record: a }: CaseEvidence,
  { record: b }: CaseEvidence,
  baseline: string,
  candidate: string,
): string | undefined {
  for (const [record, label] of [
    [a, baseline],
    [b, candidate],
  ] as const) {
    if (record.verdict === 'passed' || record.verdict === 'failed') continue;
    return `${record.verdict} on ${label}${record.reason === undefined ? '' : `: ${record.reason}`}`;
  }
  if (a.target.simulated !== b.target.simulated)
    return 'simulated on one side and not on the other: such results never mix';
  if (a.target.format !== b.target.format)
    return `in ${a.target.format} on one side and in ${b.target.format} on the other`;
  const differs = (what: keyof typeof a.hashes) =>
    a.hashes[what] !== undefined && b.hashes[what] !== undefined && a.hashes[what] !== b.hashes[what];
  if (differs('input')) return 'the input differs';
  if (differs('referenceModel') || differs('preprocess')) return 'the golden was made in another way';
  return undefined;
}

function commonOutputs(a: CaseEvidence, b: CaseEvidence): CasePair['outputs'] {
  return a.outputs.flatMap((baseline) => {
    const candidate = b.outputs.find(({ name }) => name === baseline.name);
    const comparable =
      candidate !== undefined &&
      candidate.board.length === baseline.board.length &&
      realNumbersAlike(candidate.golden, baseline.golden);
    return comparable ? [{ baseline, candidate }] : [];
  });
}
