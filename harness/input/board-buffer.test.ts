import { describe, expect, test } from 'vitest';
import type { TensorAttribute } from '../board/tensor-attribute.ts';
import { type BoardInputDeclaration, boardInputSchema } from '../spec/schema.ts';
import { elementsOf } from '../tensor/dtype.ts';
import { floatToHalf } from '../tensor/half.ts';
import type { Layout } from '../tensor/layout.ts';
import { notQuantised } from '../tensor/quantisation.ts';
import { tensor } from '../tensor/tensor.ts';
import { pictureBuffer, tensorBuffer } from './board-buffer.ts';
import { BoardInputError, InputMismatchError, NormalisationError } from './input-error.ts';
import type { Pixels } from './pixels.ts';

/** 2 x 1 pixels, in BGR order: 10 20 30 and 200 210 220. */
const colour: Pixels = { width: 2, height: 1, channels: 3, data: Uint8Array.of(10, 20, 30, 200, 210, 220) };
const grey: Pixels = { width: 2, height: 1, channels: 1, data: Uint8Array.of(7, 250) };

const declare = (declaration: Record<string, unknown>): BoardInputDeclaration =>
  boardInputSchema.parse({ channelOrder: 'bgr', dtype: 'uint8', layout: 'NHWC', ...declaration });

function attribute(changes: Partial<TensorAttribute> = {}): TensorAttribute {
  return {
    index: 0,
    name: 'data',
    shape: [1, 3, 1, 2],
    dtype: 'float16',
    layout: 'NCHW',
    quantisation: notQuantised,
    sizeBytes: 12,
    ...changes,
  };
}

const u8 = attribute({
  dtype: 'uint8',
  quantisation: { kind: 'affine', scale: 0.5, zp: 100 },
  sizeBytes: 6,
});

const make = (declaration: Record<string, unknown>, model = attribute()) =>
  pictureBuffer(colour, declare(declaration), model, 'cat.jpg');

describe('from a picture', () => {
  test.each([
    ['bgr', 'NHWC', [10, 20, 30, 200, 210, 220]],
    ['rgb', 'NHWC', [30, 20, 10, 220, 210, 200]],
    ['bgr', 'NCHW', [10, 200, 20, 210, 30, 220]],
    ['rgb', 'NCHW', [30, 220, 20, 210, 10, 200]],
  ])('puts raw bytes in order %s and layout %s', (channelOrder, layout, bytes) => {
    const input = make({ channelOrder, layout });

    expect(input).toEqual({
      index: 0,
      bytes: Uint8Array.from(bytes),
      dtype: 'uint8',
      layout,
      passThrough: false,
      sizeBytes: 6,
    });
  });

  test('takes mean and std in the order of the buffer', () => {
    const { bytes } = make({ channelOrder: 'rgb', dtype: 'float32', mean: [30, 20, 10], std: [1, 2, 4] });

    expect([...elementsOf('float32', bytes)]).toEqual([0, 0, 0, 190, 95, 47.5]);
  });

  test('makes halves', () => {
    const { bytes, dtype } = make({ dtype: 'float16', mean: 128 });

    expect(dtype).toBe('float16');
    expect([...elementsOf('float16', bytes)]).toEqual([-118, -108, -98, 72, 82, 92].map(floatToHalf));
  });

  test('saturates where the buffer really is int8', () => {
    const { bytes, dtype } = make({ dtype: 'int8' });

    expect(dtype).toBe('int8');
    expect([...elementsOf('int8', bytes)]).toEqual([10, 20, 30, 127, 127, 127]);
  });

  test('keeps raw bytes that are merely declared int8, the mistake of the forum post', () => {
    const input = make({ declare: { dtype: 'int8' } });

    expect(input).toMatchObject({ dtype: 'int8', sizeBytes: 6 });
    expect([...input.bytes]).toEqual([10, 20, 30, 200, 210, 220]);
  });

  test('lets the declared layout and size differ from the buffer', () => {
    const input = make({ dtype: 'float32', declare: { layout: 'NCHW', sizeBytes: 6 } });

    expect(input).toMatchObject({ layout: 'NCHW', sizeBytes: 6, dtype: 'float32' });
    expect([...elementsOf('float32', input.bytes)]).toEqual([10, 20, 30, 200, 210, 220]);
  });

  test('quantises natively to the type, scale and zero point of the model’s input', () => {
    const declaration = { dtype: 'native', layout: 'NCHW', mean: 128, std: 2, passThrough: true };

    const input = make(declaration, u8);

    // (x - 128) / 2 / 0.5 + 100
    expect(input).toMatchObject({ dtype: 'uint8', passThrough: true, sizeBytes: 6 });
    expect([...input.bytes]).toEqual([0, 172, 0, 182, 2, 192]);
  });

  test('makes a grey buffer of a grey picture', () => {
    const input = pictureBuffer(
      grey,
      declare({ channelOrder: 'grey' }),
      attribute({ shape: [1, 1, 1, 2] }),
      'digit.png',
    );

    expect([...input.bytes]).toEqual([7, 250]);
  });

  test.each([
    [{ channelOrder: undefined }, 'boardInput.channelOrder is missing; cat.jpg is a picture'],
    [{ channelOrder: 'grey' }, 'boardInput.channelOrder is grey; expected rgb or bgr'],
  ])('refuses %j', (declaration, message) => {
    expect(() => make(declaration)).toThrow(BoardInputError);
    expect(() => make(declaration)).toThrow(message);
  });

  test('refuses colour where the reference is grey', () => {
    expect(() => pictureBuffer(grey, declare({}), attribute(), 'digit.png')).toThrow(
      'boardInput.channelOrder is bgr; expected grey',
    );
  });

  test('refuses a list of means that does not fit the channels', () => {
    expect(() => make({ mean: [1, 2] })).toThrow(NormalisationError);
    expect(() => make({ mean: [1, 2] })).toThrow('boardInput.mean has 2 entries; expected 3');
  });

  test('refuses native for a type that the runtime does not take', () => {
    expect(() => make({ dtype: 'native' }, attribute({ dtype: 'int64' }))).toThrow(BoardInputError);
  });
});

