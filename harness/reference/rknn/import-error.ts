import { HilError } from '../../hil-error.ts';

/** A .rknn file that is whole, but whose network cannot be computed here. */
export class RknnImportError extends HilError {
  readonly code = 'HIL_MODEL_RKNN_IMPORT';
  readonly owner = 'spec';

  /** @param problem - What is wrong, with the node or tensor it is about. */
  constructor(origin: string, problem: string, options: { hint?: string; cause?: unknown } = {}) {
    super(`the network in ${origin} cannot be computed: ${problem}`, {
      hint:
        options.hint ??
        'Convert the network again and compare; if the new file says the same, judge this model on a board, or with its float original as the reference.',
      ...('cause' in options ? { cause: options.cause } : {}),
    });
  }
}

/** The file holds machine code of the NPU in place of the network. */
export class RknnPrecompiledError extends HilError {
  readonly code = 'HIL_MODEL_RKNN_PRECOMPILED';
  readonly owner = 'spec';

  constructor(origin: string) {
    super(
      `${origin} is pre-compiled: it holds a command stream for one chip and driver, and neither the graph nor the weights of the network`,
      {
        hint: 'Export the same model with rknn.build(..., pre_compile=False) (the default) and use that file here; the pre-compiled one still runs on a board.',
      },
    );
  }
}
