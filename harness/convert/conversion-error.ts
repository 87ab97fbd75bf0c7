import { HilError } from '../hil-error.ts';

/** The converter's command did not make a model. */
export class ConversionFailedError extends HilError {
  readonly code = 'HIL_CONVERT_FAILED';
  readonly owner = 'spec';
}

/** The converter's command could not be run to its end: it is not there, or took too long. */
export class ConverterUnusableError extends HilError {
  readonly code = 'HIL_CONVERT_COMMAND';
  readonly owner = 'lab';
}

/** A model that another toolkit made than the case claims. */
export class ToolkitClaimError extends HilError {
  readonly code = 'HIL_TOOLKIT_CLAIM';
  readonly owner = 'spec';
}
