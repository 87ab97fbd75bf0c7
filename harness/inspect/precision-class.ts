import type { RknnTrailer } from '../reference/rknn-file/trailer.ts';
import { storageFromRknn } from '../reference/rknn-file/tensor-attributes.ts';
import type { TensorStorage } from '../reference/npu-format/tensor-storage.ts';
import type { NumericFormat } from '../tensor/quantisation.ts';

/** The format of one tensor's elements; undefined for indices, masks and the like. */
export function formatOf({
  dtype,
  quantisation,
}: TensorStorage): Exclude<NumericFormat, 'hybrid'> | undefined {
  if (dtype === 'float16') return 'fp16';
  if (dtype === 'uint8' && quantisation.kind === 'affine') return 'u8';
  if (dtype === 'int8') return 'i8';
  return dtype === 'int16' ? 'i16' : undefined;
}

/**
 * The precision class of a whole model, from its layers where the file lists them, else from its inputs. The outputs do
 * not count: quantised networks give their softmax in float16.
 */
export function precisionClass(trailer: RknnTrailer, origin: string): NumericFormat | undefined {
  const inputs = new Set(
    trailer.graph.filter(({ left }) => left === 'input').map(({ right_tensor_id }) => right_tensor_id),
  );
  const fed = trailer.norm_tensor.filter(({ tensor_id }) => inputs.has(tensor_id));
  const inner = trailer.virtual_tensor ?? [];
  const formats = (tensors: readonly { readonly dtype: RknnTrailer['norm_tensor'][number]['dtype'] }[]) =>
    new Set(
      tensors
        .map(({ dtype }) => formatOf(storageFromRknn(dtype, origin)))
        .filter((format) => format !== undefined),
    );
  const found = inner.length > 0 ? formats(inner) : formats(fed);
  if (found.size > 1) return 'hybrid';
  return [...found][0];
}

/** How a storage is written in tables: `uint8 affine`, `int8 dfp`, `float16`. */
export const storageWord = ({ dtype, quantisation }: TensorStorage): string =>
  quantisation.kind === 'none' ? dtype : `${dtype} ${quantisation.kind}`;
