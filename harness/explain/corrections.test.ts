import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { TensorAttribute } from '../board/tensor-attribute.ts';
import type { PreparedInput } from '../input/prepare-input.ts';
import { preprocess as preprocessPicture } from '../input/preprocess.ts';
import { boardInputSchema, preprocessSchema, type Preprocess } from '../spec/schema.ts';
import { notQuantised } from '../tensor/quantisation.ts';
import { tensor, type Tensor } from '../tensor/tensor.ts';
import { findCorrections } from './corrections.ts';
import type { InputSettings, InputSource } from './input-settings.ts';
import type { FilePreprocessing } from './read-by-runtime.ts';

type BoardInput = z.input<typeof boardInputSchema>;

/** Six pixels of every kind: dark, bright, coloured. */
const picture = {
  width: 3,
  height: 2,
  channels: 3 as const,
  data: Uint8Array.of(3, 130, 250, 10, 20, 200, 90, 80, 70, 255, 0, 128, 60, 199, 5, 127, 129, 33),
  hadAlpha: false,
  format: 'png' as const,
  origin: 'picture.png',
};

const attribute: TensorAttribute = {
  index: 0,
  name: 'data',
  shape: [1, 3, 2, 3],
  dtype: 'float16',
  layout: 'NCHW',
  quantisation: notQuantised,
  sizeBytes: 36,
};

const network: Preprocess = preprocessSchema.parse({
  channelOrder: 'bgr',
  mean: [104, 117, 123],
  std: 58,
  layout: 'NCHW',
});
const means = { mean: [104, 117, 123], std: [58, 58, 58] };
const nothing = { mean: [0, 0, 0], std: [1, 1, 1] };

/** The faults that are named for a spec's boardInput and a model file; undefined where nothing mends it. */
function faultsOf(board: BoardInput, file: FilePreprocessing, wantedBy = network): string[] | undefined {
  const wanted = preprocessPicture(picture, wantedBy);
  const prepared = { picture, reference: { kind: 'single', tensor: wanted } } as PreparedInput;
  const source: InputSource = {
    prepared,
    preprocess: wantedBy,
    attributes: [attribute],
    origin: 'picture.png',
  };
  const declared: InputSettings = { board: boardInputSchema.parse(board), files: [file] };
  return findCorrections(declared, source, [wanted])?.map(({ fault }) => fault);
}

const bytes = { channelOrder: 'rgb', dtype: 'uint8', layout: 'NHWC' } as const;
const planes = { channelOrder: 'bgr', dtype: 'float32', layout: 'NCHW', mean: means.mean, std: 58 } as const;

describe('settings that give the network its input need no correction', () => {
  test.each<[string, BoardInput, FilePreprocessing]>([
    ['the vendor’s rule', bytes, { ...means, swap: true }],
    ['BGR and no reorder', { ...bytes, channelOrder: 'bgr' }, { ...means, swap: false }],
    ['everything on the host', planes, { ...nothing, swap: false }],
    ['passed through', { ...planes, dtype: 'native', passThrough: true }, { ...means, swap: true }],
    [
      'a wrong size that this runtime ignores',
      { ...planes, declare: { sizeBytes: 18 } },
      { ...nothing, swap: false },
    ],
  ])('%s', (_, board, file) => {
    expect(faultsOf(board, file)).toEqual([]);
  });
});

describe('each wrong setting is named', () => {
  test.each<[string[], BoardInput, FilePreprocessing]>([
    [['signed-bytes'], { ...bytes, declare: { dtype: 'int8' } }, { ...means, swap: true }],
    [['signed-bytes'], { ...bytes, dtype: 'int8' }, { ...means, swap: true }],
    [['interleaved-as-planes'], { ...bytes, declare: { layout: 'NCHW' } }, { ...means, swap: true }],
    [['planes-as-interleaved'], { ...planes, declare: { layout: 'NHWC' } }, { ...nothing, swap: false }],
    [['channels-swapped'], { ...bytes, channelOrder: 'bgr' }, { ...means, swap: true }],
    [['channels-swapped'], bytes, { ...means, swap: false }],
    [['mean-twice'], planes, { ...means, swap: false }],
    [['mean-missing'], bytes, { mean: [0, 0, 0], std: [58, 58, 58], swap: true }],
    [['std-missing'], bytes, { mean: means.mean, std: [1, 1, 1], swap: true }],
    [['mean-and-std-reversed'], bytes, { mean: [123, 117, 104], std: means.std, swap: true }],
    [['other-mean-or-std'], bytes, { mean: [128, 128, 128], std: [128, 128, 128], swap: true }],
    [['cast-to-bytes'], { ...planes, dtype: 'uint8' }, { ...nothing, swap: false }],
    [
      ['pass-through'],
      { ...planes, dtype: 'native', passThrough: true, mean: 0, std: 1 },
      { ...means, swap: false },
    ],
    [
      ['signed-bytes', 'channels-swapped'],
      { ...bytes, channelOrder: 'bgr', declare: { dtype: 'int8' } },
      { ...means, swap: true },
    ],
    [
      ['signed-bytes', 'interleaved-as-planes', 'channels-swapped'],
      { ...bytes, channelOrder: 'bgr', declare: { dtype: 'int8', layout: 'NCHW' } },
      { ...means, swap: true },
    ],
  ])('%j', (faults, board, file) => {
    expect(faultsOf(board, file)).toEqual(faults);
  });
});

test('a model file for bytes that is fed planes with means: it is told once what is applied twice', () => {
  const wantedBy = preprocessSchema.parse({ channelOrder: 'bgr', mean: 128, layout: 'NCHW' });

  const faults = faultsOf(
    { channelOrder: 'bgr', dtype: 'float32', layout: 'NCHW', mean: 128 },
    { mean: [128, 128, 128], std: [1, 1, 1], swap: true },
    wantedBy,
  );

  expect(faults).toEqual(['channels-swapped', 'mean-twice']);
});

test('a tensor in the network’s own order that the file reorders: the file is to be built anew', () => {
  const values: Tensor<'float32'> = tensor(
    'float32',
    [1, 3, 2, 3],
    Float32Array.from({ length: 18 }, (_, i) => i * i),
  );
  const prepared = { reference: { kind: 'single', tensor: values } } as PreparedInput;
  const source: InputSource = {
    prepared,
    preprocess: undefined,
    attributes: [attribute],
    origin: 'values.npy',
  };
  const declared: InputSettings = {
    board: boardInputSchema.parse({ dtype: 'float32', layout: 'NCHW' }),
    files: [{ ...nothing, swap: true }],
  };

  const [only, ...others] = findCorrections(declared, source, [values])!;

  expect(others).toEqual([]);
  expect(only!.fault).toBe('channels-swapped');
  expect(only!.fix).toBe("build the model with reorder_channel '0 1 2'");
});
