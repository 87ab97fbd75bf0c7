import type { NumericFormat } from '../tensor/quantisation.ts';
import type { ModelAttribution } from './attribute-models.ts';
import type { CaseChange } from './case-change.ts';
import type { CanaryEvidence } from './evidence/evidence.ts';
import type { FlipSummary } from './flips.ts';
import type { ShiftJudgement } from './judge-shift.ts';
import type { LatencyChange } from './latency.ts';
import type { ModelShift } from './model-shift.ts';
import type { UnpairedCase } from './pair-cases.ts';
import type { AcceptancePolicy } from './policy.ts';

export const acceptanceVerdicts = [
  'accepted',
  'accepted with marginal cases',
  'rejected',
  'not enough data',
  'board unfit',
] as const;
export type AcceptanceVerdict = (typeof acceptanceVerdicts)[number];

/** Something that was found, and what it does to the verdict. */
export interface Finding {
  readonly effect: 'unfit' | 'reject' | 'data' | 'marginal' | 'note' | 'improvement';
  /** Stable word for scripts, e.g. `shift-scale`, `clear-flip`. */
  readonly kind: string;
  readonly model?: string | undefined;
  readonly case?: string | undefined;
  /** One plain sentence with its numbers. */
  readonly message: string;
}

/** The judgement on one output of a network. */
export interface OutputAssessment {
  readonly output: string;
  readonly shift: ModelShift;
  readonly judgements: readonly ShiftJudgement[];
}

/** The judgement on one network in one numeric format: all cases of one spec. */
export interface ModelAssessment {
  readonly name: string;
  readonly format: NumericFormat;
  readonly pairs: number;
  readonly unpaired: number;
  /** The file on the board is another one too: converter and runtime changed together. */
  readonly modelChanged: boolean;
  readonly outputs: readonly OutputAssessment[];
  readonly flips: FlipSummary | undefined;
  readonly latency: LatencyChange | undefined;
  readonly changes: readonly CaseChange[];
  readonly findings: readonly Finding[];
  readonly verdict: AcceptanceVerdict;
}

/** How much the board's answers scatter from run to run. */
export interface NoiseStatement {
  /** Cases whose repeats were compared, of both stacks together. */
  readonly repeatedCases: number;
  readonly unstableCases: number;
  readonly message: string;
}

export interface StackSummary {
  readonly label: string;
  readonly runs: readonly string[];
  readonly boards: readonly string[];
  /** What the boards said of themselves, e.g. the runtime's banner; each text once. */
  readonly versions: readonly string[];
}

/** Whether one may move from the baseline stack to the candidate, and why. Plain data. */
export interface Assessment {
  readonly schema: 1;
  readonly verdict: AcceptanceVerdict;
  /** Why, in plain sentences, the weightiest first. */
  readonly reasons: readonly string[];
  readonly baseline: StackSummary;
  readonly candidate: StackSummary;
  readonly simulated: boolean;
  readonly models: readonly ModelAssessment[];
  readonly findings: readonly Finding[];
  readonly unpaired: readonly UnpairedCase[];
  readonly canaries: readonly CanaryEvidence[];
  readonly noise: NoiseStatement;
  /** What these data can and cannot show. */
  readonly power: readonly string[];
  readonly policy: AcceptancePolicy;
  /** What moved each network, converter or runtime, where the grid was run. */
  readonly attribution?: readonly ModelAttribution[] | undefined;
}
