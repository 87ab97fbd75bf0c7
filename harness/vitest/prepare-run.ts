import { join } from 'node:path';
import { harnessVersion } from '../harness-version.ts';
import type { PlannedCase } from '../pipeline/plan-cases.ts';
import type { RunPlan } from '../pipeline/reporter.ts';
import type { ExplainWhen } from '../project/config.ts';
import type { Project } from '../project/project.ts';
import { newRunId, runsFolder } from '../store/run-folder.ts';
import type { RunSettings } from './settings.ts';

/** What a person chose for the whole run. */
export interface RunChoices {
  readonly board?: string | undefined;
  readonly sdk?: string | undefined;
  readonly matrix?: readonly string[] | undefined;
  readonly repeats?: number | undefined;
  readonly retries?: number | undefined;
  readonly updateGolden?: boolean | undefined;
  readonly explain?: ExplainWhen | undefined;
  /** The cases to run; every case that Vitest finds where it is left out. */
  readonly planned?: readonly PlannedCase[] | undefined;
  /** Command line as typed, for the report. */
  readonly command?: string | undefined;
  /** Commit and CI build, where they are known before the run starts. */
  readonly origin?: Pick<RunPlan, 'gitCommit' | 'gitDirty' | 'ciUrl'> | undefined;
}

/** A run that has a name and a folder, but has not started. Nothing is on the disk yet. */
export interface PreparedRun {
  readonly project: Project;
  readonly plan: RunPlan;
  readonly settings: RunSettings;
  /** Empty if the cases are not known before Vitest finds them. */
  readonly planned: readonly PlannedCase[];
}

export function prepareRun(project: Project, choices: RunChoices): PreparedRun {
  const startedAt = new Date();
  const run = newRunId(startedAt);
  const folder = join(runsFolder(project.stateFolder), run);
  const { planned = [] } = choices;
  return {
    project,
    planned,
    plan: {
      run,
      root: project.root,
      folder,
      startedAt: startedAt.toISOString(),
      harnessVersion,
      ...(choices.planned === undefined ? {} : { cases: planned.length }),
      ...(choices.matrix === undefined ? {} : { matrix: choices.matrix }),
      command: choices.command ?? 'vitest',
      ...choices.origin,
    },
    settings: {
      project,
      run,
      runFolder: folder,
      ...(choices.planned === undefined ? {} : { planned: byFile(planned) }),
      board: choices.board,
      sdk: choices.sdk,
      repeats: choices.repeats,
      retries: choices.retries,
      updateGolden: choices.updateGolden ?? false,
      explain: choices.explain,
    },
  };
}

/** The part of a matrix's run that is about one SDK. */
export const onStack = (run: PreparedRun, sdk: string): PreparedRun => {
  const part = selectCases(
    run,
    run.planned.filter(({ matrixSdk }) => matrixSdk === sdk),
  );
  return { ...part, settings: { ...part.settings, sdk } };
};

/** The same run with fewer cases. */
export const selectCases = (run: PreparedRun, planned: readonly PlannedCase[]): PreparedRun => ({
  ...run,
  planned,
  settings: { ...run.settings, planned: byFile(planned) },
});

function byFile(planned: readonly PlannedCase[]): Record<string, PlannedCase[]> {
  const files: Record<string, PlannedCase[]> = {};
  for (const entry of planned) (files[entry.case.spec.file] ??= []).push(entry);
  return files;
}