describe('from a tensor', () => {
  const planes = tensor('float32', [1, 3, 1, 2], Float32Array.of(1.5, 2.5, -3.5, 4, 300, 6));

  const fromTensor = (declaration: Record<string, unknown>, values = planes, layout: Layout = 'NCHW') =>
    tensorBuffer(values, layout, declare(declaration), attribute(), 'x.npy');

  test('casts to the buffer’s type and moves to its layout', () => {
    const input = fromTensor({ dtype: 'int16', layout: 'NHWC' });

    expect(input).toMatchObject({ dtype: 'int16', layout: 'NHWC', sizeBytes: 12 });
    expect([...elementsOf('int16', input.bytes)]).toEqual([2, -4, 300, 2, 4, 6]);
  });

  test('leaves a float32 tensor as it is', () => {
    const { bytes } = fromTensor({ dtype: 'float32', layout: 'NCHW' });

    expect([...elementsOf('float32', bytes)]).toEqual([...planes.data]);
  });

  test.each([
    ['NCHW', planes],
    ['NHWC', tensor('float32', [1, 1, 2, 3], Float32Array.of(1.5, -3.5, 300, 2.5, 4, 6))],
  ] as const)('takes mean and std by channel, whichever layout the tensor has: %s', (layout, values) => {
    const { bytes } = fromTensor(
      { dtype: 'float32', layout: 'NHWC', mean: [1, 2, 100], std: [1, 1, 2] },
      values,
      layout,
    );

    expect([...elementsOf('float32', bytes)]).toEqual([0.5, -5.5, 100, 1.5, 2, -47]);
  });

  test('takes integers of any width', () => {
    const values = tensor('int64', [1, 3, 1, 2], BigInt64Array.of(-1n, 2n, 300n, 4n, 5n, 6n));

    const { bytes } = fromTensor({ dtype: 'uint8', layout: 'NCHW' }, values as never);

    expect([...bytes]).toEqual([0, 2, 255, 4, 5, 6]);
  });

  test('refuses NaN for integers, which have none', () => {
    const values = tensor('float32', [1, 3, 1, 2], Float32Array.of(0, NaN, 0, 0, 0, 0));

    expect(() => fromTensor({}, values)).toThrow(
      'x.npy: element 1 is NaN, which a buffer of uint8 cannot hold',
    );
    expect(() => fromTensor({ dtype: 'float32' }, values)).not.toThrow();
  });

  test('keeps the order of a tensor that is no image', () => {
    const values = tensor('float32', [1, 6], Float32Array.of(1, 2, 3, 4, 5, 6));

    const { bytes } = tensorBuffer(
      values,
      'NCHW',
      declare({ layout: 'NHWC' }),
      attribute({ shape: [6] }),
      'x.npy',
    );

    expect([...bytes]).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe('refuses a buffer that does not fit the board’s model', () => {
  test('of another size, naming both', () => {
    const model = attribute({ shape: [1, 3, 224, 224] });

    expect(() => make({}, model)).toThrow(InputMismatchError);
    expect(() => make({}, model)).toThrow(
      "cat.jpg makes a board buffer of 1x1x2x3 NHWC; the board's model takes 1x3x224x224 NCHW at input data",
    );
  });

  test('of the same number of elements in another arrangement', () => {
    expect(() => make({}, attribute({ shape: [1, 3, 2, 1] }))).toThrow(InputMismatchError);
  });

  test('that the runtime would read past its end', () => {
    expect(() => make({ declare: { dtype: 'float32' } })).toThrow(
      'cat.jpg makes a board buffer of 6 bytes (uint8); declared as float32 the runtime reads 24 bytes at input data, past its end',
    );
  });

  test('but not one that is longer than what the runtime reads', () => {
    expect(make({ dtype: 'float32', declare: { dtype: 'uint8' } }).bytes).toHaveLength(24);
  });

  test('with passThrough, of another number of bytes than the model’s input', () => {
    expect(() => make({ layout: 'NCHW', passThrough: true })).toThrow(
      'cat.jpg makes a board buffer of 6 bytes (uint8); with passThrough the runtime copies 12 bytes (float16) at input data',
    );
  });

  test('with passThrough, in another layout than the model’s, unless declared on purpose', () => {
    const declaration = { dtype: 'native', passThrough: true };

    expect(() => make(declaration)).toThrow('boardInput.layout is NHWC; expected NCHW');
    expect(make({ ...declaration, declare: { layout: 'NCHW' } }).bytes).toHaveLength(12);
  });
});
