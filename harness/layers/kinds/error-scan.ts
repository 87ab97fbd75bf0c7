import type { ChannelView } from './channel-view.ts';
import type { StorageGrid } from './storage-steps.ts';

/** Sums of a least-squares fit over some elements; e is board - reference. */
export interface FitSums {
  n: number;
  r: number;
  e: number;
  rr: number;
  re: number;
  ee: number;
}

/** What one pass over both sides collects. Steps are those of the storage format at the reference's value. */
export interface ErrorScan {
  readonly elements: number;
  readonly different: number;
  readonly nonFiniteBoard: number;
  /** Elements where the reference itself is not finite; they are left out of every sum. */
  readonly nonFiniteReference: number;
  readonly range: {
    readonly reference: readonly [number, number];
    readonly board: readonly [number, number];
  };
  /** Values at which much of the reference is held by its activation function. */
  readonly plateaus: readonly [low: number | undefined, high: number | undefined];
  readonly sumSquaredSteps: number;
  readonly maxAbsError: number;
  /** Of the error in steps. */
  readonly steps: {
    readonly sum: number;
    readonly sumSquared: number;
    readonly max: number;
    /** Sum away from zero: negative if the board's magnitudes are too small. Zeros of the reference do not count. */
    readonly sumOutward: number;
    readonly nonzero: number;
  };
  /** Elements that agree with nearest rounding, with cutting toward zero, and with cutting downward. */
  readonly agree: { readonly nearest: number; readonly towardZero: number; readonly downward: number };
  /** Over all finite elements. */
  readonly all: FitSums;
  /** Per channel, only over elements that no plateau holds on either side: what offsets and factors show in. */
  readonly free: readonly FitSums[];
  /** Channels with an error that is far beyond the format's noise in that channel. */
  readonly outlierChannels: number;
}

const slack = 0.02;
/** An error this many times the channel's noise is no rounding. */
const outlier = 12;

