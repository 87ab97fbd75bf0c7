import { elementCount } from '../../tensor/tensor.ts';
import { imageExtents, type ElementOrder } from './element-order.ts';

/** How many elements decide which layer a dump is; correlations of this many differ from 0 by chance by about 0.02. */
const sampleSize = 2048;

/** Positions inside a value of some shape that stand for all of it, spread without a period. */
export class Sample {
  /** Flat positions in the value. */
  readonly positions: Int32Array;
  readonly #shape: readonly number[];

  constructor(shape: readonly number[]) {
    const count = elementCount(shape);
    this.#shape = shape;
    if (count <= sampleSize) {
      this.positions = Int32Array.from({ length: count }, (_, i) => i);
      return;
    }
    // Multiples of the golden ratio fall evenly, whatever extents the shape has.
    const golden = (Math.sqrt(5) - 1) / 2;
    this.positions = Int32Array.from({ length: sampleSize }, (_, i) =>
      Math.min(count - 1, Math.floor(((i * golden) % 1) * count)),
    );
  }

  take(values: Float32Array): Float32Array {
    const { positions } = this;
    const taken = new Float32Array(positions.length);
    for (let i = 0; i < positions.length; i++) taken[i] = values[positions[i]!]!;
    return taken;
  }

  /** The same elements of a dump that holds them in an order of its own. */
  takeOrdered(values: Float32Array, { strides }: ElementOrder): Float32Array {
    const [, channels, rows, columns] = imageExtents(this.#shape);
    const [perImage, perChannel, perRow, perColumn] = strides;
    const { positions } = this;
    const taken = new Float32Array(positions.length);
    for (let i = 0; i < positions.length; i++) {
      const position = positions[i]!;
      const row = Math.floor(position / columns);
      const plane = Math.floor(row / rows);
      const c = plane % channels;
      const n = Math.floor(plane / channels);
      taken[i] =
        values[n * perImage + c * perChannel + (row % rows) * perRow + (position % columns) * perColumn]!;
    }
    return taken;
  }
}

/** How alike two samples are. */
export interface Likeness {
  /** Pearson's correlation, shrunk for small samples, where it means little; 0 if a side does not vary. */
  readonly correlation: number;
  /** 1 for equal values, falling with the error over the reference's size: 1/2 where it is a tenth. */
  readonly closeness: number;
}

export function likeness(reference: Float32Array, dump: Float32Array): Likeness {
  const count = reference.length;
  let [sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const a = reference[i]!;
    const b = dump[i]!;
    sumA += a;
    sumB += b;
    sumAA += a * a;
    sumBB += b * b;
    sumAB += a * b;
  }
  const covariance = sumAB - (sumA * sumB) / count;
  const varianceA = sumAA - (sumA * sumA) / count;
  const varianceB = sumBB - (sumB * sumB) / count;
  const raw = covariance / Math.sqrt(varianceA * varianceB);
  const squaredError = Math.max(0, sumAA - 2 * sumAB + sumBB);
  const relative = squaredError === 0 ? 0 : squaredError / sumAA;
  return {
    correlation: Number.isFinite(raw) ? Math.max(-1, Math.min(1, raw)) * (1 - Math.exp(-count / 8)) : 0,
    closeness: Number.isFinite(relative) ? 1 / (1 + relative * 100) : 0,
  };
}
