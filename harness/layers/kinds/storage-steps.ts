import type { TensorStorage } from '../../reference/npu-format/tensor-storage.ts';
import { float16Storage, float32Storage } from '../../reference/npu-format/tensor-storage.ts';
import { floatToHalf, halfToFloat, maxHalf } from '../../tensor/half.ts';

/** The grid on which a storage format can hold values. */
export interface StorageGrid {
  /** `float16`, or `uint8 (scale 0.5, zp 128)`: for sentences. */
  readonly name: string;
  /** Distance between neighbours around a value, by the exponent bits of the value as a float32 (256 entries). */
  readonly stepOfExponent: Float64Array;
  /** The same everywhere: integers. Floats have steps that grow with the value. */
  readonly uniform: boolean;
  /**
   * Rounding noise that one layer's arithmetic adds besides the rounding of its output: as a share of the typical value
   * for floats, in steps for integers. Half a step is what operands rounded to the same format add up to.
   */
  readonly innerNoise: number;
  /** The largest and smallest value that the format holds. */
  readonly limits: readonly [low: number, high: number];
}

const integerLimits: Partial<Record<TensorStorage['dtype'], readonly [number, number]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65_535],
  int16: [-32_768, 32_767],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
};

/** The grid of a format. */
export function storageGrid({ dtype, quantisation }: TensorStorage): StorageGrid {
  if (quantisation.kind === 'none') {
    if (dtype === 'float16') return floatGrid(dtype, 10, -14, maxHalf);
    if (dtype.startsWith('float')) return floatGrid(dtype, 23, -126, 3.402_823_466_385_288_6e38);
  }
  const [step, zp, parameters] =
    quantisation.kind === 'affine'
      ? [quantisation.scale, quantisation.zp, ` (scale ${quantisation.scale}, zp ${quantisation.zp})`]
      : quantisation.kind === 'dfp'
        ? [2 ** -quantisation.fl, 0, ` (fl ${quantisation.fl})`]
        : [1, 0, ''];
  const [low, high] = integerLimits[dtype] ?? [-Infinity, Infinity];
  return {
    name: `${dtype}${parameters}`,
    stepOfExponent: new Float64Array(256).fill(step),
    uniform: true,
    innerNoise: 0.5,
    limits: [(low - zp) * step, (high - zp) * step],
  };
}

function floatGrid(name: string, mantissaBits: number, lowestExponent: number, max: number): StorageGrid {
  return {
    name,
    stepOfExponent: Float64Array.from(
      { length: 256 },
      (_, biased) => 2 ** (Math.max(biased - 127, lowestExponent) - mantissaBits),
    ),
    uniform: false,
    innerNoise: 2 ** -(mantissaBits + 1),
    limits: [-max, max],
  };
}

/** Text dumps print six decimals. */
const printedHalfStep = 5.1e-7;

/** Where nobody says how the board stores the values: float16 if every value is a half (as printed), else float32. */
export function guessStorage(values: Float32Array): TensorStorage {
  const stride = Math.max(1, Math.floor(values.length / 4096));
  for (let i = 0; i < values.length; i += stride) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    if (!(Math.abs(halfToFloat(floatToHalf(value)) - value) <= printedHalfStep)) return float32Storage;
  }
  return float16Storage;
}
