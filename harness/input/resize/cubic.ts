import type { Pixels, Size } from '../pixels.ts';
import { centredAxis, type Axis } from './axis.ts';
import { roundHalfEven } from './round-half-even.ts';

const { fround } = Math;

/**
 * `cv2.INTER_CUBIC` on 8-bit data as OpenCV's own code computes it on x86-64: across in 11-bit fixed point,
 * down in float32 for whole groups of 8 elements of a row and in fixed point for the rest.
 */
export function resizeCubic(source: Pixels, target: Size): Pixels {
  const { channels } = source;
  const { width, height } = target;
  const across = centredAxis(source.width, width, 4, cubicWeights);
  const down = centredAxis(source.height, height, 4, cubicWeights);
  const rowLength = width * channels;
  const data = new Uint8Array(rowLength * height);
  const rows = filterRows(source, across);
  const vectorised = rowLength - (rowLength % vectorLanes);

  for (let y = 0; y < height; y++) {
    const first = down.first[y]!;
    const r0 = rows(first);
    const r1 = rows(first + 1);
    const r2 = rows(first + 2);
    const r3 = rows(first + 3);
    const c0 = down.coefficients[4 * y]!;
    const c1 = down.coefficients[4 * y + 1]!;
    const c2 = down.coefficients[4 * y + 2]!;
    const c3 = down.coefficients[4 * y + 3]!;
    const [f0, f1, f2, f3] = [c0 * unit, c1 * unit, c2 * unit, c3 * unit];
    const start = y * rowLength;
    for (let x = 0; x < vectorised; x++) {
      let sum = fround(r3[x]! * f3);
      sum = fround(fround(r2[x]! * f2) + sum);
      sum = fround(fround(r1[x]! * f1) + sum);
      sum = fround(fround(r0[x]! * f0) + sum);
      data[start + x] = clamp(roundHalfEven(sum));
    }
    for (let x = vectorised; x < rowLength; x++) {
      const sum = r0[x]! * c0 + r1[x]! * c1 + r2[x]! * c2 + r3[x]! * c3;
      data[start + x] = clamp((sum + (1 << 21)) >> 22);
    }
  }
  return { width, height, channels, data };
}

const vectorLanes = 8;
/** Both axes carry 11 fractional bits. */
const unit = 2 ** -22;

const clamp = (value: number): number => Math.min(255, Math.max(0, value));

/** Weights of the cubic convolution with a = -0.75, in float32 in OpenCV's order of operations. */
function cubicWeights(x: number): readonly number[] {
  const a = -0.75;
  const near = (d: number) =>
    fround(fround(fround(fround(fround(fround(a + 2) * d) - fround(a + 3)) * d) * d) + 1);
  const p = fround(x + 1);
  const w0 = fround(fround(fround(fround(fround(fround(a * p) - 5 * a) * p) + 8 * a) * p) - 4 * a);
  const w1 = near(x);
  const w2 = near(fround(1 - x));
  return [w0, w1, w2, fround(fround(fround(1 - w0) - w1) - w2)];
}

/**
 * Source rows filtered across, asked for from top to bottom, those outside as the border's; results carry 11
 * fractional bits.
 */
function filterRows(source: Pixels, { first, coefficients }: Axis): (row: number) => Int32Array {
  const { width, height, channels, data } = source;
  const length = first.length * channels;
  const reads = new Int32Array(4 * length);
  const weights = new Int32Array(4 * length);
  for (let x = 0, i = 0; x < first.length; x++) {
    for (let c = 0; c < channels; c++) {
      for (let k = 0; k < 4; k++, i++) {
        const column = Math.min(Math.max(first[x]! + k, 0), width - 1);
        reads[i] = column * channels + c;
        weights[i] = coefficients[4 * x + k]!;
      }
    }
  }
  const made = new Map<number, Int32Array>();
  return (wanted) => {
    const row = Math.min(Math.max(wanted, 0), height - 1);
    const known = made.get(row);
    if (known) return known;
    const values = takeOldest(made) ?? new Int32Array(length);
    const start = row * width * channels;
    for (let i = 0, tap = 0; i < length; i++, tap += 4) {
      values[i] =
        data[start + reads[tap]!]! * weights[tap]! +
        data[start + reads[tap + 1]!]! * weights[tap + 1]! +
        data[start + reads[tap + 2]!]! * weights[tap + 2]! +
        data[start + reads[tap + 3]!]! * weights[tap + 3]!;
    }
    made.set(row, values);
    return values;
  };
}

/** No target row needs more than the last four source rows; the memory of older ones is used again. */
function takeOldest(made: Map<number, Int32Array>): Int32Array | undefined {
  if (made.size < 4) return undefined;
  const [oldest] = made;
  if (!oldest) return undefined;
  made.delete(oldest[0]);
  return oldest[1];
}
