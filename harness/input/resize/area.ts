import type { Pixels, Size } from '../pixels.ts';
import { scaleOf } from './axis.ts';
import { roundHalfEven } from './round-half-even.ts';

/** The mean of `factor.width` x `factor.height` source pixels each, bit for bit as `cv2.INTER_AREA` rounds it. */
export function resizeBlocks(source: Pixels, target: Size, factor: Size): Pixels {
  const { channels } = source;
  const { width, height } = target;
  const data = new Uint8Array(width * height * channels);
  const area = factor.width * factor.height;
  const share = Math.fround(1 / area);
  // OpenCV has a path of its own for 2 x 2: halves go up there, elsewhere to even.
  const mean =
    factor.width === 2 && factor.height === 2
      ? (sum: number) => (sum + 2) >> 2
      : (sum: number) => roundHalfEven(Math.fround(sum * share));
  const sourceRow = source.width * channels;
  const sums = new Uint32Array(width * channels);

  for (let y = 0, write = 0; y < height; y++) {
    sums.fill(0);
    for (let dy = 0; dy < factor.height; dy++) {
      let read = (y * factor.height + dy) * sourceRow;
      for (let x = 0; x < width; x++) {
        for (let dx = 0; dx < factor.width; dx++) {
          for (let c = 0; c < channels; c++, read++) {
            sums[x * channels + c] = sums[x * channels + c]! + source.data[read]!;
          }
        }
      }
    }
    for (const sum of sums) data[write++] = mean(sum);
  }
  return { width, height, channels, data };
}

/** `cv2.INTER_AREA` that shrinks by fractional factors, bit for bit: weighted by coverage, summed in float32. */
export function resizeCoverage(source: Pixels, target: Size): Pixels {
  const { channels } = source;
  const { width, height } = target;
  const sourceRow = source.width * channels;
  const across = coverageOf(source.width, width, channels);
  const down = coverageOf(source.height, height, 1);
  const data = new Uint8Array(width * height * channels);
  const row = new Float32Array(width * channels);
  const sums = new Float32Array(width * channels);

  let shrunk = -1;
  for (let y = 0, part = 0; y < height; y++) {
    sums.fill(0);
    for (const end = down.end[y]!; part < end; part++) {
      // A source row on the edge between two target rows is met twice.
      if (down.source[part] !== shrunk) {
        shrunk = down.source[part]!;
        shrinkRow(across, source.data, shrunk * sourceRow, row);
      }
      const weight = down.weight[part]!;
      for (let i = 0; i < sums.length; i++) {
        sums[i] = sums[i]! + Math.fround(row[i]! * weight);
      }
    }
    const start = y * row.length;
    for (let i = 0; i < sums.length; i++) {
      data[start + i] = Math.min(255, roundHalfEven(sums[i]!));
    }
  }
  return { width, height, channels, data };
}

/** One source row, from `start` on, shrunk into `row`. */
function shrinkRow(
  { source, weight, end }: Coverage,
  data: Uint8Array,
  start: number,
  row: Float32Array,
): void {
  for (let i = 0, part = 0; i < row.length; i++) {
    const last = end[i]!;
    let sum = 0;
    for (; part < last; part++) {
      const value = data[start + source[part]!]!;
      sum = Math.fround(sum + Math.fround(value * weight[part]!));
    }
    row[i] = sum;
  }
}

/** Which source elements lie in which target elements along one axis, with their shares, ordered by target. */
interface Coverage {
  readonly source: Int32Array;
  readonly weight: Float32Array;
  /** For each target element, where its parts end. */
  readonly end: Int32Array;
}

// Shares below a thousandth of a source element are left out by OpenCV.
const negligible = 1e-3;

/** Interleaved channels are elements of their own. */
function coverageOf(sourceLength: number, targetLength: number, channels: number): Coverage {
  const scale = scaleOf(sourceLength, targetLength);
  const source: number[] = [];
  const weight: number[] = [];
  const end: number[] = [];
  for (let i = 0; i < targetLength; i++) {
    const from = i * scale;
    const to = from + scale;
    const extent = Math.min(scale, sourceLength - from);
    const lastWhole = Math.min(Math.floor(to), sourceLength - 1);
    const firstWhole = Math.min(Math.ceil(from), lastWhole);
    for (let c = 0; c < channels; c++) {
      const add = (position: number, share: number) => {
        source.push(position * channels + c);
        weight.push(share / extent);
      };
      if (firstWhole - from > negligible) add(firstWhole - 1, firstWhole - from);
      for (let position = firstWhole; position < lastWhole; position++) add(position, 1);
      if (to - lastWhole > negligible) add(lastWhole, Math.min(to - lastWhole, 1, extent));
      end.push(source.length);
    }
  }
  return { source: Int32Array.from(source), weight: Float32Array.from(weight), end: Int32Array.from(end) };
}
