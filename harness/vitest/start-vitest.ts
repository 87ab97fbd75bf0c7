import { join } from 'node:path';
import { createVitest, type TestUserConfig, type Vitest } from 'vitest/node';
import { packageFolder } from '../harness-version.ts';
import { skippedRecord, unknownRecord } from '../pipeline/make-record.ts';
import type { PlannedCase } from '../pipeline/plan-cases.ts';
import type { Reporter } from '../pipeline/reporter.ts';
import { RunLog, type RunOutcome } from '../pipeline/run-log.ts';
import { StageClock } from '../pipeline/stage-clock.ts';
import { hil } from './plugin.ts';
import { sweepContainers } from './sweep-containers.ts';
import { boardsOfOneFile, casesInFlight } from './cases-in-flight.ts';
import { onStack, type PreparedRun, selectCases } from './prepare-run.ts';
import { ownRelayReporter, relayReporter } from './relay-reporter.ts';
import { type RunBroker, runBroker } from './run-broker.ts';

export interface StartOptions {
  readonly prepared: PreparedRun;
  readonly reporters: readonly Reporter[];
  /** Vitest's own reporters to add, by name. */
  readonly vitestReporters: readonly string[];
  /** Stop after this many cases that did not pass; 0 for never. */
  readonly bail: number;
  readonly workers?: number | undefined;
  readonly watch: boolean;
  readonly signal: AbortSignal;
}

/**
 * Runs the prepared cases with Vitest, in processes of their own, and waits for the end. A worker that dies costs the
 * case that it was running: those that it had not begun are run again by another.
 */
export async function startVitest(options: StartOptions): Promise<RunOutcome> {
  const { prepared, reporters, signal, watch } = options;
  const log = new RunLog(prepared.plan, reporters);
  await using broker = runBroker(prepared.project, log);
  if (watch) {
    await runOnce(prepared, log, broker, options);
    return { records: log.records, errors: [], interrupted: false };
  }

  await log.start();
  for (let round = prepared; round.planned.length > 0;) {
    await runOnce(round, log, broker, options);
    if (signal.aborted || log.givenUp.aborted) break;
    const notBegun = await closeLostCases(round, log, options.bail);
    // Every further round loses at least the case that killed its worker; one that loses none would not end.
    if (notBegun.length === round.planned.length) {
      for (const planned of notBegun)
        await log.caseEnd(unknownRecord(basisOf(planned, log), 'no worker process could be started for it'));
      break;
    }
    round = selectCases(prepared, notBegun);
  }
  return log.end(signal.aborted);
}

/**
 * Gives the cases that had begun and have no record their verdict.
 *
 * @returns The cases that had not begun.
 */
async function closeLostCases({ planned }: PreparedRun, log: RunLog, bail: number): Promise<PlannedCase[]> {
  const lost = planned.filter((entry) => !hasRecord(log, entry));
  const notPassed = log.records.filter(({ verdict }) => verdict !== 'passed' && verdict !== 'skipped').length;
  const bailed = bail > 0 && notPassed >= bail;
  for (const entry of lost) {
    if (bailed)
      await log.caseEnd(
        skippedRecord(
          basisOf(entry, log),
          `not reached: the run stopped after ${bail} that did not pass (--bail)`,
        ),
      );
    else if (log.isRunning(entry.case.name, entry.targets[0].sdk))
      await log.caseEnd(
        unknownRecord(basisOf(entry, log), 'its worker process died before it had a verdict'),
      );
  }
  return lost.filter((entry) => !hasRecord(log, entry));
}

const hasRecord = (log: RunLog, { case: { name }, targets: [{ sdk }] }: PlannedCase) =>
  log.hasRecord(name, sdk);

const basisOf = ({ case: testCase, targets: [target] }: PlannedCase, log: RunLog) => ({
  testCase,
  run: log.plan.run,
  target,
  startedAt: new Date(),
  clock: new StageClock(() => undefined),
  attempts: [],
});

const endingSignals = ['SIGINT', 'SIGTERM'] as const;

/**
 * Code that every worker starts with. Ctrl-C reaches the whole process group, but it is the main process that says what
 * becomes of a case: workers ignore it. A worker whose main process is gone ends, and with it its connections to boards.
 */
const workerPreload = join(packageFolder, 'bin', 'worker-preload.cjs');

async function runOnce(
  prepared: PreparedRun,
  log: RunLog,
  broker: RunBroker,
  { vitestReporters, bail, workers, watch, signal }: StartOptions,
): Promise<void> {
  const givenHandlers = new Set(endingSignals.flatMap((name) => process.listeners(name)));
  const { matrix } = prepared.plan;
  const pluginFor = (run: PreparedRun) =>
    hil({ run: { prepared: watch ? withoutPlan(run) : run, broker: broker.path } });
  // What every project of Vitest's has for itself; the rest is the whole run's.
  const shared = {
    root: prepared.project.root,
    exclude: [] as string[],
    pool: 'forks',
    execArgv: ['--require', workerPreload] as string[],
    isolate: false,
    maxConcurrency: casesInFlight(boardsOfOneFile(prepared.planned)),
  } satisfies TestUserConfig;
  const stacks = matrix?.map((sdk) => onStack(prepared, sdk)).filter(({ planned }) => planned.length > 0);
  const vitest = await createVitest(
    'test',
    {
      ...shared,
      config: false,
      include: filesOf(prepared),
      ...(stacks === undefined
        ? {}
        : {
            projects: stacks.map((stack) => ({
              plugins: [pluginFor(stack)],
              test: { ...shared, name: `SDK ${stack.settings.sdk}`, include: filesOf(stack) },
            })),
          }),
      reporters: [watch ? ownRelayReporter(log, broker) : relayReporter(log, broker), ...vitestReporters],
      watch,
      bail,
      ...(workers === undefined ? {} : { maxWorkers: workers }),
    },
    {
      plugins: stacks === undefined ? [pluginFor(prepared)] : [],
      logLevel: 'error',
    },
  );
  // Vitest's own handlers end the process on the spot; ours let cases end and boards go free first.
  for (const name of endingSignals) {
    for (const handler of process.listeners(name))
      if (!givenHandlers.has(handler)) process.off(name, handler);
  }
  const cancel = () => void vitest.cancelCurrentRun('keyboard-input');
  const ended = [signal, log.givenUp];
  for (const end of ended) end.addEventListener('abort', cancel);
  try {
    if (!signal.aborted) await vitest.start();
    if (watch) await untilAborted(signal);
  } finally {
    for (const end of ended) end.removeEventListener('abort', cancel);
    await close(vitest);
    await broker.workersGone();
    await sweepContainers(prepared.planned);
  }
}

const filesOf = ({ planned }: PreparedRun): string[] => [
  ...new Set(planned.map((entry) => escapeGlob(entry.case.spec.file))),
];

/** Who watches changes the specs: workers then load them anew each time. */
const withoutPlan = (prepared: PreparedRun): PreparedRun => ({
  ...prepared,
  settings: { ...prepared.settings, planned: undefined },
});

/** Vitest sets the exit code for failed tests; ours is more precise. */
async function close(vitest: Vitest): Promise<void> {
  await vitest.close();
  process.exitCode = 0;
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Spec files are named exactly: what a glob would read as a pattern is taken literally. */
const escapeGlob = (path: string) => path.replaceAll(/[\\*?{}()[\]!+@]/g, String.raw`\$&`);
