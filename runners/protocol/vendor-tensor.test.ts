import { expect, test } from 'vitest';
import type { TensorAttribute } from '../../harness/board/tensor-attribute.ts';
import type { VendorAttribute } from './messages.ts';
import { MessageError } from './protocol-error.ts';
import { attributeFromVendor, attributeToVendor, inputFromVendor, inputToVendor } from './vendor-tensor.ts';

const vendorInput: VendorAttribute = {
  index: 0,
  name: 'data',
  dims: [3, 224, 220, 1],
  n_elems: 147_840,
  size: 147_840,
  fmt: 1,
  type: 3,
  qnt_type: 2,
  fl: -128,
  zp: 128,
  scale: 0.0078125,
};

test('turns the vendor’s dimensions round: the fastest comes first there', () => {
  expect(attributeFromVendor(vendorInput).shape).toEqual([1, 220, 224, 3]);
});

test('drops dimensions of 0, which are none', () => {
  expect(attributeFromVendor({ ...vendorInput, dims: [1000, 1, 0, 0] }).shape).toEqual([1, 1000]);
});

test('reads the vendor’s numbers as types, formats and quantisations', () => {
  expect(attributeFromVendor(vendorInput)).toMatchObject({
    dtype: 'uint8',
    layout: 'NHWC',
    quantisation: { kind: 'affine', scale: 0.0078125, zp: 128 },
  });
  expect(attributeFromVendor({ ...vendorInput, type: 1, fmt: 0, qnt_type: 0 })).toMatchObject({
    dtype: 'float16',
    layout: 'NCHW',
    quantisation: { kind: 'none' },
  });
});

test('ignores fl and zp where the quantisation does not use them, since they share their storage', () => {
  const dfp = attributeFromVendor({ ...vendorInput, type: 4, qnt_type: 1, fl: -3, zp: 253 });

  expect(dfp.quantisation).toEqual({ kind: 'dfp', fl: -3 });
});

test('reads a scale as the float that the board holds', () => {
  const { quantisation } = attributeFromVendor({ ...vendorInput, scale: 0.1 });

  expect(quantisation).toEqual({ kind: 'affine', scale: Math.fround(0.1), zp: 128 });
});

test('refuses a number that the vendor’s header does not know', () => {
  expect(() => attributeFromVendor({ ...vendorInput, type: 5 })).toThrow(MessageError);
  expect(() => attributeFromVendor({ ...vendorInput, type: 5 })).toThrow(
    'the type of tensor 0 "data" is 5, the vendor’s header knows 0 to 4',
  );
});

test('gives back the attributes that a simulated board sent', () => {
  const attributes: TensorAttribute[] = [
    {
      index: 1,
      name: 'prob',
      shape: [1, 2],
      dtype: 'float16',
      layout: 'NCHW',
      quantisation: { kind: 'none' },
      sizeBytes: 4,
    },
    {
      index: 2,
      name: '',
      shape: [1, 8, 8, 16],
      dtype: 'int16',
      layout: 'NHWC',
      quantisation: { kind: 'dfp', fl: 9 },
      sizeBytes: 2048,
    },
  ];

  const found = attributes.map((attribute) => attributeFromVendor(attributeToVendor(attribute)));

  expect(found).toEqual(attributes);
});

test('hands an input over as it was declared, mistakes included', () => {
  const bytes = Uint8Array.of(1, 2, 3, 4);
  const input = {
    index: 0,
    bytes,
    dtype: 'float32',
    layout: 'NCHW',
    passThrough: true,
    sizeBytes: 1,
  } as const;

  const wire = inputToVendor(input, { offset: 8, length: 4 });

  expect(wire).toEqual({ index: 0, type: 0, fmt: 0, pass_through: true, size: 1, offset: 8, length: 4 });
  expect(inputFromVendor(wire, bytes)).toEqual(input);
});

test('has no way to declare an element type that the vendor lacks', () => {
  const input = {
    index: 0,
    bytes: new Uint8Array(8),
    dtype: 'int64',
    layout: 'NCHW',
    passThrough: false,
    sizeBytes: 8,
  } as const;

  expect(() => inputToVendor(input, { offset: 0, length: 8 })).toThrow('no element type int64');
});
