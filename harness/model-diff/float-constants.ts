import { tensorFromOnnx, type OnnxModel } from '../reference/onnx/model.ts';
import type { FloatConstants } from './diff-constants.ts';
import { distanceOf } from './distance.ts';

/** A constant is another network's own if it is this far off; formats of 8 bits keep well below. */
const farthest = 0.5;

/**
 * Looks up float constants by their values: names do not survive a conversion, orders do not survive all of them, and
 * a quantised list is close to one float list only.
 *
 * @param folded - The float network with BatchNormalization folded into weights, as converters do.
 */
export function floatConstants(folded: OnnxModel, origin: string): FloatConstants {
  const bySize = new Map<number, Float32Array[]>();
  for (const initializer of folded.graph.initializer) {
    const { dtype, data } = tensorFromOnnx(initializer, origin);
    if (dtype !== 'float32') continue;
    const list = bySize.get(data.length);
    if (list) list.push(data as Float32Array);
    else bySize.set(data.length, [data as Float32Array]);
  }
  return (values) => {
    const candidates = (bySize.get(values.length) ?? [])
      .map((float) => ({ float, ...distanceOf(float, values) }))
      .sort((a, b) => a.relative - b.relative);
    const [best] = candidates;
    return best && best.relative < farthest ? best.float : undefined;
  };
}
