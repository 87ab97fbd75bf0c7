import type { NumericFormat } from '../tensor/quantisation.ts';
import type { ModelShift } from './model-shift.ts';
import type { AcceptancePolicy } from './policy.ts';
import type { Estimate } from './statistics/estimate.ts';
import { studentCritical } from './statistics/student-t.ts';

export const shiftKinds = ['scale', 'offset', 'error'] as const;
export type ShiftKind = (typeof shiftKinds)[number];

/** What one of the three questions came to. */
export interface ShiftJudgement {
  readonly kind: ShiftKind;
  readonly estimate: Estimate;
  /** Corrected for all tests of the check. */
  readonly adjustedP: number;
  /**
   * - `none`: nothing that chance would not give.
   * - `small`: systematic, but below the policy's margin.
   * - `shifted`: systematic and at least the margin.
   */
  readonly finding: 'none' | 'small' | 'shifted';
  /** Whether the new stack is farther from the golden in this respect. */
  readonly worse: boolean;
  /** The policy's margin for this network. */
  readonly margin: number;
  /** The data exclude a worsening beyond the policy's resolution. */
  readonly resolved: boolean;
  readonly resolution: number;
  /**
   * A change of this size would have been found in 99 of 100 such sets of inputs. Undefined if many inputs have the same
   * bits on both stacks: then steps hide small changes, and the scatter without a shift says little about that with one.
   */
  readonly detectable: number | undefined;
}

const mostIdentical = 0.25;

/** The estimates that are tested, in the order of {@link shiftKinds}; what cannot be told is left out. */
export function shiftTests(shift: ModelShift): { readonly kind: ShiftKind; readonly estimate: Estimate }[] {
  const estimates = {
    scale: shift.scale?.change,
    offset: shift.offset?.change,
    error: shift.error?.growth,
  };
  return shiftKinds.flatMap((kind) => {
    const estimate = estimates[kind];
    return estimate === undefined ? [] : [{ kind, estimate }];
  });
}

/**
 * Systematic is what cannot be chance (p after Holm's correction); it matters if the estimate reaches the margin. What
 * is not found is no proof of absence: the interval must also exclude a worsening that the policy could not bear (the
 * upper half of two one-sided tests).
 *
 * @param adjustedP - Of each test of {@link shiftTests}, in that order.
 */
export function judgeShift(
  shift: ModelShift,
  adjustedP: readonly number[],
  format: NumericFormat,
  policy: AcceptancePolicy,
): ShiftJudgement[] {
  return shiftTests(shift).map(({ kind, estimate }, index) => {
    const margin = marginOf(kind, shift, policy);
    const resolution = policy.resolution[format][kind];
    const p = adjustedP[index] ?? 1;
    const systematic = p <= 1 - policy.confidence;
    return {
      kind,
      estimate,
      adjustedP: p,
      finding: !systematic ? 'none' : Math.abs(estimate.value) >= margin ? 'shifted' : 'small',
      worse: isWorse(kind, shift),
      margin,
      resolved: worstCase(kind, shift, estimate) <= resolution,
      resolution,
      detectable:
        shift.identicalInputs > mostIdentical * shift.inputs
          ? undefined
          : detectable(estimate, policy.confidence),
    };
  });
}

function marginOf(kind: ShiftKind, { error }: ModelShift, { margins }: AcceptancePolicy): number {
  return kind === 'error'
    ? Math.max(margins.error, margins.errorShare * (error?.before ?? 0))
    : margins[kind];
}

function isWorse(kind: ShiftKind, { scale, offset, error }: ModelShift): boolean {
  if (kind === 'error') return (error?.growth.value ?? 0) > 0;
  const side = kind === 'scale' ? scale : offset;
  return side !== undefined && Math.abs(side.after) > Math.abs(side.before);
}

/** How much worse the new stack may be at the interval's worse end: growth of the distance from the golden. */
function worstCase(kind: ShiftKind, { scale, offset }: ModelShift, { low, high }: Estimate): number {
  if (kind === 'error') return high;
  const before = (kind === 'scale' ? scale : offset)?.before ?? 0;
  return Math.max(Math.abs(before + low), Math.abs(before + high)) - Math.abs(before);
}

function detectable({ standardError, df }: Estimate, confidence: number): number {
  // One-sided 99 % beyond the two-sided critical value.
  return standardError * (studentCritical(confidence, df) + studentCritical(0.98, df));
}
