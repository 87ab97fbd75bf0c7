import type { Pixels, Size } from '../pixels.ts';
import { type Axis, centredAxis, coefficientOne, linearWeights, straddlingAxis } from './axis.ts';

/** `cv2.INTER_LINEAR` on 8-bit data, bit for bit: 11-bit coefficients, two roundings downwards, one to nearest. */
export function resizeLinear(source: Pixels, target: Size): Pixels {
  return interpolate(
    source,
    centredAxis(source.width, target.width, 2, linearWeights),
    centredAxis(source.height, target.height, 2, linearWeights),
  );
}

/** `cv2.INTER_AREA` where an axis grows: OpenCV interpolates both axes linearly there, at positions of its own. */
export function resizeStraddling(source: Pixels, target: Size): Pixels {
  return interpolate(
    source,
    straddlingAxis(source.width, target.width),
    straddlingAxis(source.height, target.height),
  );
}

function interpolate(source: Pixels, across: Axis, down: Axis): Pixels {
  const { channels } = source;
  const width = across.first.length;
  const height = down.first.length;
  const data = new Uint8Array(width * height * channels);
  const filterRow = rowFilter(source, across);
  const lastRow = source.height - 1;
  const rowLength = width * channels;
  let upper = { index: -1, values: new Int32Array(rowLength) };
  let lower = { index: -1, values: new Int32Array(rowLength) };

  for (let y = 0, write = 0; y < height; y++) {
    const first = down.first[y]!;
    const upperIndex = Math.max(first, 0);
    const lowerIndex = Math.min(first + 1, lastRow);
    if (upper.index !== upperIndex) {
      // The row below of one target row is often the row above of the next.
      [upper, lower] = [lower, upper];
      if (upper.index !== upperIndex) filterRow((upper.index = upperIndex), upper.values);
    }
    if (lower.index !== lowerIndex) filterRow((lower.index = lowerIndex), lower.values);
    const a = upper.values;
    const b = lower.values;
    const weightA = down.coefficients[2 * y]!;
    const weightB = down.coefficients[2 * y + 1]!;
    for (let x = 0; x < rowLength; x++, write++) {
      const sum = ((weightA * (a[x]! >> 4)) >> 16) + ((weightB * (b[x]! >> 4)) >> 16);
      data[write] = (sum + 2) >> 2;
    }
  }
  return { width, height, channels, data };
}

/** Filters one source row across; results carry the coefficients' 11 fractional bits. */
function rowFilter(
  { width, channels, data }: Pixels,
  { first, coefficients }: Axis,
): (row: number, into: Int32Array) => void {
  const length = first.length * channels;
  const near = new Int32Array(length);
  const far = new Int32Array(length);
  const nearWeight = new Int32Array(length);
  const farWeight = new Int32Array(length);
  for (let x = 0, i = 0; x < first.length; x++) {
    const base = first[x]!;
    const inside = base >= 0 && base < width - 1;
    const clamped = Math.min(Math.max(base, 0), width - 1);
    for (let c = 0; c < channels; c++, i++) {
      near[i] = clamped * channels + c;
      far[i] = (inside ? clamped + 1 : clamped) * channels + c;
      nearWeight[i] = inside ? coefficients[2 * x]! : coefficientOne;
      farWeight[i] = inside ? coefficients[2 * x + 1]! : 0;
    }
  }
  return (row, into) => {
    const start = row * width * channels;
    for (let i = 0; i < length; i++) {
      into[i] = data[start + near[i]!]! * nearWeight[i]! + data[start + far[i]!]! * farWeight[i]!;
    }
  };
}
