import { affineOf } from '../reference/npu-format/encode-values.ts';
import { realValues } from '../reference/rknn/constant-values.ts';
import type { StoredConstant } from '../reference/rknn/read-constants.ts';
import type { GraphNode } from '../reference/rknn/read-graph.ts';
import { nameOf, type NodePair } from './align-nodes.ts';
import { distanceOf, type ValueDistance } from './distance.ts';
import { sameStorage } from './format-storage.ts';
import type { ConstantChange, TensorChange } from './model-diff.ts';

/** Finds the float network's values of a constant; undefined where it has none like it. */
export type FloatConstants = (values: Float32Array) => Float32Array | undefined;

export interface ComparedConstants {
  readonly changes: readonly ConstantChange[];
  readonly compared: number;
}

/** Holds the constants of steps that both files have against each other, and both against the float network. */
export function diffConstants(
  pairs: readonly NodePair[],
  floats: FloatConstants | undefined,
): ComparedConstants {
  let compared = 0;
  const changes = pairs.flatMap(({ before, after }) => {
    if (!before || !after) return [];
    return after.inputs.flatMap((source, port): ConstantChange[] => {
      const was = before.inputs[port];
      if (source?.kind !== 'constant' || was?.kind !== 'constant') return [];
      compared++;
      const change = diffConstant(was.constant, source.constant, floats);
      return change ? [{ node: nameOf(after), op: after.op, role: roleOf(after, port), ...change }] : [];
    });
  });
  return { changes, compared };
}

const weighted = /^(CONV2D|GROUPED_CONV2D|DECONVOLUTION|FCL|FCL2|CONV_RELU|FCL_RELU|MATRIXMUL)/;

const roleOf = ({ op }: GraphNode, port: number): ConstantChange['role'] =>
  !weighted.test(op) ? 'constant' : port === 1 ? 'weight' : 'bias';

function diffConstant(
  before: StoredConstant,
  after: StoredConstant,
  floats: FloatConstants | undefined,
): Omit<ConstantChange, 'node' | 'op' | 'role'> | undefined {
  const [old, now] = [before.codes.data, after.codes.data];
  const sameFormat = sameStorage(before.storage, after.storage);
  const comparable = before.codes.dtype === after.codes.dtype && old.length === now.length;
  const codesChanged = sameFormat && comparable ? countDifferent(old, now) : undefined;
  if (codesChanged === 0) return undefined;
  const common = {
    before: before.storage,
    after: after.storage,
    elements: now.length,
    ...(codesChanged === undefined ? {} : { codesChanged }),
  };
  if (old.length !== now.length) return common;
  const [oldValues, nowValues] = [realValues(before).values, realValues(after).values];
  const distance = distanceOf(oldValues, nowValues);
  const float = floats?.(oldValues);
  return {
    ...common,
    ...distance,
    ...(float ? { againstFloat: againstFloat(float, oldValues, nowValues) } : {}),
  };
}

const againstFloat = (float: Float32Array, before: Float32Array, after: Float32Array) => ({
  before: relativeOf(distanceOf(float, before)),
  after: relativeOf(distanceOf(float, after)),
});

const relativeOf = ({ relative }: ValueDistance): number => relative;

function countDifferent(a: ArrayLike<unknown>, b: ArrayLike<unknown>): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) count++;
  return count;
}

/** Formats of what the steps give out. */
export function diffTensors(pairs: readonly NodePair[]): { changes: TensorChange[]; compared: number } {
  let compared = 0;
  const changes = pairs.flatMap(({ before, after }) =>
    (after?.outputs ?? []).flatMap(({ storage }, port): TensorChange[] => {
      const was = before?.outputs[port]?.storage;
      if (!after || !was) return [];
      compared++;
      if (sameStorage(was, storage)) return [];
      const integers = was.quantisation.kind !== 'none' && storage.quantisation.kind !== 'none';
      const stepRatio = integers
        ? affineOf(storage.quantisation).step / affineOf(was.quantisation).step
        : undefined;
      return [
        {
          node: nameOf(after),
          op: after.op,
          port,
          before: was,
          after: storage,
          ...(stepRatio === undefined ? {} : { stepRatio }),
        },
      ];
    }),
  );
  return { changes, compared };
}
