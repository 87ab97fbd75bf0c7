import type { Tensor } from '../../tensor/tensor.ts';
import { squaredDifference, type Subject, type Trial } from './trial.ts';

/** Pairs looked at before a rearrangement is worth a pass over all elements, and before it is given up. */
const samplePairs = 4096;
const firstPairs = 384;
/** A rearrangement that leaves this share of the sampled error is worth it. */
const worthTrying = 0.5;
/** Farthest shift in pixels that is tried in each direction. */
const farthest = 4;

/** Right values in other places: axes, mirror images, whole pixels, another start; or those of another tensor. */
export function findRearrangement(
  subject: Subject,
  others: ReadonlyMap<string, Tensor<'float32'>> | undefined,
): Trial[] {
  return [
    ...otherTensors(subject, others ?? new Map()),
    ...layouts(subject),
    ...flips(subject),
    ...shiftedData(subject),
    ...shifts(subject),
  ];
}

/**
 * Share of the error that is left on a sample when board[i] is held against reference[from(i)]; pairs without a partner
 * (negative index) do not count.
 */
function leftOnSample({ reference, board }: Subject, from: (i: number) => number): number {
  const count = Math.min(samplePairs, board.length);
  // A stride near the golden section visits all rows and columns alike.
  const stride = Math.max(1, Math.round(board.length * 0.618_033_988_75));
  let as = 0;
  let before = 0;
  for (let s = 0; s < count; s++) {
    if (s === firstPairs && as > 0.9 * before) break;
    const i = board.length <= samplePairs ? s : (s * stride) % board.length;
    const at = from(i);
    if (at < 0) continue;
    as += (board[i]! - reference[at]!) ** 2;
    before += (board[i]! - reference[i]!) ** 2;
  }
  return before === 0 ? 1 : as / before;
}

function otherTensors(subject: Subject, others: ReadonlyMap<string, Tensor<'float32'>>): Trial[] {
  return [...others].flatMap(([name, { data }]) => {
    if (data.length !== subject.board.length) return [];
    const rest = squaredDifference(subject.board, data);
    return [
      {
        kind: 'stale-data' as const,
        parameters: 0,
        rest,
        evidence: { rmsAgainstOther: Math.sqrt(rest / data.length) },
        what: `the board shows ${name}`,
        lookAt:
          'a buffer that was not written again: driver before 1.5.2 with output_optimize, or a wrong preallocated size',
      },
    ];
  });
}

function layouts(subject: Subject): Trial[] {
  const { shape, reference, board } = subject;
  const axes = [...shape.keys()].filter((axis) => shape[axis]! > 1);
  if (axes.length < 2 || axes.length > 4) return [];
  return permutations(axes).flatMap((order) => {
    if (order.every((axis, i) => axis === axes[i])) return [];
    if (leftOnSample(subject, transposedIndex(shape, order)) > worthTrying) return [];
    const rest = squaredDifference(board, transpose(reference, shape, order));
    return [
      {
        kind: 'layout-swap' as const,
        parameters: 0,
        rest,
        evidence: Object.fromEntries(order.map((axis, i) => [`axis${axes[i]}Holds`, axis])),
        what: `the values stand in another order of the axes: ${nameOfOrder(shape, axes, order)}`,
        lookAt: 'the fmt that the caller declares, or how the dump is read',
      },
    ];
  });
}

function permutations(items: readonly number[]): number[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((first, i) => permutations(items.toSpliced(i, 1)).map((rest) => [first, ...rest]));
}

const stridesOf = (shape: readonly number[]): number[] =>
  shape.map((_, axis) => shape.slice(axis + 1).reduce((product, extent) => product * extent, 1));

