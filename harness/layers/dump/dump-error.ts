import { HilError } from '../../hil-error.ts';

/** A layer dump cannot be read. */
export class LayerDumpError extends HilError {
  readonly code = 'HIL_LAYER_DUMP';
  readonly owner = 'spec';

  constructor(
    problem: string,
    hint = 'Dump again into an empty folder, and copy the whole folder.',
    cause?: unknown,
  ) {
    super(problem, { hint, ...(cause === undefined ? {} : { cause }) });
  }
}
