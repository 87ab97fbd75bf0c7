import type { CaseChange, Top1Change } from './case-change.ts';
import type { AcceptancePolicy } from './policy.ts';
import { mcNemar } from './statistics/mcnemar.ts';
import { inputsToShow, rateBelow } from './statistics/proportion.ts';

/** A top-1 answer that changed from one stack to the other. */
export interface Flip {
  readonly case: string;
  readonly output: string;
  /** Against the golden: wrong to right, right to wrong, from one wrong class to another. */
  readonly kind: 'fixed' | 'broken' | 'sideways';
  /** The golden hardly tells its two best classes apart; such a flip says little. */
  readonly nearTie: boolean;
  readonly top1: Top1Change;
}

export interface FlipSummary {
  /** Answers that could flip. */
  readonly inputs: number;
  readonly flips: readonly Flip[];
  readonly fixed: number;
  readonly broken: number;
  readonly sideways: number;
  /** McNemar's exact p-value, two-sided. */
  readonly p: number;
  readonly midP: number;
  /** The rate of changed answers is below this, at 95 % confidence. */
  readonly rateBelow: number;
  /** What so many inputs without a flip would show: for the sentence about power. */
  readonly toShow1Percent: number;
  /** A golden margin below this (nats) counts as a near-tie here. */
  readonly nearTieBelow: number;
}

/** Confidence of statements about rates: what people expect where they read "the rule of three". */
export const rateConfidence = 0.95;

/** So many usual changes of the margin are a near-tie: about 2.7 standard deviations, as the usual is a median. */
const usualChanges = 4;

/** @returns undefined where the network's outputs have no classes. */
export function flipsOf(
  changes: readonly CaseChange[],
  policy: Pick<AcceptancePolicy, 'nearTie'>,
): FlipSummary | undefined {
  const answers = changes.flatMap((change) =>
    change.outputs.flatMap(({ output, top1 }) => (top1 ? [{ case: change.name, output, top1 }] : [])),
  );
  if (answers.length === 0) return undefined;
  const nearTieBelow = Math.max(
    policy.nearTie,
    usualChanges * usualMarginChange(answers.map(({ top1 }) => top1)),
  );
  const flips = answers.flatMap(({ top1, ...where }): Flip[] => {
    const kind = flipKind(top1);
    const nearTie = Math.abs(top1.goldenMargin) < nearTieBelow;
    return kind === undefined ? [] : [{ ...where, kind, nearTie, top1 }];
  });
  const count = (kind: Flip['kind']) => flips.filter((flip) => flip.kind === kind).length;
  const [fixed, broken, sideways] = [count('fixed'), count('broken'), count('sideways')];
  return {
    inputs: answers.length,
    flips,
    fixed,
    broken,
    sideways,
    ...mcNemar(broken, fixed),
    rateBelow: rateBelow(flips.length, answers.length, rateConfidence),
    toShow1Percent: inputsToShow(0.01, rateConfidence),
    nearTieBelow,
  };
}

function flipKind({ agreed, agrees, before, after }: Top1Change): Flip['kind'] | undefined {
  if (agreed !== agrees) return agrees ? 'fixed' : 'broken';
  return !agreed && before.index !== after.index ? 'sideways' : undefined;
}

/** Median of how far the old stack moves the margin: what its format does to any answer. */
function usualMarginChange(answers: readonly Top1Change[]): number {
  const changes = answers
    .map(({ goldenMargin, marginBefore }) => Math.abs(marginBefore - goldenMargin))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  return changes[changes.length >> 1] ?? 0;
}
