import { describe, inject, recordArtifact, test } from 'vitest';
import { InternalError } from '../hil-error.ts';
import type { PlannedCase } from '../pipeline/plan-cases.ts';
import { CaseNotBegunError, runCase } from '../pipeline/run-case.ts';
import { boardsOfOneFile } from './cases-in-flight.ts';
import { CaseNotPassedError } from './case-not-passed-error.ts';
import type { CaseRecord } from '../store/record.ts';
import type { RunSettings, WorkerSettings } from './settings.ts';
import { whenWorkerEnds } from './when-worker-ends.ts';
import { type WorkerServices, workerServices } from './worker-services.ts';

/** Time for leaving a board in the middle of a case. */
const leavingMs = 15_000;

/**
 * Declares a spec file's cases as Vitest tests. Called by the module that the plugin makes of the file.
 *
 * @param importSpec - Imports the file itself, for specs in TypeScript.
 */
export async function runSpecFile(
  file: string,
  importSpec?: () => Promise<{ readonly default?: unknown }>,
): Promise<void> {
  const settings = inject('hil');
  const services = servicesFor(settings);
  const planned = settings.planned?.[file] ?? (await planFile(file, settings, importSpec));
  for (const [spec, ofSpec] of groupBySpec(planned)) {
    // Cases wait for boards side by side, so that every board that fits is busy; the broker gives each to one at a time.
    // Specs do so only where there are several boards: on one they would take turns, each loading its model anew.
    describe(spec, { concurrent: boardsOfOneFile(planned) > 1 }, () => {
      for (const entry of ofSpec) declareTest(entry, services);
    });
  }
}

/** Loads a file in the worker: where Vitest itself starts runs, and in watch mode, where the file may have changed. */
async function planFile(
  file: string,
  settings: RunSettings,
  importSpec: () => Promise<{ readonly default?: unknown }> = () =>
    Promise.reject(new InternalError(`${file} is no module`)),
): Promise<PlannedCase[]> {
  const { loadCases } = await import('./load-cases.ts');
  return loadCases(file, settings, importSpec);
}

function declareTest(
  { case: testCase, targets }: PlannedCase,
  { cases, calledOff, keep, underWay }: WorkerServices,
): void {
  test(
    testCase.input.name,
    // A case may have to wait for a board for as long as others need. Each of its steps has a limit of its own.
    { timeout: 0, retry: 0, concurrent: true },
    async ({ task, signal, skip, onTestFinished }) => {
      const running = runCase(testCase, targets, cases, {
        // Of tests that run side by side Vitest aborts only some when it cancels a run.
        signal: AbortSignal.any([signal, calledOff()]),
        onStage(stage, done, { board, sdk }) {
          // Progress is a courtesy: a main process that has gone must not fail the case.
          recordArtifact(task, {
            type: 'hil:stage',
            case: testCase.name,
            board: board.name,
            sdk,
            stage,
            done,
          }).catch(() => undefined);
        },
        // Before Vitest hears of the end: it may end this process at once.
      }).then(async (record) => {
        await keep(record);
        return record;
      });
      underWay.add(running);
      running.catch(() => undefined).finally(() => underWay.delete(running));
      // When a run is called off Vitest leaves the test at once. The case still has to leave its board and to say so.
      onTestFinished(async () => {
        const record = await unlessNotBegun(running);
        if (record) task.meta.hil = record;
      }, leavingMs);
      const record = await unlessNotBegun(running);
      if (record === undefined) return skip('the run was called off before the case had a board');
      // Not left to the hook above: a test that is skipped while it runs has none.
      task.meta.hil = record;
      if (record.verdict === 'skipped') skip(record.reason);
      if (record.verdict !== 'passed') throw new CaseNotPassedError(record, testCase.spec.file);
    },
  );
}

const unlessNotBegun = (running: Promise<CaseRecord>): Promise<CaseRecord | undefined> =>
  running.catch((error: unknown) => {
    if (error instanceof CaseNotBegunError) return undefined;
    throw error;
  });

function groupBySpec(planned: readonly PlannedCase[]): Map<string, PlannedCase[]> {
  const groups = new Map<string, PlannedCase[]>();
  for (const entry of planned) {
    const { name } = entry.case.spec;
    groups.set(name, [...(groups.get(name) ?? []), entry]);
  }
  return groups;
}

// Vitest gives each file a fresh module graph, but one worker process runs many files: what must stay open from file to
// file, the board sessions above all, hangs on the process.
const workerKey = Symbol.for('hil-harness.worker');
type Worker = { readonly run: string; readonly services: WorkerServices };

function servicesFor(settings: WorkerSettings): WorkerServices {
  const holder = process as unknown as Record<symbol, Worker | undefined>;
  const present = holder[workerKey];
  if (present?.run === settings.run) return present.services;
  const services = workerServices(settings);
  holder[workerKey] = { run: settings.run, services };
  whenWorkerEnds(async () => {
    delete holder[workerKey];
    await Promise.allSettled(services.underWay);
    await services[Symbol.asyncDispose]();
  });
  return services;
}
