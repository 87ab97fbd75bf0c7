import type { Reporter } from './reporter.ts';

/**
 * A reporter that works behind the run: it is loaded when the run starts, hears every event in order, and is waited for at
 * the end. A step that fails does not keep the later ones from it; what it threw first appears at the end.
 *
 * @param load - Imports and makes the reporter.
 */
export function backgroundReporter(load: () => Promise<Reporter>): Reporter {
  let reporter: Reporter = {};
  let work: Promise<void> = Promise.resolve();
  let failures: unknown[] = [];
  const then = (step: () => void | Promise<void>): void => {
    work = work.then(step).catch((error: unknown) => void failures.push(error));
  };
  return {
    onRunStart(plan) {
      work = Promise.resolve();
      failures = [];
      reporter = {};
      then(async () => {
        reporter = await load();
        await reporter.onRunStart?.(plan);
      });
    },
    onBoardSetAside: (event) => then(() => reporter.onBoardSetAside?.(event)),
    onNotice: (text) => then(() => reporter.onNotice?.(text)),
    onCaseEnd: (record) => then(() => reporter.onCaseEnd?.(record)),
    async onRunEnd(summary) {
      then(() => reporter.onRunEnd?.(summary));
      await work;
      if (failures.length > 0) throw failures[0];
    },
  };
}
