import type { Reporter as VitestReporter, TestCase, TestModule, Vitest } from 'vitest/node';
import type { RunLog } from '../pipeline/run-log.ts';
import type { RunBroker } from './run-broker.ts';

/** Hears Vitest's events in the main process and enters them in the run's log; the broker hears of cancelled runs. */
export function relayReporter(log: RunLog, { callOff }: Pick<RunBroker, 'callOff'>): VitestReporter {
  let vitest: Vitest | undefined;
  return {
    onInit(started) {
      vitest = started;
    },

    // Not earlier: Vitest forgets its listeners when a run starts.
    onTestModuleQueued() {
      vitest?.onCancel(callOff);
    },

    onTestCaseArtifactRecord(_testCase, artifact) {
      if (artifact.type !== 'hil:stage') return;
      const { case: name, board, sdk, stage, done } = artifact;
      log.stage({ case: name, board, sdk, stage, done });
    },

    async onTestCaseResult(testCase) {
      const record = testCase.meta().hil;
      if (record) await log.caseEnd(record);
    },

    onTestRunEnd(modules, unhandledErrors) {
      for (const module of modules) {
        for (const { message } of module.errors()) log.error(message);
        for (const message of strayFailures(module)) log.error(message);
      }
      for (const { message } of unhandledErrors) log.error(message);
    },
  };
}

/** For runs that Vitest itself starts: the log begins and ends with Vitest's run, and again with each in watch mode. */
export function ownRelayReporter(log: RunLog, broker: RunBroker): VitestReporter {
  const relay = relayReporter(log, broker);
  return {
    ...relay,
    async onTestRunStart() {
      broker.renew();
      await log.start();
    },
    async onTestRunEnd(modules, unhandledErrors, reason) {
      await relay.onTestRunEnd?.(modules, unhandledErrors, reason);
      await log.end(reason === 'interrupted');
    },
  };
}

/** Tests that failed outside our pipeline: written by hand, or a bug of ours. */
const strayFailures = (module: TestModule): string[] =>
  [...module.children.allTests('failed')]
    .filter((test) => test.meta().hil === undefined)
    .map(describeFailure);

const describeFailure = (test: TestCase): string =>
  `${test.fullName}: ${test.result().errors?.[0]?.message ?? 'failed without a message'}`;
