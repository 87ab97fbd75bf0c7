import { factorFigure, squaredDifference, type Subject, type Trial } from './trial.ts';

/** What must be left at most of a side's own variance for a curve to count as found. */
const mostLeft = 0.02;

/** Activations that bend the values: sigmoid, tanh, softmax, and slopes of the negative side (leaky ReLU). */
export function findActivation(subject: Subject): Trial[] {
  const { reference, board, scan } = subject;
  const curves: readonly (readonly [
    name: string,
    curve: (values: Float32Array) => Float32Array,
    range: number,
  ])[] = [
    ['sigmoid', (values) => values.map((value) => 1 / (1 + Math.exp(-value))), 0],
    ['tanh', (values) => values.map(Math.tanh), -1],
    ['softmax', (values) => softmax(values, subject), 0],
  ];
  const trials: Trial[] = [];
  for (const [name, curve, floor] of curves) {
    const fits = ([low, high]: readonly [number, number]) => low >= floor - 0.01 && high <= 1.01;
    if (name === 'softmax' && subject.view.channels === 1) continue;
    const [boardFits, referenceFits] = [fits(scan.range.board), fits(scan.range.reference)];
    if (referenceFits && !boardFits) {
      const rest = squaredDifference(curve(board), reference);
      const whole = spreadOf(reference);
      if (rest <= mostLeft * whole) {
        trials.push({
          kind: 'missing-activation',
          parameters: 0,
          rest,
          whole,
          evidence: { leftAfterActivation: Math.sqrt(rest / reference.length) },
          what: `the reference's ${name} is missing: the board's values become the reference's by it`,
          lookAt: 'the last operator before this point, or which output the runner reads',
        });
      }
    }
    if (boardFits) {
      const rest = squaredDifference(curve(reference), board);
      const whole = spreadOf(board);
      if (rest <= mostLeft * whole) {
        trials.push({
          kind: 'extra-activation',
          parameters: 0,
          rest,
          whole,
          evidence: { leftAfterActivation: Math.sqrt(rest / reference.length) },
          what: `the board's values went through a ${name} ${referenceFits ? 'once more than' : 'that'} the reference${referenceFits ? '' : ' does not have there'}`,
          lookAt: 'an operator that is in the model and in the post-processing, or fused twice',
        });
      }
    }
  }
  return [...trials, ...negativeSlope(subject)];
}

function softmax(values: Float32Array, { view: { outer, channels, inner } }: Subject): Float32Array {
  const result = new Float32Array(values.length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * channels * inner + i;
      let max = -Infinity;
      for (let c = 0; c < channels; c++) max = Math.max(max, values[start + c * inner]!);
      let sum = 0;
      for (let c = 0; c < channels; c++) {
        sum += result[start + c * inner] = Math.exp(values[start + c * inner]! - max);
      }
      for (let c = 0; c < channels; c++) result[start + c * inner]! /= sum;
    }
  }
  return result;
}

function spreadOf(values: Float32Array): number {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i]!;
    squares += values[i]! * values[i]!;
  }
  return squares - (sum * sum) / values.length;
}

/** Positive values are right, negative ones have one factor: a leaky ReLU on one side only, or of another slope. */
function negativeSlope({ reference, board, scan }: Subject): Trial[] {
  if (!(scan.range.reference[0] < 0)) return [];
  let rr = 0;
  let rb = 0;
  let bb = 0;
  let rest = 0;
  let negatives = 0;
  for (let i = 0; i < reference.length; i++) {
    const r = reference[i]!;
    const b = board[i]!;
    if (r < 0) {
      negatives++;
      rr += r * r;
      rb += r * b;
      bb += b * b;
    } else rest += (b - r) * (b - r);
  }
  const slope = rb / rr;
  if (negatives < 8 || !(slope > 1 / 512) || Math.abs(slope - 1) < 0.05) return [];
  return [
    {
      kind: slope < 1 ? 'extra-activation' : 'missing-activation',
      parameters: 1,
      rest: rest + Math.max(0, bb - slope * rb),
      evidence: { negativeSlope: slope, negatives },
      what: `values above 0 are right, those below are ${factorFigure(slope)} times the reference, as a leaky ReLU ${slope < 1 ? 'too many' : 'that is missing'} makes them`,
      lookAt: 'the activation of this layer and its slope',
    },
  ];
}
