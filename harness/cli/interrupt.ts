import { exitCodes } from './io.ts';

/** How long a run may take to leave its boards free after the first Ctrl-C. */
const graceMs = 10_000;

/**
 * Turns Ctrl-C and SIGTERM into an abort, so that boards are released before the process ends. The second one, or ten
 * seconds, ends it at once: the boards' device runners then end by themselves, because their input does.
 */
export function installSignals(): { readonly signal: AbortSignal; readonly uninstall: () => void } {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort();
    setTimeout(() => process.exit(exitCodes.interrupted), graceMs).unref();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    uninstall: () => process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  };
}
