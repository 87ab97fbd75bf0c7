import type { TensorStorage } from '../reference/npu-format/tensor-storage.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { LayerError } from './layer-analysis.ts';

/**
 * How often the error that the emulated format explains is allowed. The emulation computes with exact sums and one way
 * of rounding weights; the chip's accumulators and the converter's rounding are not known. The published first
 * convolution of an RK1808 has 1.6 times the error of nearest rounding.
 */
const allowedRms = 3;
const allowedMax = 4;

/** A factor on a whole layer that rounding of any kind is not known to make; nor does it stand out of small layers. */
const allowedGain = 0.003;

/** Dumps are text with six decimals, of the layer as of its inputs. */
const textError = 1e-6;

/**
 * A layer's own error in units of what its format allows, over all elements, at the worst one, and as a factor on all:
 * above 1 it is itself wrong.
 *
 * @param reference - What the layer should give for the board's inputs.
 * @param expected - Error that the format alone explains for the same inputs.
 */
export function excessOf(
  error: LayerError,
  expected: LayerError,
  reference: Tensor<'float32'>,
  storage: TensorStorage | undefined,
): number {
  const size = sizeOf(reference);
  if (!Number.isFinite(error.rmse)) return size.isFinite ? Infinity : NaN;
  const rms = allowedRms * expected.rmse + stepAt(size.rms, storage) / 2 + textError;
  const max = allowedMax * expected.maxAbsError + stepAt(size.max, storage) + textError;
  const gain =
    allowedRms * (Math.abs(expected.gain - 1) + (2 * expected.relative) / Math.sqrt(reference.data.length)) +
    allowedGain;
  // A layer of zeros has no gain.
  const gainExcess = Math.abs(error.gain - 1) / gain || 0;
  return Math.max(error.rmse / rms, error.maxAbsError / max, error.rmse > rms / allowedRms ? gainExcess : 0);
}

/** Distance of neighbouring values of a format near some magnitude. */
function stepAt(magnitude: number, storage: TensorStorage | undefined): number {
  if (storage === undefined) return 0;
  switch (storage.quantisation.kind) {
    case 'affine':
      return storage.quantisation.scale;
    case 'dfp':
      return 2 ** -storage.quantisation.fl;
    case 'none':
      return storage.dtype === 'float16' ? magnitude * 2 ** -10 : 0;
  }
}

function sizeOf({ data }: Tensor<'float32'>): { rms: number; max: number; isFinite: boolean } {
  let squares = 0;
  let max = 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    squares += value * value;
    const magnitude = Math.abs(value);
    if (magnitude > max) max = magnitude;
  }
  return { rms: Math.sqrt(squares / Math.max(1, data.length)), max, isFinite: Number.isFinite(squares) };
}
