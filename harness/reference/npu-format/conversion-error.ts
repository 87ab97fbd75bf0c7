import { HilError } from '../../hil-error.ts';

/** The network cannot be expressed in the NPU's numeric formats. */
export class ModelConversionError extends HilError {
  readonly code = 'HIL_MODEL_CONVERSION';
  readonly owner = 'spec';

  constructor(origin: string, problem: string, options: { hint: string; cause?: unknown }) {
    super(`${origin} cannot be converted for the NPU: ${problem}`, options);
  }
}

/** The calibration data do not give a range for every layer. */
export class CalibrationError extends HilError {
  readonly code = 'HIL_MODEL_CALIBRATION';
  readonly owner = 'spec';

  constructor(origin: string, problem: string, hint: string, cause?: unknown) {
    super(`${origin} cannot be calibrated: ${problem}`, { hint, ...(cause === undefined ? {} : { cause }) });
  }
}
