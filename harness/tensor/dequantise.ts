import { HilError } from '../hil-error.ts';
import { halvesToFloats } from './half.ts';
import type { Quantisation } from './quantisation.ts';
import { tensor, type Tensor } from './tensor.ts';

/** A tensor's attributes contradict each other, so its elements have no known values. */
export class DequantisationError extends HilError {
  readonly code = 'HIL_DEQUANTISATION';
  readonly owner = 'lab';

  constructor(problem: string) {
    super(problem, {
      hint: 'The runtime on the board describes its own output wrongly: check that runtime and model file fit together.',
    });
  }
}

/**
 * Turns what the board holds into real values, as the vendor's runtime does for `want_float`, but from the raw elements:
 * halves widened exactly, `(q - zp) * scale` for affine, `q * 2^-fl` for dynamic fixed point (`fl` may be negative),
 * integers cast. Each result is rounded once, to float32; the vendor's `scale` is a float32 and is taken as one.
 *
 * @returns The same tensor if it is float32 already.
 * @throws {DequantisationError} If floats are said to be quantised, or a parameter is no sensible number.
 */
export function dequantise(raw: Tensor, quantisation: Quantisation): Tensor<'float32'> {
  const { dtype, shape } = raw;
  if (quantisation.kind === 'none') {
    if (dtype === 'float32') return raw as Tensor<'float32'>;
    if (dtype === 'float16') return tensor('float32', shape, halvesToFloats(raw.data as Uint16Array));
    return tensor('float32', shape, toReal(raw, 1, 0));
  }
  if (dtype === 'float16' || dtype === 'float32' || dtype === 'float64' || dtype === 'bool') {
    throw new DequantisationError(`a ${dtype} tensor is said to be quantised (${describe(quantisation)})`);
  }
  if (quantisation.kind === 'affine') {
    const scale = Math.fround(quantisation.scale);
    if (!(scale > 0 && Number.isFinite(scale)) || !Number.isInteger(quantisation.zp)) {
      throw new DequantisationError(
        `an affine tensor has ${describe(quantisation)}, expected a positive scale and a whole zero point`,
      );
    }
    return tensor('float32', shape, toReal(raw, scale, quantisation.zp));
  }
  const step = 2 ** -quantisation.fl;
  if (!Number.isInteger(quantisation.fl) || step === 0 || !Number.isFinite(step)) {
    throw new DequantisationError(
      `a dynamic fixed point tensor has ${describe(quantisation)}, expected a whole fl`,
    );
  }
  return tensor('float32', shape, toReal(raw, step, 0));
}

function toReal({ data }: Tensor, scale: number, zp: number): Float32Array {
  const real = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) real[i] = (Number(data[i]) - zp) * scale;
  return real;
}

const describe = (quantisation: Quantisation): string =>
  quantisation.kind === 'affine'
    ? `scale ${quantisation.scale}, zp ${quantisation.zp}`
    : quantisation.kind === 'dfp'
      ? `fl ${quantisation.fl}`
      : 'none';
