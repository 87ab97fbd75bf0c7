import type { TensorAttribute } from '../../board/tensor-attribute.ts';
import { isDType } from '../../tensor/dtype.ts';
import { notQuantised } from '../../tensor/quantisation.ts';
import { tensorBytes } from '../../tensor/tensor.ts';
import type { TensorStorage } from '../npu-format/tensor-storage.ts';
import { RknnFormatError } from './rknn-error.ts';
import type { RknnDtype, RknnNormTensor, RknnTrailer } from './trailer.ts';

/**
 * The model's inputs and outputs as a runtime describes them, in the model's order. Shapes are in NumPy's order;
 * outputs carry the inputs' layout, which is decoration for them.
 *
 * @throws {RknnFormatError} If an index is missing or an element type is unknown.
 */
export function tensorAttributes(
  trailer: RknnTrailer,
  side: 'input' | 'output',
  origin: string,
): TensorAttribute[] {
  const tensors = new Map(trailer.norm_tensor.map((tensor) => [tensor.tensor_id, tensor]));
  return trailer.graph
    .filter((edge) => edge.left === side)
    .toSorted((a, b) => a.left_tensor_id - b.left_tensor_id)
    .map((edge, index) => {
      if (edge.left_tensor_id !== index) {
        throw new RknnFormatError(origin, `its graph lists no ${side} ${index}`);
      }
      return attributeOf(tensors.get(edge.right_tensor_id)!, index, trailer.input_fmt === 1, origin);
    });
}

function attributeOf(tensor: RknnNormTensor, index: number, nhwc: boolean, origin: string): TensorAttribute {
  const { dtype, quantisation } = storageFromRknn(tensor.dtype, `${origin}: norm_tensor ${tensor.tensor_id}`);
  // A 0 is no dimension; slowest first from here on.
  const shape = tensor.size.filter((extent) => extent > 0).toReversed();
  return {
    index,
    name: tensor.url ?? '',
    shape,
    dtype,
    layout: nhwc ? 'NHWC' : 'NCHW',
    quantisation,
    sizeBytes: tensorBytes({ dtype, shape }),
  };
}

/**
 * From the vendor's words to ours.
 *
 * @param where - File and tensor, for messages.
 * @throws {RknnFormatError} If the element type is unknown, or the quantisation lacks its numbers.
 */
export function storageFromRknn(
  { vx_type, qnt_type, scale, zero_point, fl }: RknnDtype,
  where: string,
): TensorStorage {
  const name = vx_type.slice('VSI_NN_TYPE_'.length).toLowerCase().replace('bool8', 'bool');
  if (!isDType(name)) throw new RknnFormatError(where, `its element type ${vx_type} is unknown`);
  switch (qnt_type) {
    case 'VSI_NN_QNT_TYPE_NONE':
      return { dtype: name, quantisation: notQuantised };
    case 'VSI_NN_QNT_TYPE_DFP':
      if (fl === undefined) throw new RknnFormatError(where, `it is ${qnt_type} without fl`);
      return { dtype: name, quantisation: { kind: 'dfp', fl } };
    case 'VSI_NN_QNT_TYPE_AFFINE_ASYMMETRIC':
      if (scale === undefined || zero_point === undefined || !(scale > 0)) {
        throw new RknnFormatError(
          where,
          `it is ${qnt_type}, but scale is ${scale} and zero_point ${zero_point}`,
        );
      }
      return { dtype: name, quantisation: { kind: 'affine', scale, zp: zero_point } };
    default:
      throw new RknnFormatError(where, `its quantisation ${qnt_type} is unknown`);
  }
}

/** From our words to the vendor's; the inverse of {@link storageFromRknn}. */
export function storageToRknn({ dtype, quantisation }: TensorStorage): RknnDtype {
  const vx_type = `VSI_NN_TYPE_${dtype === 'bool' ? 'BOOL8' : dtype.toUpperCase()}`;
  switch (quantisation.kind) {
    case 'none':
      return { qnt_type: 'VSI_NN_QNT_TYPE_NONE', vx_type };
    case 'dfp':
      return { fl: quantisation.fl, qnt_type: 'VSI_NN_QNT_TYPE_DFP', vx_type };
    case 'affine':
      return {
        scale: quantisation.scale,
        zero_point: quantisation.zp,
        qnt_type: 'VSI_NN_QNT_TYPE_AFFINE_ASYMMETRIC',
        vx_type,
      };
  }
}
