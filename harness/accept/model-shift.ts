import type { InputShift } from './input-shift.ts';
import { effectSize, mean, pairedMean } from './statistics/mean.ts';
import type { Estimate } from './statistics/estimate.ts';
import { slopeThroughOrigin } from './statistics/slope.ts';

/** The systematic part of what moved between two stacks, for one output of one network. */
export interface ModelShift {
  readonly inputs: number;
  /** Inputs whose outputs have the same bits on both stacks. */
  readonly identicalInputs: number;
  /** Change of the scale of the logits; undefined where the inputs do not tell one. */
  readonly scale: ScaleShift | undefined;
  /** The class that moved most surely against the others; undefined where no class has enough inputs. */
  readonly offset: OffsetShift | undefined;
  readonly error: ErrorGrowth | undefined;
  /** Share of all change that a scale alone, and that offsets of classes alone, account for. */
  readonly explained: { readonly scale: number; readonly offset: number };
}

export interface ScaleShift {
  /** Regression of each stack on the golden, as difference from 1: -0.01 is logits shrunk by 1 %. */
  readonly before: number;
  readonly after: number;
  readonly change: Estimate;
}

export interface OffsetShift {
  readonly class: number;
  /** Mean error of the class against the others, in nats. */
  readonly before: number;
  readonly after: number;
  /** Its p-value is corrected for the number of classes. */
  readonly change: Estimate;
}

export interface ErrorGrowth {
  /** Means over the inputs of the root mean square error, in nats. */
  readonly before: number;
  readonly after: number;
  readonly growth: Estimate;
  /** Mean of the paired differences in units of their spread. */
  readonly effect: number;
  readonly worseInputs: number;
  readonly betterInputs: number;
}

/** A class is tested if so many inputs show it, or half of them where that is more. */
const fewestInputsOfClass = 5;

/**
 * Three questions, each answered from paired differences so that what both stacks have in common cancels: did the scale
 * of the logits change (least squares on the golden, which has no noise of its own, so that neither stack's noise biases
 * the slope), did a class move against the others, did the error grow.
 */
export function modelShift(inputs: readonly InputShift[], confidence: number): ModelShift {
  const sum = (of: (input: InputShift) => number) => inputs.reduce((total, input) => total + of(input), 0);
  const [xx, dd] = [sum((input) => input.xx), sum((input) => input.dd)];
  const change = slopeThroughOrigin(inputs, confidence);
  const offsets = classOffsets(inputs, confidence);
  const best = offsets.reduce<OffsetShift | undefined>(
    (surest, each) => (surest === undefined || isSurer(each, surest) ? each : surest),
    undefined,
  );
  return {
    inputs: inputs.length,
    identicalInputs: inputs.filter(({ identical }) => identical).length,
    scale: change && {
      before: sum((input) => input.xErrorBefore) / xx,
      after: sum((input) => input.xErrorAfter) / xx,
      change,
    },
    offset: best && { ...best, change: corrected(best.change, offsets.length) },
    error: inputs.length < 2 ? undefined : errorGrowth(inputs, confidence),
    explained: {
      scale: dd === 0 || xx === 0 ? 0 : sum((input) => input.xd) ** 2 / xx / dd,
      offset: dd === 0 ? 0 : Math.min(1, explainedByOffsets(inputs) / dd),
    },
  };
}

const isSurer = ({ change: a }: OffsetShift, { change: b }: OffsetShift): boolean =>
  a.p === b.p ? Math.abs(a.value) > Math.abs(b.value) : a.p < b.p;

/** Two classes are each other's mirror image: one test. */
const corrected = (change: Estimate, classes: number): Estimate => ({
  ...change,
  p: Math.min(1, change.p * (classes === 2 ? 1 : classes)),
});

function classOffsets(inputs: readonly InputShift[], confidence: number): OffsetShift[] {
  const least = Math.max(fewestInputsOfClass, inputs.length / 2);
  const labels = new Set(inputs.flatMap(({ classes }) => [...classes.keys()]));
  return [...labels].flatMap((label) => {
    const shown = inputs.flatMap(({ classes }) => classes.get(label) ?? []);
    if (shown.length < least) return [];
    const resolution = Math.sqrt(shown.reduce((total, each) => total + each.gridVariance, 0)) / shown.length;
    return [
      {
        class: label,
        before: mean(shown.map(({ errorBefore }) => errorBefore)),
        after: mean(shown.map(({ errorAfter }) => errorAfter)),
        change: pairedMean(
          shown.map((each) => each.change),
          confidence,
          resolution,
        ),
      },
    ];
  });
}

/** Weighted sum of squares that the classes' mean changes account for. */
function explainedByOffsets(inputs: readonly InputShift[]): number {
  const classes = new Map<number, { weight: number; weighted: number }>();
  for (const input of inputs) {
    const total = [...input.classes.values()].reduce((sum, { weight }) => sum + weight, 0);
    for (const [label, { weight, change }] of input.classes) {
      const known = classes.get(label) ?? { weight: 0, weighted: 0 };
      // Back from "against the others" to "against the mean of all".
      const centredChange = input.classes.size === 1 ? change : (change * (total - weight)) / total;
      known.weight += weight;
      known.weighted += weight * centredChange;
      classes.set(label, known);
    }
  }
  return [...classes.values()].reduce((sum, { weight, weighted }) => sum + weighted ** 2 / weight, 0);
}

function errorGrowth(inputs: readonly InputShift[], confidence: number): ErrorGrowth {
  const differences = inputs.map(({ errorBefore, errorAfter }) => errorAfter - errorBefore);
  return {
    before: mean(inputs.map(({ errorBefore }) => errorBefore)),
    after: mean(inputs.map(({ errorAfter }) => errorAfter)),
    growth: pairedMean(differences, confidence),
    effect: effectSize(differences),
    worseInputs: differences.filter((difference) => difference > 0).length,
    betterInputs: differences.filter((difference) => difference < 0).length,
  };
}
