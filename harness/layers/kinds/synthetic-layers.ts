import { encodeValues } from '../../reference/npu-format/encode-values.ts';
import type { TensorStorage } from '../../reference/npu-format/tensor-storage.ts';
import { float16Storage } from '../../reference/npu-format/tensor-storage.ts';
import { dequantise } from '../../tensor/dequantise.ts';
import { floatToHalfTruncated, halfToFloat } from '../../tensor/half.ts';
import type { NumericFormat } from '../../tensor/quantisation.ts';
import { tensor, type Tensor } from '../../tensor/tensor.ts';
import type { WrongKind } from './wrong-kind.ts';

// For tests: layers as networks have them, with one known mistake each. Everything follows from a seed.

export type Random = () => number;

/** Uniform in [0, 1), the same for the same seed (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Standard normal. */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** A feature map before its activation: smooth in space, each channel with a mean and a spread of its own. */
export function featureMap(shape: readonly [number, number, number, number], random: Random): Float32Array {
  const [batch, channels, height, width] = shape;
  const values = new Float32Array(batch * channels * height * width);
  for (let plane = 0; plane < batch * channels; plane++) {
    const spread = Math.exp(0.6 * normal(random));
    const mean = 0.7 * normal(random);
    const waves = Array.from({ length: 6 }, () => ({
      x: (random() * 9) / width,
      y: (random() * 9) / height,
      phase: random() * 7,
      size: normal(random) / 2,
    }));
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const smooth = waves.reduce(
          (sum, wave) => sum + wave.size * Math.sin(wave.x * x + wave.y * y + wave.phase),
          0,
        );
        values[(plane * height + y) * width + x] = mean + spread * (smooth + 0.25 * normal(random));
      }
    }
  }
  return values;
}

export type Format = Exclude<NumericFormat, 'hybrid'>;

/** The storage that a converter picks for values of this range. */
export function storageFor(format: Format, values: Float32Array): TensorStorage {
  if (format === 'fp16') return float16Storage;
  const low = values.reduce((a, b) => Math.min(a, b), 0);
  const high = values.reduce((a, b) => Math.max(a, b), 0);
  if (format === 'u8') {
    const scale = Math.fround((high - low) / 255);
    return { dtype: 'uint8', quantisation: { kind: 'affine', scale, zp: Math.round(-low / scale) } };
  }
  const bits = format === 'i8' ? 7 : 15;
  const fl = bits - Math.ceil(Math.log2(Math.max(high, -low)));
  return { dtype: format === 'i8' ? 'int8' : 'int16', quantisation: { kind: 'dfp', fl } };
}

/** What the board gives back for these values: stored and read again. */
export function stored(
  values: Float32Array,
  shape: readonly number[],
  storage: TensorStorage,
): Tensor<'float32'> {
  return dequantise(encodeValues(tensor('float32', shape, values), storage, 'nearest'), storage.quantisation);
}

/** The same with digits cut off: toward zero, or downward in codes that begin at 0 (the vendor's conversion). */
export function storedCut(
  values: Float32Array,
  shape: readonly number[],
  storage: TensorStorage,
): Tensor<'float32'> {
  const { quantisation } = storage;
  if (quantisation.kind === 'none') {
    return tensor(
      'float32',
      shape,
      values.map((value) => halfToFloat(floatToHalfTruncated(value))),
    );
  }
  const step = quantisation.kind === 'affine' ? quantisation.scale : 2 ** -quantisation.fl;
  const cut = quantisation.kind === 'affine' ? Math.floor : Math.trunc;
  return stored(
    values.map((value) => cut(Math.fround(value / step)) * step),
    shape,
    storage,
  );
}

/** One layer with one mistake. */
export interface WrongLayer {
  readonly what: string;
  readonly kind: WrongKind;
  /** Other kinds that are as true an answer: the data cannot tell. */
  readonly also?: readonly WrongKind[];
  readonly reference: Tensor<'float32'>;
  readonly board: Tensor<'float32'>;
  readonly storage: TensorStorage;
  readonly others?: ReadonlyMap<string, Tensor<'float32'>>;
}

const relu = (value: number) => Math.max(0, value);
const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));

