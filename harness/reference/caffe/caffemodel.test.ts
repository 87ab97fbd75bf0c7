import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { HilError } from '../../hil-error.ts';
import { readCaffemodel } from './caffemodel.ts';
import { weightsFrom, type WantedBlob } from './take-weights.ts';

const read = (bytes: Uint8Array) => readCaffemodel(bytes, 'net.caffemodel');

type Fill = (writer: BinaryWriter) => unknown;

const message = (fill: Fill): Uint8Array => {
  const writer = new BinaryWriter();
  fill(writer);
  return writer.finish();
};
const field = (writer: BinaryWriter, number: number, fill: Fill) =>
  writer.tag(number, WireType.LengthDelimited).bytes(message(fill));

/** A model of today's generation with one layer of one blob. */
const modelOf = (name: string, ...blobs: Fill[]) =>
  message((net) =>
    field(net, 100, (layer) => {
      layer.tag(1, WireType.LengthDelimited).string(name);
      for (const blob of blobs) field(layer, 7, blob);
    }),
  );

const shape =
  (...dims: number[]): Fill =>
  (blob) =>
    field(blob, 7, (inner) => field(inner, 1, (packed) => dims.forEach((extent) => packed.int64(extent))));
const floats =
  (...values: number[]): Fill =>
  (blob) =>
    field(blob, 5, (packed) => values.forEach((value) => packed.float(value)));
const both =
  (...fills: Fill[]): Fill =>
  (blob) =>
    fills.forEach((fill) => fill(blob));

describe('a blob', () => {
  const blobOf = (fill: Fill) => {
    const [found] = read(modelOf('a', fill)).blobs.get('a')!;
    return { shape: [...found!.shape], values: [...found!.values] };
  };

  test.each<[string, Fill, { shape: number[]; values: number[] }]>([
    ['packed floats', both(shape(2, 1), floats(1.5, -2)), { shape: [2, 1], values: [1.5, -2] }],
    [
      'floats one by one',
      both(shape(2), (blob) => [3, 4].forEach((value) => blob.tag(5, WireType.Bit32).float(value))),
      { shape: [2], values: [3, 4] },
    ],
    ['packed floats in two runs', both(floats(1), shape(2), floats(2)), { shape: [2], values: [1, 2] }],
    [
      'packed doubles',
      both(shape(1), (blob) => field(blob, 8, (packed) => packed.double(0.1))),
      { shape: [1], values: [Math.fround(0.1)] },
    ],
    [
      'doubles one by one',
      both(shape(1), (blob) => blob.tag(8, WireType.Bit64).double(0.5)),
      { shape: [1], values: [0.5] },
    ],
    [
      'doubles, which go before floats',
      both(shape(1), floats(7), (blob) => field(blob, 8, (packed) => packed.double(8))),
      { shape: [1], values: [8] },
    ],
    [
      'the old form of four extents',
      both(
        (blob) =>
          [1, 2, 3, 4].forEach((number) => blob.tag(number, WireType.Varint).int32(number === 4 ? 2 : 1)),
        floats(1, 2),
      ),
      { shape: [1, 1, 1, 2], values: [1, 2] },
    ],
    [
      'a shape one by one',
      both(
        (blob) =>
          field(blob, 7, (inner) => [2, 3].forEach((extent) => inner.tag(1, WireType.Varint).int64(extent))),
        floats(...Array(6).keys()),
      ),
      { shape: [2, 3], values: [0, 1, 2, 3, 4, 5] },
    ],
    [
      'gradients and fields of forks beside it',
      both(
        (blob) => field(blob, 6, (packed) => packed.float(9)),
        (blob) => blob.tag(10, WireType.Varint).int32(2),
        shape(1),
        floats(1),
      ),
      { shape: [1], values: [1] },
    ],
    ['a single number', floats(5), { shape: [], values: [5] }],
  ])('is read from %s', (_, fill, expected) => {
    expect(blobOf(fill)).toEqual(expected);
  });
});

