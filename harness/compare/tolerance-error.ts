import { HilError } from '../hil-error.ts';

/** A tolerance that cannot judge the output it is declared for. */
export class ToleranceError extends HilError {
  readonly code = 'HIL_TOLERANCE';
  readonly owner = 'spec';
}