/** Every kind of mistake at several sizes, in one format. */
export function wrongLayers(format: Format, seed: number): WrongLayer[] {
  const random = randomFrom(seed);
  const shape = [1, 24, 20, 22] as const;
  const [, channels, height, width] = shape;
  const inner = height * width;
  const before = featureMap(shape, random);
  const after = before.map(relu);
  const rms = Math.sqrt(before.reduce((sum, value) => sum + value * value, 0) / before.length);
  const perChannel = (draw: () => number) => Array.from({ length: channels }, draw);
  const channelOf = (i: number) => Math.floor(i / inner) % channels;
  const layers: WrongLayer[] = [];

  const put = (
    what: string,
    kind: WrongKind,
    reference: Float32Array,
    wrong: Float32Array,
    extra: {
      also?: readonly WrongKind[];
      storage?: TensorStorage;
      others?: WrongLayer['others'];
      on?: readonly number[];
    } = {},
  ) => {
    const on = extra.on ?? shape;
    const storage = extra.storage ?? storageFor(format, wrong);
    layers.push({
      what,
      kind,
      reference: tensor('float32', on, reference),
      board: stored(wrong, on, storage),
      storage,
      ...(extra.also ? { also: extra.also } : {}),
      ...(extra.others ? { others: extra.others } : {}),
    });
  };
  /** The same mistake on a layer without and with an activation behind it. */
  const putBoth = (what: string, kind: WrongKind, wrong: (value: number, i: number) => number) => {
    put(what, kind, before, before.map(wrong));
    put(`${what}, then ReLU`, kind, after, before.map(wrong).map(relu));
  };

  const exact = storageFor(format, before);
  const representable = stored(before, shape, exact);
  layers.push({
    what: 'nothing',
    kind: 'no-difference',
    reference: representable,
    board: representable,
    storage: exact,
  });
  put('nearest rounding', 'rounding', before, before);
  put('nearest rounding, ReLU', 'rounding', after, after);
  const step = format === 'fp16' ? rms / 2048 : storageStep(exact);
  put(
    'operands rounded too',
    'rounding',
    before,
    before.map((value) => value + 0.4 * step * normal(random)),
  );
  for (const [name, values] of [
    ['', before],
    [', ReLU', after],
  ] as const) {
    const storage = storageFor(format, values);
    layers.push({
      what: `digits cut off${name}`,
      kind: 'truncation',
      reference: tensor('float32', shape, values),
      board: storedCut(values, shape, storage),
      storage,
    });
  }

  for (const size of [4, 20, 100])
    putBoth(`offset of ${size} steps`, 'constant-offset', (value) => value + size * step);
  for (const size of [4, 20]) {
    const offsets = perChannel(() => size * step * 2 * normal(random));
    putBoth(
      `offset per channel, ${size} steps`,
      'constant-offset',
      (value, i) => value + offsets[channelOf(i)]!,
    );
  }
  for (const factor of format === 'fp16' || format === 'i16' ? [0.99, 1.05, 0.5] : [0.9, 1.2, 0.5]) {
    putBoth(`factor ${factor}`, 'constant-factor', (value) => value * factor);
  }
  for (const size of format === 'fp16' || format === 'i16' ? [0.01, 0.1] : [0.1, 0.3]) {
    const factors = perChannel(() => Math.exp(size * normal(random)));
    putBoth(`factor per channel, ${size}`, 'constant-factor', (value, i) => value * factors[channelOf(i)]!);
  }
  const means = perChannel(() => 0.3 * normal(random));
  const scales = perChannel(() => Math.exp(0.3 * normal(random)));
  putBoth(
    'normalisation of another layer',
    'offset-and-factor',
    (value, i) => value * scales[channelOf(i)]! + means[channelOf(i)]!,
  );

  const sorted = before.toSorted();
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!;
  put(
    'held above the 95th percentile',
    'saturation',
    before,
    before.map((value) => Math.min(value, at(0.95))),
  );
  put(
    'held above the 99.5th percentile',
    'saturation',
    before,
    before.map((value) => Math.min(value, at(0.995))),
  );
  put(
    'held on both sides',
    'saturation',
    before,
    before.map((value) => Math.max(at(0.1), Math.min(value, at(0.9)))),
  );
  put(
    'held above, ReLU',
    'saturation',
    after,
    after.map((value) => Math.min(value, at(0.97))),
  );

  const order = shuffled(channels, random);
  const reordered = (values: Float32Array) =>
    values.map((_, i) => values[order[channelOf(i)]! * inner + (i % inner)]!);
  put('channels shuffled', 'channel-swap', before, reordered(before));
  put('channels shuffled, ReLU', 'channel-swap', after, reordered(after));
  const pair = (values: Float32Array) =>
    values.map((value, i) =>
      channelOf(i) === 3 ? values[i + 2 * inner]! : channelOf(i) === 5 ? values[i - 2 * inner]! : value,
    );
  put('two channels exchanged', 'channel-swap', before, pair(before));
  const colour = [1, 3, 24, 24] as const;
  const grey = featureMap([1, 1, 24, 24], random);
  const picture = featureMap(colour, random).map((value, i) => grey[i % grey.length]! * 3 + value * 0.5);
  put(
    'BGR for RGB',
    'channel-swap',
    picture,
    picture.map((_, i) => picture[(2 - Math.floor(i / 576)) * 576 + (i % 576)]!),
    { on: colour },
  );

  const interleaved = (values: Float32Array) =>
    values.map((_, i) => values[(i % channels) * inner + Math.floor(i / channels)]!);
  put('NHWC read as NCHW', 'layout-swap', after, interleaved(after));
  put('NCHW read as NHWC', 'layout-swap', interleaved(before), before, { on: [1, height, width, channels] });
  put(
    'height and width exchanged',
    'layout-swap',
    before,
    before.map(
      (_, i) =>
        before[Math.floor(i / inner) * inner + (i % height) * width + Math.floor((i % inner) / height)]!,
    ),
  );

  const moved = (dx: number, dy: number) => (_: number, i: number) => {
    const x = (i % width) + dx;
    const y = (Math.floor(i / width) % height) + dy;
    return x < 0 || x >= width || y < 0 || y >= height ? 0 : before[i + dy * width + dx]!;
  };
  for (const [dx, dy] of [
    [1, 0],
    [0, -1],
    [1, 1],
    [-2, 3],
  ] as const) {
    put(`moved by ${-dx}, ${-dy} pixels`, 'spatial-shift', before, before.map(moved(dx, dy)));
  }
  put(
    'left and right exchanged',
    'spatial-flip',
    before,
    before.map((_, i) => before[i - (i % width) + width - 1 - (i % width)]!),
  );
  put(
    'upside down',
    'spatial-flip',
    after,
    after.map(
      (_, i) =>
        after[
          Math.floor(i / inner) * inner +
            (height - 1 - (Math.floor(i / width) % height)) * width +
            (i % width)
        ]!,
    ),
  );
  put(
    'turned by 180 degrees',
    'spatial-flip',
    before,
    before.map((_, i) => before[Math.floor(i / inner) * inner + inner - 1 - (i % inner)]!),
  );

  put('ReLU missing', 'missing-activation', after, before);
  put('ReLU too many', 'extra-activation', before, after, { also: ['saturation'] });
  const relu6 = (value: number) => Math.min(6, relu(value));
  put(
    'ReLU6 missing',
    'missing-activation',
    before.map((value) => relu6(4 * value)),
    before.map((value) => 4 * value),
  );
  put(
    'ReLU6 too many',
    'extra-activation',
    before.map((value) => 4 * value),
    before.map((value) => relu6(4 * value)),
  );
  put(
    'leaky ReLU missing',
    'missing-activation',
    before.map((value) => (value < 0 ? 0.1 * value : value)),
    before,
  );
  put(
    'leaky ReLU too many',
    'extra-activation',
    before,
    before.map((value) => (value < 0 ? 0.1 * value : value)),
  );
  put('sigmoid missing', 'missing-activation', before.map(sigmoid), before);
  put(
    'sigmoid twice',
    'extra-activation',
    before.map(sigmoid),
    before.map((value) => sigmoid(sigmoid(value))),
  );
  put('tanh missing', 'missing-activation', before.map(Math.tanh), before);
  const logits = Float32Array.from({ length: 200 }, () => 2 * normal(random));
  const probabilities = softmax(logits);
  put('softmax missing', 'missing-activation', probabilities, logits, { on: [1, 200] });
  put('softmax too many', 'extra-activation', logits, probabilities, { on: [1, 200] });

  const other = featureMap(shape, random);
  put('answer of the input before', 'stale-data', before, other, {
    others: new Map([['the input before', tensor('float32', shape, other)]]),
  });
  for (const late of [7, -64, 500]) {
    put(
      `data ${late} elements late`,
      'shifted-data',
      before,
      before.map((_, i) => before[i - late] ?? 0),
    );
  }
  put('another picture', 'uncorrelated', before, other);
  put(
    'noise',
    'uncorrelated',
    after,
    after.map(() => relu(normal(random))),
  );
  put(
    'all zeros',
    'constant-output',
    before,
    before.map(() => 0),
    { storage: exact },
  );
  put(
    'rounding summed up over layers',
    'unexplained',
    before,
    before.map((value) => value + Math.max(0.1 * rms, 4 * step) * normal(random)),
  );
  const holes = new Set(Array.from({ length: 40 }, () => Math.floor(random() * before.length)));
  put(
    'single values wrong',
    'unexplained',
    before,
    before.map((value, i) => (holes.has(i) ? value + 3 * rms * normal(random) : value)),
  );
  if (format === 'fp16')
    put(
      'an overflow',
      'non-finite',
      before.map((value) => 60_000 * value),
      before.map((value) => (Math.abs(60_000 * value) > 65_504 ? NaN : 60_000 * value)),
    );
  return layers;
}

const storageStep = ({ quantisation }: TensorStorage): number =>
  quantisation.kind === 'affine'
    ? quantisation.scale
    : quantisation.kind === 'dfp'
      ? 2 ** -quantisation.fl
      : 1;

function softmax(values: Float32Array): Float32Array {
  const powers = values.map(Math.exp);
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

function shuffled(length: number, random: Random): number[] {
  const order = Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
