import type { OutputComparison } from '../../harness/compare/comparison.ts';
import { realNumbers } from '../../harness/compare/real-numbers.ts';
import { rowsOf } from '../../harness/compare/rows.ts';
import type { Capture } from '../../harness/store/capture-view.ts';
import { elementCount } from '../../harness/tensor/tensor.ts';
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
  const [goldenValues, boardValues] = [realNumbers(golden), realNumbers(board)];
  if (output.kind === 'values') {
    const spread = spreadOfErrors(goldenValues, boardValues);
    return errorHistogram(spread, { title: `${output.name}: errors`, atol: output.limits.atol });
  }
  const row = output.ranking?.row ?? 0;
  const { length } = rowsOf(golden.shape);
  const [start, end] = [row * length, (row + 1) * length];
  const classes = topClasses(goldenValues.subarray(start, end), boardValues.subarray(start, end), { labels });
  return barChart(classes, {
    title: `${output.name}: golden against board${row > 0 ? `, row ${row}` : ''}`,
    logScale: output.kind === 'probabilities' && spansDecades(classes),
  });
}

/** Linear bars are the honest picture of a probability; three decades apart only the first would be seen. */
function spansDecades(classes: readonly { golden: number | undefined }[]): boolean {
  const [first, second] = classes;
  const runnerUp = second?.golden ?? 0;
  return runnerUp > 0 && (first?.golden ?? 0) / runnerUp > 1000;
}
