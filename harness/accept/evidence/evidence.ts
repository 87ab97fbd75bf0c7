import type { OutputKind } from '../../compare/comparison.ts';
import type { RealNumbers } from '../../compare/real-numbers.ts';
import type { CaseRecord } from '../../store/record.ts';
import type { StoredGrid } from './stored-grid.ts';

/** One output of one case: what the golden says and what the board said, in real numbers. */
export interface OutputEvidence {
  readonly name: string;
  readonly kind: OutputKind;
  readonly shape: readonly number[];
  readonly golden: RealNumbers;
  readonly board: RealNumbers;
  /** What the board can tell apart. */
  readonly grid: StoredGrid;
}

/** One case on one stack. */
export interface CaseEvidence {
  readonly record: CaseRecord;
  /** Outputs that were complete enough to be compared; empty for a case that reached no comparison. */
  readonly outputs: readonly OutputEvidence[];
}

/** What the canary, a small model with a known answer, said about a board around a run. */
export interface CanaryEvidence {
  readonly board: string;
  readonly sdk: string;
  readonly when: 'before' | 'after';
  readonly passed: boolean;
  readonly message: string;
}

/** All that is known of one SDK stack. */
export interface StackEvidence {
  /** How people call it, e.g. `SDK 1.6.1`. */
  readonly label: string;
  /** Ids of the runs it comes from. */
  readonly runs: readonly string[];
  readonly cases: readonly CaseEvidence[];
  readonly canaries: readonly CanaryEvidence[];
}
