import { isDeepStrictEqual } from 'node:util';
import type { TensorStorage } from '../reference/npu-format/tensor-storage.ts';

/** e.g. `uint8 scale 0.0218 zp 3`, `int8 fl 5`, `float16`. */
export function formatStorage({ dtype, quantisation }: TensorStorage): string {
  switch (quantisation.kind) {
    case 'none':
      return dtype;
    case 'affine':
      return `${dtype} scale ${Number(quantisation.scale.toPrecision(6))} zp ${quantisation.zp}`;
    case 'dfp':
      return `${dtype} fl ${quantisation.fl}`;
  }
}

export const sameStorage = (a: TensorStorage, b: TensorStorage): boolean =>
  a.dtype === b.dtype && isDeepStrictEqual(a.quantisation, b.quantisation);
