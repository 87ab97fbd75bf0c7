import type { DType } from '../tensor/dtype.ts';
import { formatShape, type NamedTensors, type Tensor } from '../tensor/tensor.ts';
import type { ElementPair, Metrics, StructuralFault } from './comparison.ts';
import { type RealNumbers, realNumbers } from './real-numbers.ts';

const isFloat = (dtype: DType): boolean => dtype === 'float16' || dtype === 'float32' || dtype === 'float64';

/** Outputs that are on one side only. Names must be equal; nothing is guessed. */
export function outputFaults(golden: NamedTensors, board: NamedTensors): StructuralFault[] {
  if (golden.size === 0 || board.size === 0) {
    const side = golden.size === 0 ? 'golden' : 'board';
    return [
      { kind: 'no-outputs', output: '', message: `the ${side} has no outputs, so nothing can be compared` },
    ];
  }
  const faults: StructuralFault[] = [];
  for (const output of golden.keys()) {
    if (board.has(output)) continue;
    const given = [...board.keys()].join(', ');
    faults.push({
      kind: 'missing-output',
      output,
      message: `output ${output} is missing; the board gave ${given}`,
    });
  }
  for (const output of board.keys()) {
    if (golden.has(output)) continue;
    const known = [...golden.keys()].join(', ');
    faults.push({
      kind: 'extra-output',
      output,
      message: `the board gave an output ${output} that the golden does not have (it has ${known})`,
    });
  }
  return faults;
}

/**
 * What makes a pair of outputs impossible to compare: another shape, no elements, or another sort of number. The board's
 * values arrive as real numbers, so float16, float32 and float64 are one sort. Whole numbers (class indices, masks) are
 * another: they may arrive as floats, but then each must be whole.
 */
export function shapeOrDtypeFault(
  output: string,
  golden: Tensor,
  board: Tensor,
): StructuralFault | undefined {
  const sameShape =
    golden.shape.length === board.shape.length &&
    golden.shape.every((extent, axis) => extent === board.shape[axis]);
  if (!sameShape) {
    return {
      kind: 'shape',
      output,
      message: `output ${output} has shape ${formatShape(board.shape)}, the golden has ${formatShape(golden.shape)}`,
    };
  }
  if (golden.data.length === 0) {
    return {
      kind: 'no-outputs',
      output,
      message: `output ${output} (${formatShape(golden.shape)}) has no elements, so nothing can be compared`,
    };
  }
  const wanted = isFloat(golden.dtype) ? 'real numbers' : 'whole numbers';
  const given = isFloat(board.dtype)
    ? isFloat(golden.dtype)
      ? 'real numbers'
      : fractionIn(board)
    : 'whole numbers';
  if (given === undefined || given === wanted) return undefined;
  return {
    kind: 'dtype',
    output,
    message: `output ${output} holds ${given} (${board.dtype}), the golden holds ${wanted} (${golden.dtype})`,
  };
}

/** The first finite fraction among floats that should be whole; NaN and Inf are another fault. */
function fractionIn(floats: Tensor): string | undefined {
  for (const value of realNumbers(floats)) {
    if (Number.isFinite(value) && !Number.isInteger(value)) return `fractions such as ${value}`;
  }
  return undefined;
}

/** NaN or Inf on either side fails whatever the tolerance says. */
export function nonFiniteFault(
  output: string,
  metrics: Metrics,
  board: RealNumbers,
): StructuralFault | undefined {
  const { goldenNonFinite, boardNonFinite, worst } = metrics;
  if (boardNonFinite > 0) {
    const nans = countNaN(board);
    const found = [
      ...(nans > 0 ? [`${nans} NaN`] : []),
      ...(boardNonFinite > nans ? [`${boardNonFinite - nans} infinite`] : []),
    ].join(' and ');
    return {
      kind: 'non-finite',
      output,
      message: `output ${output} has ${found} of ${board.length} values, the first at ${place(worst)}`,
    };
  }
  return goldenNonFinite > 0 ? brokenGolden(output, goldenNonFinite, worst) : undefined;
}

/** A golden that holds NaN or Inf, so that nothing can be held against it. */
export function brokenGolden(output: string, count: number, first: ElementPair | undefined): StructuralFault {
  return {
    kind: 'non-finite',
    output,
    message:
      `the golden of output ${output} has ${count} NaN or infinite, the first at ${place(first)}; ` +
      `nothing can be held against it`,
  };
}

const place = (pair: ElementPair | undefined): string => `[${pair?.index.join(', ') ?? ''}]`;

function countNaN(values: RealNumbers): number {
  let count = 0;
  for (const value of values) if (Number.isNaN(value)) count++;
  return count;
}
