import type { Reporter } from './reporter.ts';

/**
 * A reporter that works behind the run: it is loaded when the run starts, hears every event in order, and is waited for at
 * the end. What it throws appears there.
 *
 * @param load - Imports and makes the reporter.
 */
export function backgroundReporter(load: () => Promise<Reporter>): Reporter {
  let reporter: Reporter = {};
  let work: Promise<void> = Promise.resolve();
  const then = (step: () => void | Promise<void>): void => {
    work = work.then(step);
    // The failure is kept and shown at the end of the run.
    work.catch(() => undefined);
  };
  return {
    onRunStart(plan) {
      work = Promise.resolve();
      then(async () => {
        reporter = await load();
        await reporter.onRunStart?.(plan);
      });
    },
    onCaseEnd: (record) => then(() => reporter.onCaseEnd?.(record)),
    onRunEnd(summary) {
      then(() => reporter.onRunEnd?.(summary));
      return work;
    },
  };
}
