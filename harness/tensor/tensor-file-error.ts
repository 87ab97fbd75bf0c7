import { HilError } from '../hil-error.ts';

/** A .npy or .npz file that cannot be read as tensors. */
export class TensorFileError extends HilError {
  readonly code = 'HIL_TENSOR_FILE';
  readonly owner = 'spec';

  /** @param origin - The file, or what else the bytes came from. */
  constructor(origin: string, problem: string, options: { hint: string; cause?: unknown }) {
    super(`${origin}: ${problem}`, options);
  }
}
