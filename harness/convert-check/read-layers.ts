import type { AnalysedLayers } from '../layers/analyse-layers.ts';
import type { LayerRow } from '../layers/layer-analysis.ts';
import { affineOf } from '../reference/npu-format/encode-values.ts';
import type { TensorStorage } from '../reference/npu-format/tensor-storage.ts';
import type { ConvertedLayer, LayerReading } from './conversion-check.ts';

/** Worst of several inputs, layer by layer; layers are those that could be mapped on the first input. */
export function readLayers(
  inputs: readonly AnalysedLayers[],
  lidOf: (row: LayerRow) => string | undefined,
): ConvertedLayer[] {
  const [first] = inputs;
  return (first?.analysis.rows ?? []).map((row) => {
    const seen = inputs.flatMap(({ analysis, tensors }) => {
      const at = analysis.rows.findIndex(({ value }) => value === row.value);
      const found = analysis.rows[at];
      return found ? [{ row: found, wanted: tensors.isolated[at]!.data }] : [];
    });
    const worst = (side: 'cumulative' | 'isolated') => ({
      cosine: Math.min(...seen.map((each) => each.row[side].cosine)),
      relative: Math.max(...seen.map((each) => each.row[side].relative)),
    });
    const isolated = worst('isolated');
    return {
      value: row.value,
      ops: row.nodes.map(({ opType }) => opType),
      lid: lidOf(row),
      cumulative: worst('cumulative'),
      isolated,
      clipped: Math.max(...seen.map(({ wanted }) => clippedShare(wanted, row.storage))),
      reading: readingOf(isolated.cosine),
    };
  });
}

export function readingOf(cosine: number): LayerReading {
  if (!(cosine >= 0.5)) return 'defect';
  if (cosine < 0.96) return 'bad';
  if (cosine < 0.99) return 'unfriendly';
  return cosine < 0.9999 ? 'healthy' : 'as float16';
}

const limits: Partial<Record<TensorStorage['dtype'], readonly [number, number]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  int16: [-32_768, 32_767],
};

/**
 * Share of values that a format cannot hold: more than half a step beyond its ends, for float16 beyond 65504.
 *
 * @param wanted - What the float layer gives.
 */
export function clippedShare(wanted: Float32Array, storage: TensorStorage | undefined): number {
  if (storage === undefined || wanted.length === 0) return 0;
  const [low, high] = holds(storage);
  let beyond = 0;
  for (const value of wanted) if (value < low || value > high) beyond++;
  return beyond / wanted.length;
}

function holds({ dtype, quantisation }: TensorStorage): readonly [number, number] {
  if (dtype === 'float16') return [-65_504, 65_504];
  const codes = limits[dtype];
  if (codes === undefined) return [-Infinity, Infinity];
  const { step, zp } = affineOf(quantisation);
  return [(codes[0] - zp - 0.5) * step, (codes[1] - zp + 0.5) * step];
}