/** Looks at every pair once. Both arrays have the view's length. */
export function scanErrors(
  reference: Float32Array,
  board: Float32Array,
  { outer, channels, inner }: ChannelView,
  grid: StorageGrid,
  expectedRmse: number | undefined,
): ErrorScan {
  const range = { reference: rangeOf(reference), board: rangeOf(board) };
  const plateaus = findPlateaus(reference, range.reference);
  const [low, high] = [plateaus[0] ?? NaN, plateaus[1] ?? NaN];
  const bits = new Int32Array(reference.buffer, reference.byteOffset, reference.length);
  const step = grid.stepOfExponent;
  const perStep = step.map((value) => 1 / value);

  const all: FitSums = emptySums();
  const free = Array.from({ length: channels }, emptySums);
  const channelNoise = new Float64Array(channels);
  const channelSquares = new Float64Array(channels);
  const channelCount = new Float64Array(channels);
  const channelMax = new Float64Array(channels);
  const channelMaxSteps = new Float64Array(channels);
  let different = 0;
  let nonFiniteBoard = 0;
  let nonFiniteReference = 0;
  let stepSum = 0;
  let stepSquares = 0;
  let stepMax = 0;
  let outward = 0;
  let nonzero = 0;
  let nearest = 0;
  let towardZero = 0;
  let downward = 0;

  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < channels; c++) {
      const start = (o * channels + c) * inner;
      let n = 0;
      let sr = 0;
      let se = 0;
      let srr = 0;
      let sre = 0;
      let see = 0;
      let heldN = 0;
      let heldR = 0;
      let heldE = 0;
      let heldRR = 0;
      let heldRE = 0;
      let heldEE = 0;
      let squaredSteps = 0;
      let max = 0;
      let maxSteps = 0;
      for (let i = start; i < start + inner; i++) {
        const r = reference[i]!;
        const b = board[i]!;
        const e = b - r;
        if (e - e !== 0) {
          if (r - r !== 0) nonFiniteReference++;
          else nonFiniteBoard++;
          continue;
        }
        const exponent = (bits[i]! >>> 23) & 0xff;
        const u = e * perStep[exponent]!;
        const magnitude = Math.abs(u);
        squaredSteps += step[exponent]! * step[exponent]!;
        stepSum += u;
        stepSquares += u * u;
        if (magnitude > maxSteps) maxSteps = magnitude;
        if (e !== 0) {
          different++;
          const size = Math.abs(e);
          if (size > max) max = size;
        }
        if (magnitude <= 0.5 + slack) nearest++;
        if (u <= slack && u >= -1 - slack) downward++;
        const out = r < 0 ? -u : u;
        if (out <= slack && out >= -1 - slack) towardZero++;
        if (r !== 0) {
          nonzero++;
          outward += out;
        }
        const re = r * e;
        if (r === low || r === high || b === low || b === high) {
          heldN++;
          heldR += r;
          heldE += e;
          heldRR += r * r;
          heldRE += re;
          heldEE += e * e;
        } else {
          n++;
          sr += r;
          se += e;
          srr += r * r;
          sre += re;
          see += e * e;
        }
      }
      const sums = free[c]!;
      sums.n += n;
      sums.r += sr;
      sums.e += se;
      sums.rr += srr;
      sums.re += sre;
      sums.ee += see;
      all.n += n + heldN;
      all.r += sr + heldR;
      all.e += se + heldE;
      all.rr += srr + heldRR;
      all.re += sre + heldRE;
      all.ee += see + heldEE;
      channelNoise[c]! += squaredSteps;
      channelSquares[c]! += srr + heldRR;
      channelCount[c]! += n + heldN;
      if (max > channelMax[c]!) channelMax[c] = max;
      if (maxSteps > channelMaxSteps[c]!) channelMaxSteps[c] = maxSteps;
      if (maxSteps > stepMax) stepMax = maxSteps;
    }
  }

  const sumSquaredSteps = channelNoise.reduce((sum, value) => sum + value, 0);
  const scan = {
    elements: reference.length,
    different,
    nonFiniteBoard,
    nonFiniteReference,
    range,
    plateaus,
    sumSquaredSteps,
    maxAbsError: channelMax.reduce((a, b) => Math.max(a, b), 0),
    steps: { sum: stepSum, sumSquared: stepSquares, max: stepMax, sumOutward: outward, nonzero },
    agree: { nearest, towardZero, downward },
    all,
    free,
  };
  let outlierChannels = 0;
  for (let c = 0; c < channels; c++) {
    const noise = Math.sqrt(noiseOf(grid, channelCount[c]!, channelSquares[c]!, channelNoise[c]!));
    if (channelMax[c]! > outlier * Math.max(noise, expectedRmse ?? 0) && channelMaxSteps[c]! > 2)
      outlierChannels++;
  }
  return { ...scan, outlierChannels };
}

/** Mean square of the error that a layer's own rounding leaves: that of its output, and that of its operands. */
export function noiseOf(grid: StorageGrid, n: number, sumSquares: number, sumSquaredSteps: number): number {
  if (n === 0) return 0;
  const inner = grid.uniform
    ? grid.innerNoise ** 2 * (sumSquaredSteps / n)
    : grid.innerNoise ** 2 * (sumSquares / n);
  return sumSquaredSteps / n / 12 + inner;
}

const emptySums = (): FitSums => ({ n: 0, r: 0, e: 0, rr: 0, re: 0, ee: 0 });

function rangeOf(values: Float32Array): readonly [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low && value !== -Infinity) low = value;
    if (value > high && value !== Infinity) high = value;
  }
  return [low, high];
}

/** An extreme that at least two and at least every fiftieth element has is no chance: an activation holds them there. */
function findPlateaus(
  values: Float32Array,
  [low, high]: readonly [number, number],
): readonly [number | undefined, number | undefined] {
  let atLow = 0;
  let atHigh = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value === low) atLow++;
    if (value === high) atHigh++;
  }
  const enough = Math.max(2, values.length / 50);
  if (low === high) return [undefined, undefined];
  return [atLow >= enough ? low : undefined, atHigh >= enough ? high : undefined];
}
