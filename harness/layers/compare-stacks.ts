import type { Tensor } from '../tensor/tensor.ts';
import type { AnalysedLayers } from './analyse-layers.ts';
import type { LayerRow } from './layer-analysis.ts';
import { describeLayer } from './suspect.ts';

/** One layer on two SDK stacks. */
export interface StackRow {
  readonly value: string;
  /** Both boards gave the same bits for everything that the layer reads. */
  readonly sameInputs: boolean;
  readonly sameOutput: boolean;
  /** Largest difference of the two boards' values. */
  readonly maxDifference: number;
  /** Root mean square of the layer's own error on each stack. */
  readonly own: readonly [number, number];
  /** The layer's own error is not of the same size on both, beyond what chance does to rounding. */
  readonly ownErrorChanged: boolean;
}

/** Plain data: where two SDK stacks part. */
export interface StackComparison {
  readonly sdks: readonly [string, string];
  /** Layers that both analyses have, in the order of the first. */
  readonly rows: readonly StackRow[];
  /** Index of the first row whose own error changed; absent if the stacks agree in every layer. */
  readonly first?: number | undefined;
  /** What the comparison came to, for people. */
  readonly sentence: string;
}

/** Own errors whose ratio is nearer to 1 are alike, however many values they are made of. */
const leastRatio = 1.05;

/**
 * Finds the first layer that computes otherwise on another SDK stack. While both stacks agree in all that a layer reads,
 * any differing bit is its own doing; behind the first difference only the sizes of own errors can be compared.
 *
 * @param before - One case on one stack.
 * @param after - The same case on the other.
 */
export function compareStacks(
  sdks: readonly [string, string],
  before: AnalysedLayers,
  after: AnalysedLayers,
): StackComparison {
  const others = new Map(after.analysis.rows.map((row) => [row.value, row]));
  const same = new Set<string>();
  const mapped = new Set(before.analysis.rows.map(({ value }) => value));
  const rows: StackRow[] = [];
  const kept: LayerRow[] = [];
  for (const row of before.analysis.rows) {
    const other = others.get(row.value);
    if (!other) continue;
    const maxDifference = largestDifference(
      before.tensors.board[row.index]!,
      after.tensors.board[other.index]!,
    );
    const sameInputs = row.fedBy.every((name) => !mapped.has(name) || same.has(name));
    const sameOutput = maxDifference === 0;
    if (sameOutput) same.add(row.value);
    kept.push(row);
    rows.push({
      value: row.value,
      sameInputs,
      sameOutput,
      maxDifference,
      own: [row.isolated.rmse, other.isolated.rmse],
      ownErrorChanged: sameInputs
        ? !sameOutput
        : differ(row.isolated.rmse, other.isolated.rmse, before.tensors.board[row.index]!.data.length),
    });
  }
  const first = rows.findIndex(({ ownErrorChanged }) => ownErrorChanged);
  return {
    sdks,
    rows,
    ...(first === -1 ? {} : { first }),
    sentence: first === -1 ? agreement(sdks, rows) : partingOf(sdks, rows[first]!, kept[first]!),
  };
}

function agreement([a, b]: readonly [string, string], rows: readonly StackRow[]): string {
  return rows.every(({ sameOutput }) => sameOutput)
    ? `${a} and ${b} give the same bits in all ${rows.length} layers that were compared`
    : `no layer’s own error changed between ${a} and ${b}`;
}

function partingOf([a, b]: readonly [string, string], row: StackRow, layer: LayerRow): string {
  const [own, other] = row.own.map((error) => Number(error.toPrecision(3)));
  const where = row.sameInputs
    ? `for the same inputs its values differ by up to ${Number(row.maxDifference.toPrecision(3))}`
    : 'its inputs differ already';
  const isFirstOfAll = layer.fedBy.length > 0 && layer.index === 0;
  return `${describeLayer(layer)} is the first layer whose own error changed from ${a} to ${b}: ${where}; own error ${own} rms before, ${other} after${isFirstOfAll ? ' (it is the first layer: the conversion of the input counts with it)' : ''}`;
}

/** Bits count: where one side is NaN and the other is not, the difference is NaN. */
function largestDifference({ data: a }: Tensor<'float32'>, { data: b }: Tensor<'float32'>): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (difference > largest) largest = difference;
    else if (Number.isNaN(difference) && !Object.is(a[i], b[i])) return NaN;
  }
  return largest;
}

/** The root mean square of n rounding errors varies by about 1 / sqrt(2 n) from input to input. */
function differ(a: number, b: number, count: number): boolean {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Number.isFinite(a) !== Number.isFinite(b);
  if (a === 0 || b === 0) return a !== b;
  return Math.abs(Math.log(a / b)) > Math.max(Math.log(leastRatio), 6 / Math.sqrt(2 * count));
}