/** Place in the reference of the i-th element when its axes are walked in another order, the last one fastest. */
function transposedIndex(shape: readonly number[], order: readonly number[]): (i: number) => number {
  const strides = stridesOf(shape);
  const steps = order.map((axis) => ({ extent: shape[axis]!, stride: strides[axis]! })).toReversed();
  return (i) => {
    let at = 0;
    for (const { extent, stride } of steps) {
      at += (i % extent) * stride;
      i = Math.floor(i / extent);
    }
    return at;
  };
}

function transpose(values: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = stridesOf(shape);
  const result = new Float32Array(values.length);
  let to = 0;
  const walk = (depth: number, from: number) => {
    const axis = order[depth]!;
    const [extent, stride] = [shape[axis]!, strides[axis]!];
    if (depth < order.length - 1) {
      for (let i = 0; i < extent; i++) walk(depth + 1, from + i * stride);
      return;
    }
    for (let i = 0; i < extent; i++) result[to++] = values[from + i * stride]!;
  };
  walk(0, 0);
  return result;
}

function nameOfOrder(shape: readonly number[], axes: readonly number[], order: readonly number[]): string {
  const whole = shape.map((_, axis) => (axes.includes(axis) ? order[axes.indexOf(axis)]! : axis));
  const known: Readonly<Record<string, string>> = {
    '0,2,3,1': 'NHWC data read as NCHW',
    '0,3,1,2': 'NCHW data read as NHWC',
    '0,1,3,2': 'the last two axes exchanged',
  };
  const name = known[whole.join(',')];
  return name === undefined ? `axes ${order.join(' ')} instead of ${axes.join(' ')}` : name;
}

/** Where a pixel of each element lies, and how far the next row and column are. */
function pixels({ view: { plane } }: Subject) {
  if (plane === undefined || plane.height * plane.width < 4) return undefined;
  const { height, width, rowStride, stride } = plane;
  return {
    ...plane,
    row: (i: number) => Math.floor(i / rowStride) % height,
    column: (i: number) => Math.floor(i / stride) % width,
  };
}

function flips(subject: Subject): Trial[] {
  const plane = pixels(subject);
  if (plane === undefined) return [];
  const { row, column, width, height, rowStride, stride } = plane;
  const across = (i: number) => (width - 1 - 2 * column(i)) * stride;
  const down = (i: number) => (height - 1 - 2 * row(i)) * rowStride;
  const mirrors: readonly (readonly [string, number, number, (i: number) => number])[] = [
    ['left and right are exchanged', 1, 0, (i) => i + across(i)],
    ['top and bottom are exchanged', 0, 1, (i) => i + down(i)],
    ['the picture stands on its head (turned by 180 degrees)', 1, 1, (i) => i + across(i) + down(i)],
  ];
  return mirrors.flatMap(([what, mirroredColumns, mirroredRows, from]) => {
    if (leftOnSample(subject, from) > worthTrying) return [];
    let rest = 0;
    subject.board.forEach((value, i) => (rest += (value - subject.reference[from(i)]!) ** 2));
    return [
      {
        kind: 'spatial-flip' as const,
        parameters: 0,
        rest,
        evidence: { mirroredColumns, mirroredRows },
        what,
        lookAt: 'how the picture is decoded, or the order of a kernel’s weights (correlation or convolution)',
      },
    ];
  });
}

