import { describe, inject, recordArtifact, test } from 'vitest';
import type { Target } from '../board/choose-target.ts';
import { InternalError } from '../hil-error.ts';
import { targetsOf } from '../pipeline/plan-cases.ts';
import { runCase } from '../pipeline/run-case.ts';
import { loadSpecFile } from '../spec/load-spec-file.ts';
import type { Case } from '../spec/case.ts';
import { boardsOf } from './boards.ts';
import { CaseNotPassedError } from './case-not-passed-error.ts';
import type { RunSettings } from './settings.ts';
import { type WorkerServices, workerServices } from './worker-services.ts';

/** Time for everything around the board: preparing, reference, comparison, storing, and the canary. */
const overheadMs = 120_000;

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
  const { project } = services;
  const cases = await loadSpecFile(
    file,
    project,
    importSpec ?? (() => Promise.reject(new InternalError(`${file} is no module`))),
  );
  const wanted = settings.selected[file];
  const boards = boardsOf(project);

  for (const [spec, ofSpec] of groupBySpec(cases)) {
    describe(spec, () => {
      for (const testCase of ofSpec) {
        if (wanted && !wanted.includes(testCase.name)) continue;
        const targets = targetsOf(testCase, boards, settings, project) as [Target, ...Target[]];
        declareTest(testCase, targets, services);
      }
    });
  }
}

function declareTest(
  testCase: Case,
  targets: readonly [Target, ...Target[]],
  { cases }: WorkerServices,
): void {
  const attempts = cases.retries + 1;
  test(
    testCase.input.name,
    { timeout: attempts * testCase.spec.timeoutMs + overheadMs, retry: 0 },
    async ({ task, signal, skip }) => {
      const record = await runCase(testCase, targets, cases, {
        signal,
        onStage(stage, done) {
          const [{ board, sdk }] = targets;
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
      });
      task.meta.hil = record;
      if (record.verdict === 'skipped') skip(record.reason);
      if (record.verdict !== 'passed') throw new CaseNotPassedError(record);
    },
  );
}

function groupBySpec(cases: readonly Case[]): Map<string, Case[]> {
  const groups = new Map<string, Case[]>();
  for (const testCase of cases)
    groups.set(testCase.spec.name, [...(groups.get(testCase.spec.name) ?? []), testCase]);
  return groups;
}

// Vitest gives each file a fresh module graph, but one worker process runs many files: what must stay open from file to
// file, the board sessions above all, hangs on the process.
const workerKey = Symbol.for('hil-harness.worker');
type Worker = { readonly run: string; readonly services: WorkerServices };

function servicesFor(settings: RunSettings): WorkerServices {
  const holder = process as unknown as Record<symbol, Worker | undefined>;
  const present = holder[workerKey];
  if (present?.run === settings.run) return present.services;
  const services = workerServices(settings);
  holder[workerKey] = { run: settings.run, services };
  return services;
}
