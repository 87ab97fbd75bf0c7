import type { LayerAnalysis, LayerRow, LayerSuspect } from './layer-analysis.ts';

/** Below this, a layer may be another one than it is taken for. */
const doubtful = 0.6;

/** The first layer, in execution order, whose own error is beyond what its format allows. */
export function findSuspect(
  rows: readonly LayerRow[],
  format: Exclude<LayerAnalysis['format'], 'unknown'> | undefined,
): LayerSuspect | undefined {
  const row = rows.find(({ excess }) => excess > 1);
  if (!row || format === undefined) return undefined;
  const { isolated, expected, excess, wrong, confidence } = row;
  const size = `its own error is ${figure(isolated.rmse)} rms and ${figure(isolated.maxAbsError)} at most, where ${format} explains ${figure(expected!.isolated.rmse)} and ${figure(expected!.isolated.maxAbsError)}`;
  // A factor on a whole layer may hide below the steps of a coarse format, where single errors look like its rounding.
  const looksHealthy = wrong !== undefined && /^(no-difference|rounding|truncation)$/.test(wrong.kind);
  const factor = looksHealthy
    ? ` Each error is of the size of rounding, but all together they are a factor of ${isolated.gain.toFixed(4)}, where ${format} explains ${expected!.isolated.gain.toFixed(4)}.`
    : '';
  const doubt =
    confidence < doubtful
      ? ` It is not certain that this dump is this layer (confidence ${confidence}: ${row.grounds}).`
      : '';
  return {
    row: row.index,
    sentence: `${describeLayer(row)} is the first layer that is itself wrong: ${size} (${figure(excess)} times what is allowed).${factor}${wrong && !looksHealthy ? ` ${wrong.sentence}` : ''}${doubt}`,
  };
}

/** e.g. `conv2_relu (Conv, Relu)`. */
export const describeLayer = ({ value, nodes }: Pick<LayerRow, 'value' | 'nodes'>): string =>
  `${value} (${nodes.map(({ opType }) => opType).join(', ')})`;

const figure = (value: number) =>
  Number.isFinite(value) ? Number(value.toPrecision(3)).toString() : `${value}`;
