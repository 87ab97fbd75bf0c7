import type { TensorStorage } from '../npu-format/tensor-storage.ts';

/**
 * A tensor on its way through a network that is being written: float32 elements in ONNX that stand for real values,
 * value = element * step. Integers of the NPU travel as floats (code - zero point), which float32 holds exactly up to
 * 2^24.
 */
export interface Wire {
  /** In the ONNX graph. */
  readonly name: string;
  /** NumPy order. */
  readonly shape: readonly number[];
  readonly step: number;
  /** Set where every element is a value of this format; unset between a sum and its rounding. */
  readonly codes?: TensorStorage | undefined;
}

export const sameStorage = (a: TensorStorage | undefined, b: TensorStorage): boolean =>
  a !== undefined && a.dtype === b.dtype && JSON.stringify(a.quantisation) === JSON.stringify(b.quantisation);

/** Smallest and largest code of the formats that the NPU computes with in integers. */
export function codeLimits({ dtype, quantisation }: TensorStorage): readonly [number, number] | undefined {
  if (quantisation.kind === 'none') return undefined;
  switch (dtype) {
    case 'uint8':
      return [0, 255];
    case 'int8':
      return [-128, 127];
    case 'int16':
      return [-32_768, 32_767];
    default:
      return undefined;
  }
}
