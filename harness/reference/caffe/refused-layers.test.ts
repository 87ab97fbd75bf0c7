import { describe, expect, test } from 'vitest';
import { elementCount, tensor } from '../../tensor/tensor.ts';
import { readPrototxt } from './caffe-net.ts';
import { translateNet } from './import-caffe.ts';
import type { TakeWeights } from './take-weights.ts';

const zeros: TakeWeights = (_, wanted) =>
  wanted.map(({ shape }) => tensor('float32', shape, new Float32Array(elementCount(shape))));

const translate = (text: string) => translateNet(readPrototxt(Buffer.from(text), 'net.prototxt'), zeros);

/** A layer `x` on line 2 that reads a picture of six planes of 4 x 5 and, if it wants, a vector of 7. */
const layer = (text: string, reads = 'bottom: "data"') =>
  `input: "data" input_shape { dim: 1 dim: 6 dim: 4 dim: 5 } input: "vector" input_shape { dim: 1 dim: 7 }
  layer { name: "x" ${reads} ${text.includes('top:') ? '' : 'top: "y"'} type: ${text} }`;

describe('a layer is refused with its name, its type and its line', () => {
  test.each([
    ['"LSTM"', 'is of a type that cannot be computed here'],
    ['"SoftmaxWithLoss"', 'compares answers with labels'],
    ['"Data"', 'reads its data from a data base'],
    ['"Convolution" convolution_param { kernel_size: 3 }', 'needs num_output, above 0'],
    [
      '"Convolution" convolution_param { num_output: 4 }',
      'needs kernel_size for 2 axes, each at least 1; it has none, none',
    ],
    [
      '"Convolution" convolution_param { num_output: 4 kernel_size: [1, 2, 3] }',
      'needs kernel_size for 2 axes, each at least 1; it has 1, 2, 3',
    ],
    ['"Convolution" convolution_param { num_output: 4 kernel_size: 3 stride: 0 }', 'needs stride for 2 axes'],
    [
      '"Convolution" convolution_param { num_output: 4 kernel_size: 7 }',
      'has a kernel of 7x7, which is larger than its input of 1x6x4x5',
    ],
    [
      '"Convolution" convolution_param { num_output: 4 kernel_size: 1 group: 4 }',
      'has group 4, which does not divide its 6 channels into 4',
    ],
    [
      '"Convolution" convolution_param { num_output: 4 kernel_sise: 3 }',
      'has a field kernel_sise in convolution_param, which is not known; did you mean kernel_size?',
    ],
    [
      '"Convolution" convolution_param { num_output: "four" }',
      'has four as its num_output, which must be a whole number',
    ],
    [
      '"Convolution" convolution_param { num_output: 4 num_output: 5 }',
      'has the field num_output twice in convolution_param',
    ],
    ['"Convolution" convolution_param: 3', 'has no message in its convolution_param'],
    [
      '"Deconvolution" convolution_param { num_output: 4 kernel_size: 2 pad: 4 }',
      'has pad 4x4, which leaves no output',
    ],
    ['"InnerProduct" inner_product_param { num_output: 2 axis: 4 }', 'has axis 4, but its input has 4 axes'],
    [
      '"Pooling" pooling_param { pool: MEAN kernel_size: 2 }',
      'has MEAN as its pool, which must be one of MAX, AVE, STOCHASTIC',
    ],
    ['"Pooling" pooling_param { pool: STOCHASTIC kernel_size: 2 }', 'pools at random'],
    ['"Pooling" pooling_param { pool: AVE }', 'needs a kernel and a stride above 0; they are 0 and 1'],
    [
      '"Pooling" pooling_param { kernel_size: 2 pad: 2 }',
      'has pad 2, which must be less than its kernel of 2',
    ],
    [
      '"Pooling" pooling_param { kernel_size: 1 stride: 3 }',
      'has windows of 1 at steps of 3 that do not fit into an extent of 5 with pad 0',
    ],
    [
      '"Pooling" pooling_param { global_pooling: true kernel_size: 2 }',
      'has both global_pooling and a kernel',
    ],
    [
      '"Pooling" top: "y" top: "m" pooling_param { pool: AVE kernel_size: 2 }',
      'has a mask as second top, which only pool: MAX makes',
    ],
    ['"BatchNorm" batch_norm_param { use_global_stats: false }', 'has use_global_stats: false'],
    ['"LRN" lrn_param { local_size: 4 }', 'has local_size 4, which must be odd'],
    [
      '"Scale" scale_param { axis: 2 num_axes: 3 }',
      'stretches over 3 axes from axis 2 on, but its input has 4',
    ],
    ['"Exp" exp_param { base: -2 }', 'has base -2, which must be above 0, or -1 for e'],
    ['"Log" log_param { base: 1 }', 'has base 1, of which there is no logarithm'],
    ['"Clip" clip_param { min: 0 }', 'needs min and max in its clip_param'],
    ['"Slice" top: "a" top: "b" top: "c" top: "d"', 'cannot cut an extent of 6 into 4'],
    [
      '"Slice" top: "a" top: "b" slice_param { slice_point: 1 slice_point: 2 }',
      'has 2 slice_point for 2 tops',
    ],
    ['"Reshape" reshape_param { shape { dim: 7 dim: -1 } }', 'cannot make 7x-1 of 1x6x4x5'],
    ['"Reshape" reshape_param { shape { dim: -1 dim: -1 } }', 'cannot make -1x-1 of 1x6x4x5'],
    ['"Permute" permute_param { order: 0 order: 0 }', 'has order 0, 0 for an input of 4 axes'],
    ['"Tile"', 'needs tiles, above 0'],
    ['"ShuffleChannel" shuffle_channel_param { group: 4 }', 'has group 4, which does not divide 6 channels'],
    ['"Interp"', 'needs height and width, zoom_factor or shrink_factor'],
    ['"Interp" interp_param { height: 4 width: 4 pad_beg: 1 }', 'has positive padding'],
    ['"ArgMax" argmax_param { axis: 1 top_k: 7 }', 'has top_k 7 for 6 values'],
    ['"Reduction" reduction_param { operation: 0 }', 'has operation 0, which is none'],
    ['"ReLU" top: "y" top: "z"', 'has 2 tops, but makes 1'],
    [
      '"ReLU" relu_param { negative_slope: steep }',
      'has steep as its negative_slope, which must be a number',
    ],
    ['"Reshape" reshape_param { shape { dim: [100000, 100000] } }', 'cannot make 100000x100000'],
    ['"Tile" tile_param { tiles: 100000000 }', 'makes a blob of 1x600000000x4x5'],
  ])('%s', (text, problem) => {
    const type = /"(\w+)"/.exec(text)![1];

    expect(() => translate(layer(text))).toThrow(`net.prototxt:2: layer x of type ${type} ${problem}`);
  });

  test.each([
    ['"ReLU"', 'bottom: "data" bottom: "vector"', 'has 2 bottoms where it needs one'],
    ['"ReLU"', 'bottom: "blob"', 'reads blob blob, which no layer before it makes'],
    ['"Eltwise"', 'bottom: "data"', 'needs at least two bottoms'],
    ['"Eltwise"', 'bottom: "data" bottom: "vector"', 'has inputs of different shapes: 1x6x4x5, 1x7'],
    [
      '"Eltwise" eltwise_param { coeff: 1 }',
      'bottom: "data" bottom: "data"',
      'has 1 coeff for 2 bottoms and operation SUM',
    ],
    [
      '"Concat"',
      'bottom: "data" bottom: "vector"',
      'joins 1x6x4x5, 1x7 on axis 1, which do not fit together',
    ],
    ['"Crop"', 'bottom: "data"', 'has 1 bottoms, not two'],
    [
      '"Crop" crop_param { offset: 1 }',
      'bottom: "data" bottom: "data"',
      'cannot cut 1x6x4x5 at 1, 1 from 1x6x4x5',
    ],
    [
      '"Scale"',
      'bottom: "data" bottom: "vector"',
      'has inputs of 1x6x4x5 and 1x7, which do not fit at axis 1',
    ],
    [
      '"Upsample"',
      'bottom: "data" bottom: "data"',
      'has a second input that is no mask of a max pooling of its own size',
    ],
    ['"Pooling" pooling_param { kernel_size: 2 }', 'bottom: "vector"', 'needs 4 axes, but its input has 2'],
    ['"Power" top: "vector"', 'bottom: "data"', 'makes blob vector, which is made before it already'],
  ])('%s with %s', (text, reads, problem) => {
    const type = /"(\w+)"/.exec(text)![1];

    expect(() => translate(layer(text, reads))).toThrow(`net.prototxt:2: layer x of type ${type} ${problem}`);
  });

  test('a shape that holds on to a batch above 1 is told what to write', () => {
    const text = `input: "data" input_dim: 10 input_dim: 2 input_dim: 2 input_dim: 2
      layer { name: "flat" type: "Reshape" bottom: "data" top: "y" reshape_param { shape { dim: 10 dim: 8 } } }`;

    expect(() => translate(text)).toThrow(
      expect.objectContaining({
        message: 'net.prototxt:2: layer flat of type Reshape cannot make 10x8 of 1x2x2x2',
        hint: expect.stringContaining('write 0 for an extent that is to follow the batch'),
      }),
    );
  });

  test('a network that is nothing but its input has no outputs', () => {
    expect(() => translate('input: "data" input_dim: 1 input_dim: 1 input_dim: 2 input_dim: 2')).toThrow(
      'net.prototxt: the network has no outputs',
    );
  });

  test('the batch becomes 1 where all pictures have the same, and only then', () => {
    const inputs = (...shapes: string[]) =>
      translate(
        `${shapes.map((dims, i) => `input: "i${i}" input_shape { dim: [${dims}] }`).join(' ')} layer { name: "x" type: "ReLU" bottom: "i0" top: "y" }`,
      ).graph.input.map(({ type }) => type!.tensorType!.shape!.dim.map(({ dimValue }) => Number(dimValue)));

    expect(inputs('10, 3, 4, 4')).toEqual([[1, 3, 4, 4]]);
    expect(inputs('10, 3, 4, 4', '10, 1, 4, 4', '88, 1')).toEqual([
      [1, 3, 4, 4],
      [1, 1, 4, 4],
      [88, 1],
    ]);
    expect(inputs('10, 3, 4, 4', '1, 3, 4, 4')).toEqual([
      [10, 3, 4, 4],
      [1, 3, 4, 4],
    ]);
    expect(inputs('5, 3')).toEqual([[5, 3]]);
  });
});
