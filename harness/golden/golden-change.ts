import { compareFacts, type FactDifference } from './check-golden.ts';
import { indexOfLargest, realValues } from './real-values.ts';
import type { Golden } from './golden.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** The largest element of an output. */
export interface LargestElement {
  /** Flat row-major index. */
  readonly index: number;
  readonly value: number;
}

/** What became of one output. */
export type OutputChange =
  | { readonly name: string; readonly kind: 'added' | 'removed' | 'unchanged' }
  | {
      readonly name: string;
      /** Another dtype or shape: the values cannot be compared. */
      readonly kind: 'reshaped';
      readonly before: Pick<Tensor, 'dtype' | 'shape'>;
      readonly after: Pick<Tensor, 'dtype' | 'shape'>;
    }
  | {
      readonly name: string;
      readonly kind: 'changed';
      readonly maxAbsDifference: number;
      /** Flat row-major index of the largest difference. */
      readonly at: number;
      readonly before: LargestElement;
      readonly after: LargestElement;
      /** The largest element is another one. */
      readonly top1Changed: boolean;
    };

/** What is new in a golden that replaces another. */
export interface GoldenChange {
  readonly kind: 'new' | 'unchanged' | 'changed';
  /** What it is made from that was another before. */
  readonly facts: readonly FactDifference[];
  readonly outputs: readonly OutputChange[];
}

/** @param before - undefined if there was none, or none that could be read. */
export function describeChange(before: Golden | undefined, after: Golden): GoldenChange {
  const names = new Set([...(before?.outputs.keys() ?? []), ...after.outputs.keys()]);
  const outputs = Array.from(names, (name) =>
    describeOutput(name, before?.outputs.get(name), after.outputs.get(name)),
  );
  if (before === undefined) return { kind: 'new', facts: [], outputs };
  const facts = compareFacts(before.manifest, after.manifest);
  const same = facts.length === 0 && outputs.every(({ kind }) => kind === 'unchanged');
  return { kind: same ? 'unchanged' : 'changed', facts, outputs };
}

function describeOutput(name: string, before: Tensor | undefined, after: Tensor | undefined): OutputChange {
  if (before === undefined) return { name, kind: 'added' };
  if (after === undefined) return { name, kind: 'removed' };
  if (before.dtype !== after.dtype || before.shape.join() !== after.shape.join()) {
    const kindOf = ({ dtype, shape }: Tensor) => ({ dtype, shape });
    return { name, kind: 'reshaped', before: kindOf(before), after: kindOf(after) };
  }
  const [old, next] = [realValues(before), realValues(after)];
  let at = -1;
  let maxAbsDifference = 0;
  for (let i = 0; i < next.length; i++) {
    const difference = Math.abs(next[i]! - old[i]!);
    if (difference > maxAbsDifference) [at, maxAbsDifference] = [i, difference];
  }
  if (at < 0) return { name, kind: 'unchanged' };
  const [top, newTop] = [indexOfLargest(old), indexOfLargest(next)];
  return {
    name,
    kind: 'changed',
    maxAbsDifference,
    at,
    before: { index: top, value: old[top]! },
    after: { index: newTop, value: next[newTop]! },
    top1Changed: top !== newTop,
  };
}
