import type { BoardInput } from '../../harness/board/session.ts';
import type { TensorAttribute } from '../../harness/board/tensor-attribute.ts';
import { InternalError } from '../../harness/hil-error.ts';
import type { DType } from '../../harness/tensor/dtype.ts';
import type { Layout } from '../../harness/tensor/layout.ts';
import type { Quantisation } from '../../harness/tensor/quantisation.ts';
import { elementCount } from '../../harness/tensor/tensor.ts';
import type { PayloadSlice, VendorAttribute, VendorInput } from './messages.ts';
import { MessageError } from './protocol-error.ts';

// The numbers of rknn_api.h: rknn_tensor_type, rknn_tensor_format and rknn_tensor_qnt_type, in the vendor's order.
const types: readonly DType[] = ['float32', 'float16', 'int8', 'uint8', 'int16'];
const formats: readonly Layout[] = ['NCHW', 'NHWC'];
const quantisations: readonly Quantisation['kind'][] = ['none', 'dfp', 'affine'];

/** @throws {MessageError} If a number stands for nothing in the vendor's header. */
export function attributeFromVendor(attribute: VendorAttribute): TensorAttribute {
  const what = `tensor ${attribute.index} "${attribute.name}"`;
  return {
    index: attribute.index,
    name: attribute.name,
    // A 0 is no dimension; the vendor's order is fastest first.
    shape: attribute.dims.filter((extent) => extent > 0).reverse(),
    dtype: lookUp(types, attribute.type, `the type of ${what}`),
    layout: lookUp(formats, attribute.fmt, `the format of ${what}`),
    quantisation: quantisationFromVendor(attribute, what),
    sizeBytes: attribute.size,
  };
}

/** `fl` and `zp` share their storage in the vendor's runtime: only the one that `qnt_type` names means something. */
function quantisationFromVendor({ qnt_type, fl, zp, scale }: VendorAttribute, what: string): Quantisation {
  const kind = lookUp(quantisations, qnt_type, `the quantisation of ${what}`);
  if (kind === 'affine') return { kind, scale: Math.fround(scale), zp };
  return kind === 'dfp' ? { kind, fl } : { kind };
}

export function attributeToVendor(attribute: TensorAttribute): VendorAttribute {
  const { quantisation } = attribute;
  return {
    index: attribute.index,
    name: attribute.name,
    dims: attribute.shape.toReversed(),
    n_elems: elementCount(attribute.shape),
    size: attribute.sizeBytes,
    fmt: formats.indexOf(attribute.layout),
    type: vendorType(attribute.dtype),
    qnt_type: quantisations.indexOf(quantisation.kind),
    fl: quantisation.kind === 'dfp' ? quantisation.fl : 0,
    zp: quantisation.kind === 'affine' ? quantisation.zp : 0,
    scale: quantisation.kind === 'affine' ? quantisation.scale : 0,
  };
}

export function inputToVendor(input: BoardInput, slice: PayloadSlice): VendorInput {
  return {
    index: input.index,
    type: vendorType(input.dtype),
    fmt: formats.indexOf(input.layout),
    pass_through: input.passThrough,
    size: input.sizeBytes,
    ...slice,
  };
}

/** @throws {MessageError} If a number stands for nothing in the vendor's header. */
export function inputFromVendor(input: VendorInput, bytes: Uint8Array): BoardInput {
  return {
    index: input.index,
    bytes,
    dtype: lookUp(types, input.type, `the type of input ${input.index}`),
    layout: lookUp(formats, input.fmt, `the format of input ${input.index}`),
    passThrough: input.pass_through,
    sizeBytes: input.size,
  };
}

function vendorType(dtype: DType): number {
  const type = types.indexOf(dtype);
  if (type < 0) throw new InternalError(`the vendor’s interface has no element type ${dtype}`);
  return type;
}

function lookUp<T>(names: readonly T[], value: number, what: string): T {
  const name = names[value];
  if (name === undefined) {
    throw new MessageError(`${what} is ${value}, the vendor’s header knows 0 to ${names.length - 1}`);
  }
  return name;
}
