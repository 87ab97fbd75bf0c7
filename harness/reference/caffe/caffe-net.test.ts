import { describe, expect, test } from 'vitest';
import { readPrototxt } from './caffe-net.ts';

const read = (text: string) => readPrototxt(Buffer.from(text), 'net.prototxt');

const layersOf = (text: string) =>
  read(text).layers.map(({ name, type, line, bottoms, tops }) => [name, type, line, [...bottoms], [...tops]]);

describe('both generations of layers', () => {
  test('today’s, with a type as text', () => {
    expect(
      layersOf(
        'name: "n"\nlayer { name: "c" type: "Convolution" bottom: "data" top: "c" }\nlayer { name: "r" type: "ReLU" bottom: "c" top: "c" }',
      ),
    ).toEqual([
      ['c', 'Convolution', 2, ['data'], ['c']],
      ['r', 'ReLU', 3, ['c'], ['c']],
    ]);
  });

  test('the older, with a type as a word of an enum', () => {
    expect(
      layersOf(
        'layers { name: "ip" type: INNER_PRODUCT bottom: "a" top: "b" blobs_lr: 1 }\nlayers { type: SOFTMAX bottom: "b" top: "p" }',
      ),
    ).toEqual([
      ['ip', 'InnerProduct', 1, ['a'], ['b']],
      // Where a layer has no name, its top tells people which it is.
      ['p', 'Softmax', 2, ['b'], ['p']],
    ]);
  });

  test('are refused when they are mixed, as Caffe does', () => {
    expect(() => read('layer { type: "ReLU" } layers { type: RELU }')).toThrow(
      'net.prototxt: it has layers of both generations',
    );
  });

  test('the oldest form of all is told how to become a newer one', () => {
    expect(() => read('layers { layer { name: "c" type: "conv" } bottom: "a" top: "b" type: NONE }')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('upgrade_net_proto_text') }),
    );
  });
});

describe('inputs', () => {
  const shapes = (text: string) => read(text).inputs.map(({ name, shape }) => [name, [...shape]]);

  test.each([
    [
      'four extents each',
      'input: "a" input: "b" input_dim: 1 input_dim: 3 input_dim: 4 input_dim: 5 input_dim: 1 input_dim: 1 input_dim: 2 input_dim: 2',
      [
        ['a', [1, 3, 4, 5]],
        ['b', [1, 1, 2, 2]],
      ],
    ],
    [
      'shapes',
      'input: "a" input_shape { dim: 1 dim: 7 } input: "b" input_shape { dim: [2, 3] }',
      [
        ['a', [1, 7]],
        ['b', [2, 3]],
      ],
    ],
    [
      'an Input layer with one shape for all',
      'layer { type: "Input" top: "a" top: "b" input_param { shape { dim: 1 dim: 2 } } }',
      [
        ['a', [1, 2]],
        ['b', [1, 2]],
      ],
    ],
    [
      'an Input layer with a shape each',
      'layer { type: "Input" top: "a" top: "b" input_param { shape { dim: 1 } shape { dim: 2 } } }',
      [
        ['a', [1]],
        ['b', [2]],
      ],
    ],
  ])('%s', (_, text, expected) => {
    expect(shapes(`${text} layer { type: "ReLU" bottom: "a" top: "r" }`)).toEqual(expected);
  });

  test.each([
    ['input: "a" input_dim: 1 input_dim: 3', 'net.prototxt:1: the network has 1 inputs and 2 input_dim'],
    ['input: "a" input_shape { dim: 0 }', 'net.prototxt:1: the network has an input of shape 0'],
    [
      '\nlayer { name: "in" type: "Input" top: "a" }',
      'net.prototxt:2: layer in of type Input has 0 shapes for 1 tops',
    ],
    [
      'input: "a" input_shape { dim: 1.5 }',
      'net.prototxt:1: the network has 1.5 as its dim, which must be a whole number',
    ],
  ])('%j is refused', (text, message) => {
    expect(() => read(`${text} layer { type: "ReLU" bottom: "a" top: "r" }`)).toThrow(message);
  });
});

describe('phases', () => {
  const names = (rules: string, state = '') =>
    read(`${state} layer { name: "x" type: "ReLU" ${rules} } layer { name: "last" type: "ReLU" }`).layers.map(
      ({ name }) => name,
    );
  const [kept, dropped] = [['x', 'last'], ['last']];

  test.each([
    ['', kept],
    ['include { phase: TEST }', kept],
    ['include { phase: TRAIN }', dropped],
    ['exclude { phase: TEST }', dropped],
    ['exclude { phase: TRAIN }', kept],
    ['include { phase: TRAIN } include { phase: TEST }', kept],
    ['include { min_level: 1 }', dropped],
    ['include { max_level: 1 }', kept],
    ['include { phase: TEST stage: "deploy" }', dropped],
    ['include { phase: TEST not_stage: "deploy" }', kept],
    ['exclude { stage: "deploy" }', kept],
    // A phase of its own is no rule: the layer is in the network, and behaves as in that phase.
    ['phase: TRAIN', kept],
  ])('a layer with `%s`', (rules, expected) => {
    expect(names(rules)).toEqual(expected);
  });

  test('know the stages that the network states', () => {
    expect(names('include { stage: "deploy" }', 'state { stage: "deploy" }')).toEqual(kept);
  });

  test('have rules of one kind only', () => {
    expect(() => names('include { phase: TEST } exclude { phase: TRAIN }')).toThrow(
      'layer x of type ReLU has both include and exclude rules',
    );
  });
});

describe('what is no network', () => {
  test.each([
    ['net: "train.prototxt" base_lr: 0.01', 'this is a solver’s settings'],
    ['', 'this text describes no Caffe network'],
    ['item { name: "dog" }', 'this text describes no Caffe network'],
    ['layer: 3', 'the network has no message in its field layer'],
    ['layer { name: "x" top: "y" }', 'layer x of type ? has no type'],
    [
      'layer { name: "r" type: "ReLU" relu_parm { negative_slope: 0.1 } }',
      'layer r of type ReLU has a field relu_parm in the layer, which is not known; did you mean relu_param?',
    ],
    ['layer { name: "r" name: "s" type: "ReLU" }', 'has the field name twice in the layer'],
  ])('%j is refused', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  test('neither is a binary file, which may have changed places with the text', () => {
    expect(() => readPrototxt(Uint8Array.of(10, 3, 0, 1, 2), 'net.prototxt')).toThrow(
      expect.objectContaining({
        message: 'net.prototxt: this is no text',
        hint: expect.stringContaining('changed places'),
      }),
    );
  });

  test('neither is a Git LFS pointer', () => {
    expect(() => read('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n')).toThrow(
      'is a Git LFS pointer',
    );
  });

  test('what forks add to a layer is left alone', () => {
    expect(
      layersOf(
        'layer { name: "r" type: "ReLU" bottom: "a" top: "b" quantization_param { bw: 8 } evaluation_method: "x" }',
      ),
    ).toHaveLength(1);
  });
});