function shifts(subject: Subject): Trial[] {
  const plane = pixels(subject);
  if (plane === undefined) return [];
  const { row, column, width, height, rowStride, stride } = plane;
  const reachY = Math.min(farthest, Math.floor((height - 1) / 2));
  const reachX = Math.min(farthest, Math.floor((width - 1) / 2));
  let best = { left: worthTrying, dx: 0, dy: 0 };
  const source = (dx: number, dy: number) => (i: number) => {
    const y = row(i) + dy;
    const x = column(i) + dx;
    return y < 0 || y >= height || x < 0 || x >= width ? -1 : i + dy * rowStride + dx * stride;
  };
  for (let dy = -reachY; dy <= reachY; dy++) {
    for (let dx = -reachX; dx <= reachX; dx++) {
      if (dx === 0 && dy === 0) continue;
      const left = leftOnSample(subject, source(dx, dy));
      if (left < best.left) best = { left, dx, dy };
    }
  }
  const { dx, dy } = best;
  if (dx === 0 && dy === 0) return [];
  const from = source(dx, dy);
  let rest = 0;
  let whole = 0;
  let covered = 0;
  subject.board.forEach((value, i) => {
    const at = from(i);
    if (at < 0) return;
    covered++;
    rest += (value - subject.reference[at]!) ** 2;
    whole += (value - subject.reference[i]!) ** 2;
  });
  const scale = subject.board.length / covered;
  return [
    {
      kind: 'spatial-shift',
      parameters: 2,
      rest: rest * scale,
      whole: whole * scale,
      evidence: { right: 0 - dx, down: 0 - dy, coveredShare: 1 / scale },
      what: `the picture is moved by ${[pixelsOf(-dx, 'right', 'left'), pixelsOf(-dy, 'down', 'up')].filter(Boolean).join(' and ')}`,
      lookAt: 'padding: which side gets the odd pixel, or a stride that begins elsewhere',
    },
  ];
}

const pixelsOf = (distance: number, forward: string, backward: string): string =>
  distance === 0 ? '' : `${Math.abs(distance)} ${distance > 0 ? forward : backward}`;

const windowLength = 32;

/** Finds a piece of the board's data elsewhere in the reference. */
function shiftedData(subject: Subject): Trial[] {
  const { reference, board, noise } = subject;
  if (board.length < 4 * windowLength) return [];
  const window = liveliestWindow(board);
  const tolerance = 4 * Math.sqrt(noise);
  const late = window - findWindow(reference, board, window, tolerance);
  if (!Number.isFinite(late) || late === 0) return [];
  const from = Math.max(0, late);
  const to = Math.min(board.length, board.length + late);
  let rest = 0;
  let whole = 0;
  for (let i = from; i < to; i++) {
    rest += (board[i]! - reference[i - late]!) ** 2;
    whole += (board[i]! - reference[i]!) ** 2;
  }
  if (to - from < board.length / 4) return [];
  const scale = board.length / (to - from);
  return [
    {
      kind: 'shifted-data',
      parameters: 1,
      rest: rest * scale,
      whole: whole * scale,
      evidence: { elementsLate: late, coveredShare: 1 / scale },
      what: `the data begin ${Math.abs(late)} elements too ${late > 0 ? 'late' : 'early'}, through all rows and channels`,
      lookAt: 'an offset into the buffer, a header that was read as data, or padding that was not taken out',
    },
  ];
}

/** Start of the piece whose neighbouring values differ most, out of sixteen places. */
function liveliestWindow(values: Float32Array): number {
  let most = -1;
  let at = 0;
  for (let k = 0; k < 16; k++) {
    const start = Math.floor(((k + 0.5) / 16) * (values.length - windowLength));
    let changes = 0;
    for (let t = 1; t < windowLength; t++) {
      if (values[start + t] !== values[start + t - 1])
        changes += Math.abs(values[start + t]! - values[start + t - 1]!);
    }
    if (changes > most) [most, at] = [changes, start];
  }
  return at;
}

/** Nearest place in the reference where the board's piece stands; Infinity if nowhere. */
function findWindow(reference: Float32Array, board: Float32Array, window: number, tolerance: number): number {
  const standsAt = (at: number): boolean => {
    for (let t = 0; t < windowLength; t++) {
      if (!(Math.abs(board[window + t]! - reference[at + t]!) <= tolerance)) return false;
    }
    return true;
  };
  const last = reference.length - windowLength;
  const far = Math.max(window, last - window);
  for (let distance = 0; distance <= far; distance++) {
    if (window - distance >= 0 && standsAt(window - distance)) return window - distance;
    if (window + distance <= last && standsAt(window + distance)) return window + distance;
  }
  return Infinity;
}
