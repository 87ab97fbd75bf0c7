import { allocate } from '../../tensor/dtype.ts';
import { tensor, type Tensor } from '../../tensor/tensor.ts';
import { dtypeToOnnx } from '../onnx/model.ts';
import type { NetworkWriter } from './network-writer.ts';

/** A layer that multiplies integers with integer weights and sums up. */
export interface IntegerSum {
  /** Float32 tensor of whole numbers. */
  readonly input: string;
  /** The largest absolute value in it. */
  readonly inputLimit: number;
  readonly weights: Float32Array;
  readonly weightShape: readonly number[];
  /** Output channel that a weight counts for, by its place. */
  readonly channelOf: (index: number) => number;
  readonly channels: number;
  /** Whole numbers, one for each output channel. */
  readonly bias: Float64Array | Float32Array | undefined;
  /** Adds the node that computes the sums. */
  readonly sum: (input: string, weights: string, bias: string | undefined, wish: string) => string;
  /** Shape in which one number for each channel goes with the sums. */
  readonly biasShape: readonly number[];
  readonly wish: string;
  /** Makes the error for a layer that is too large. */
  readonly refuse: (problem: string) => Error;
}

/** Whole numbers up to here are exact in float32, and so are their sums in any order as long as none is larger. */
const exactLimit = 2 ** 24;

/** 8-bit sums of 100,000 products need fewer. */
const maxShares = 64;

const float64 = { to: { int: dtypeToOnnx('float64') } };
const float32 = { to: { int: dtypeToOnnx('float32') } };

/**
 * Sums of integer products, exactly: float32 arithmetic where no partial sum can pass 2^24, else in several such
 * parts that are added in float64. The result is the exact sum, rounded to float32 where it is beyond 2^24.
 */
export function exactSums(writer: NetworkWriter, layer: IntegerSum): string {
  const { weights, weightShape, bias, inputLimit, wish } = layer;
  const worst = worstSum(layer, weights, inputLimit, bias);
  if (worst <= exactLimit) {
    const name =
      bias && writer.constant(`${wish}/bias`, float32Tensor([bias.length], Float32Array.from(bias)));
    const stored = writer.constant(`${wish}/weights`, float32Tensor(weightShape, weights));
    return layer.sum(layer.input, stored, name, `${wish}/sums`);
  }
  const terms: string[] = [];
  for (const { input, limit, factor } of inputParts(writer, layer)) {
    for (const part of weightParts(layer, limit)) {
      const stored = writer.constant(`${wish}/weights`, float32Tensor(weightShape, part.weights));
      const sums = layer.sum(input, stored, undefined, `${wish}/part`);
      const wide = writer.node('Cast', [sums], `${wish}/wide`, float64);
      const scale = factor * part.factor;
      terms.push(
        scale === 1
          ? wide
          : writer.node('Mul', [wide, doubles(writer, `${wish}/factor`, [], [scale])], `${wish}/shifted`),
      );
    }
  }
  if (bias) terms.push(doubles(writer, `${wish}/bias`, layer.biasShape, bias));
  const total = terms.reduce((sum, term) => writer.node('Add', [sum, term], `${wish}/total`));
  return writer.node('Cast', [total], `${wish}/sums`, float32);
}

const float32Tensor = (shape: readonly number[], values: Float32Array): Tensor<'float32'> =>
  tensor('float32', shape, values);

const doubles = (writer: NetworkWriter, wish: string, shape: readonly number[], values: ArrayLike<number>) =>
  writer.constant(wish, tensor('float64', shape, Float64Array.from(values)));

/** The largest absolute value that a sum, or a part of it, can have. */
function worstSum(
  { channelOf, channels }: IntegerSum,
  weights: Float32Array,
  inputLimit: number,
  bias?: ArrayLike<number>,
): number {
  const sums = allocate('float64', channels);
  for (let i = 0; i < weights.length; i++) sums[channelOf(i)]! += Math.abs(weights[i]!);
  return sums.reduce((worst, sum, c) => Math.max(worst, sum * inputLimit + Math.abs(bias?.[c] ?? 0)), 0);
}

interface InputPart {
  readonly input: string;
  readonly limit: number;
  readonly factor: number;
}

/** Numbers of more than 8 bits become high * 256 + low. */
function inputParts(writer: NetworkWriter, { input, inputLimit, wish }: IntegerSum): InputPart[] {
  if (inputLimit <= 256) return [{ input, limit: inputLimit, factor: 1 }];
  const base = writer.scalar(256);
  const high = writer.node('Floor', [writer.node('Div', [input, base], `${wish}/div`)], `${wish}/high`);
  const low = writer.node('Sub', [input, writer.node('Mul', [high, base], `${wish}/mul`)], `${wish}/low`);
  return [
    { input: high, limit: Math.ceil(inputLimit / 256), factor: 256 },
    { input: low, limit: 255, factor: 1 },
  ];
}

interface WeightPart {
  readonly weights: Float32Array;
  readonly factor: number;
}

/** Weights in parts whose sums stay exact: first by bytes, then in as many equal shares as it takes. */
function weightParts(layer: IntegerSum, inputLimit: number): WeightPart[] {
  const { weights } = layer;
  const large = weights.some((weight) => Math.abs(weight) > 256);
  const high = large ? weights.map((weight) => Math.round(weight / 256)) : undefined;
  const digits: WeightPart[] = high
    ? [
        { weights: high, factor: 256 },
        { weights: weights.map((weight, i) => weight - 256 * high[i]!), factor: 1 },
      ]
    : [{ weights, factor: 1 }];
  return digits.flatMap(({ weights: digit, factor }) => {
    const shares = shareWeights(layer, digit, inputLimit);
    return shares.map((share) => ({ weights: share, factor }));
  });
}

function shareWeights(layer: IntegerSum, weights: Float32Array, inputLimit: number): Float32Array[] {
  const fewest = Math.ceil(worstSum(layer, weights, inputLimit) / exactLimit) || 1;
  for (let count = fewest; count < fewest + 8 && count <= maxShares; count++) {
    const upTo = (share: number, weight: number) => Math.trunc((share * weight) / count);
    const shares = Array.from({ length: count }, (_, share) =>
      weights.map((weight) => upTo(share + 1, weight) - upTo(share, weight)),
    );
    if (shares.every((share) => worstSum(layer, share, inputLimit) <= exactLimit)) return shares;
  }
  throw layer.refuse(`sums up more products than can be computed exactly`);
}