describe('a model', () => {
  test('of the older generation has its layers elsewhere', () => {
    const bytes = message((net) =>
      field(net, 2, (layer) => {
        field(layer, 6, both(shape(1), floats(2)));
        layer.tag(4, WireType.LengthDelimited).string('conv1').tag(5, WireType.Varint).int32(4);
      }),
    );

    expect([...read(bytes).blobs.keys()]).toEqual(['conv1']);
  });

  test.each<[string, Uint8Array, string, string]>([
    ['an empty file', new Uint8Array(), 'has no layers', 'whole file'],
    [
      'a prototxt',
      Buffer.from('name: "net"\nlayer {\n  name: "c"\n}\n'),
      'is no caffemodel',
      'changed places',
    ],
    ['a file cut short', modelOf('a', both(shape(2), floats(1, 2))).slice(0, -3), 'damaged', 'whole file'],
    ['a length that lies', Uint8Array.of(0xa2, 6, 0xff, 0xff, 0xff, 0xff, 7, 1), 'damaged', 'whole file'],
    [
      'half a float',
      modelOf('a', (blob) => blob.tag(5, WireType.LengthDelimited).bytes(Uint8Array.of(1, 2, 3))),
      'damaged',
      'whole file',
    ],
    ['a blob of 33 axes', modelOf('a', shape(...Array<number>(33).fill(1))), 'damaged', 'whole file'],
    [
      'the oldest form',
      message((net) => field(net, 2, (layer) => field(layer, 1, floats(1)))),
      'oldest form (V0)',
      'upgrade_net_proto_binary',
    ],
  ])('%s is refused', (_, bytes, problem, hint) => {
    expect(() => read(bytes)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(problem),
        hint: expect.stringContaining(hint),
      }),
    );
  });
});

describe('weights that do not fit', () => {
  const layer = { name: 'conv1', type: 'Convolution', line: 12 };
  const wanted: WantedBlob[] = [
    { part: 'weights', shape: [2, 3] },
    { part: 'bias', shape: [2] },
  ];
  const take = (bytes: Uint8Array, who = layer) => weightsFrom(read(bytes), 'net.prototxt')(who, wanted);
  const bias = both(shape(2), floats(1, 2));
  const weights = both(shape(2, 3), floats(1, 2, 3, 4, 5, 6));

  test.each<[string, Uint8Array, string]>([
    [
      'a layer that is not there',
      modelOf('conv_1', weights, bias),
      'needs weights of 2x3 and bias of 2, but there are none of that name (there is conv_1) in net.caffemodel',
    ],
    [
      'too few blobs',
      modelOf('conv1', weights),
      'needs weights of 2x3 and bias of 2, but has 2x3 in net.caffemodel',
    ],
    [
      'another shape',
      modelOf('conv1', both(shape(3, 2), floats(1, 2, 3, 4, 5, 6)), bias),
      'needs weights of 2x3, but they are 3x2 in net.caffemodel',
    ],
    [
      'another number of values',
      modelOf('conv1', both(shape(2, 3), floats(1, 2, 3)), bias),
      'needs weights of 2x3, 6 values, but there are 3 in net.caffemodel',
    ],
  ])('are refused with both shapes: %s', (_, bytes, message_) => {
    expect(() => take(bytes)).toThrow(`net.prototxt:12: layer conv1 of type Convolution ${message_}`);
  });

  test('but leading extents of 1, which the old form has, are no matter', () => {
    const legacy = both(shape(1, 1, 2, 3), floats(1, 2, 3, 4, 5, 6));

    const [taken] = take(modelOf('conv1', legacy, bias));

    expect([taken!.shape, [...taken!.data]]).toEqual([
      [2, 3],
      [1, 2, 3, 4, 5, 6],
    ]);
  });

  test('a second layer of the same name gets none', () => {
    const takeWeights = weightsFrom(read(modelOf('conv1', weights, bias)), 'net.prototxt');
    takeWeights(layer, wanted);

    expect(() => takeWeights({ ...layer, line: 20 }, wanted)).toThrow(
      'net.prototxt:20: layer conv1 of type Convolution has the name of a layer before it',
    );
  });
});

describe('damaged files', () => {
  const whole = Buffer.from(
    (
      JSON.parse(readFileSync(new URL('fixtures/layers.json', import.meta.url), 'utf8')) as {
        caffemodel: string;
      }[]
    )[0]!.caffemodel,
    'base64',
  );

  const endsWell = (bytes: Uint8Array): boolean => {
    try {
      return read(bytes).blobs.size >= 0;
    } catch (error) {
      return error instanceof HilError && error.code === 'HIL_MODEL_CAFFE_FORMAT';
    }
  };

  test('end in a model or in an error of ours: any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(endsWell(bytes)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('one byte changed', () => {
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Uint8Array.from(whole);
        damaged[at]! ^= change;
        expect(endsWell(damaged)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('cut anywhere', () => {
    fc.assert(
      fc.property(fc.nat(whole.length - 1), (length) => {
        expect(endsWell(whole.subarray(0, length))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('groups in groups', () => {
    expect(endsWell(new Uint8Array(1_000_000).fill((15 << 3) | WireType.StartGroup))).toBe(true);
  });
});
