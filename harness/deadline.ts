import type { HilError } from './hil-error.ts';

/** A signal that aborts with a given error when the time is up, or with the parent's reason when that aborts. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * @param ms - Time from now.
 * @param error - Made when the time is up; whoever waits on the signal rejects with it.
 */
export function deadline(parent: AbortSignal | undefined, ms: number, error: () => HilError): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(error()), ms);
  return {
    signal: parent ? AbortSignal.any([parent, controller.signal]) : controller.signal,
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
