import { scanElements } from '../compare/element-scan.ts';
import { areIdentical, metricsOfIdentical, metricsOfScan } from '../compare/metrics.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { LayerError } from './layer-analysis.ts';

/**
 * The metrics of one layer.
 *
 * @param board - As many values as `reference` has.
 */
export function layerError(reference: Tensor<'float32'>, board: Tensor<'float32'>): LayerError {
  if (areIdentical(reference.data, board.data)) {
    return { ...chosen(metricsOfIdentical(reference.data, reference.shape, false)), relative: 0 };
  }
  const scan = scanElements(reference.data, board.data, 0, 0);
  const metrics = metricsOfScan(scan, NaN, reference.data, board.data, reference.shape);
  return { ...chosen(metrics), relative: Math.sqrt(scan.sumSquaredError / scan.sumSquaredGolden) };
}

const chosen = ({
  cosine,
  gain,
  maxAbsError,
  meanAbsError,
  rmse,
  snrDb,
  maxUlp,
}: Omit<LayerError, 'relative'>): Omit<LayerError, 'relative'> => ({
  cosine,
  gain,
  maxAbsError,
  meanAbsError,
  rmse,
  snrDb,
  maxUlp,
});
