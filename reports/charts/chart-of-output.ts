import type { OutputComparison } from '../../harness/compare/comparison.ts';
import type { Capture } from '../../harness/store/capture-view.ts';
import { type Tensor, elementCount } from '../../harness/tensor/tensor.ts';
import { elementReader } from '../facts/tensor-values.ts';
import { barChart } from './bar-chart.ts';
import { errorHistogram, spreadOfErrors } from './error-histogram.ts';
import { topClasses } from './top-classes.ts';

export interface ChartOptions {
  /** Names of the classes by index. */
  readonly labels?: Readonly<Record<number, string>> | undefined;
}

/**
 * The picture that fits an output: classes side by side for probabilities and logits (the row that was judged worst),
 * the spread of errors for other values.
 *
 * @returns An SVG file; undefined where the capture does not hold both sides in the same shape.
 */
export function chartOfOutput(
  output: OutputComparison,
  capture: Capture,
  { labels }: ChartOptions = {},
): string | undefined {
  const golden = capture.golden.get(output.name);
  const board = capture.board.get(output.name);
  if (!golden || !board || elementCount(golden.shape) !== elementCount(board.shape)) return undefined;
  if (output.kind === 'values') {
    const spread = spreadOfErrors(elementReader(golden), elementReader(board), elementCount(golden.shape));
    return errorHistogram(spread, { title: `${output.name}: errors`, atol: output.limits.atol });
  }
  const row = output.ranking?.row ?? 0;
  const classes = topClasses(rowOf(golden, row), rowOf(board, row), { labels });
  return barChart(classes, {
    title: `${output.name}: golden against board${row > 0 ? `, row ${row}` : ''}`,
    logScale: output.kind === 'probabilities' && spansDecades(classes),
  });
}

/** Classes lie along the last dimension that is not 1, so that a row is contiguous. */
function rowOf(source: Tensor, row: number): number[] {
  const classes = source.shape.findLast((extent) => extent !== 1) ?? 1;
  const read = elementReader(source);
  return Array.from({ length: classes }, (_, index) => read(row * classes + index));
}

/** Linear bars are the honest picture of a probability; three decades apart only the first would be seen. */
function spansDecades(classes: readonly { golden: number | undefined }[]): boolean {
  const [first, second] = classes;
  const runnerUp = second?.golden ?? 0;
  return runnerUp > 0 && (first?.golden ?? 0) / runnerUp > 1000;
}
