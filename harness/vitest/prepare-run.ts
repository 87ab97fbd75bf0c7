import { join } from 'node:path';
import { harnessVersion } from '../harness-version.ts';
import type { RunPlan } from '../pipeline/reporter.ts';
import type { Project } from '../project/project.ts';
import { newRunId, runsFolder } from '../store/run-folder.ts';
import type { RunSettings } from './settings.ts';

/** What a person chose for the whole run. */
export interface RunChoices {
  readonly board?: string | undefined;
  readonly sdk?: string | undefined;
  readonly repeats?: number | undefined;
  readonly retries?: number | undefined;
  readonly updateGolden?: boolean | undefined;
  /** Names of the cases to run, by absolute spec file; all where it is left out. */
  readonly selected?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Command line as typed, for the report. */
  readonly command?: string | undefined;
}

/** A run that has a name and a folder, but has not started. Nothing is on the disk yet. */
export interface PreparedRun {
  readonly project: Project;
  readonly plan: RunPlan;
  readonly settings: RunSettings;
}

export function prepareRun(project: Project, choices: RunChoices): PreparedRun {
  const startedAt = new Date();
  const run = newRunId(startedAt);
  const folder = join(runsFolder(project.stateFolder), run);
  const { selected } = choices;
  const cases = selected && Object.values(selected).reduce((sum, names) => sum + names.length, 0);
  return {
    project,
    plan: {
      run,
      root: project.root,
      folder,
      startedAt: startedAt.toISOString(),
      harnessVersion,
      ...(cases === undefined ? {} : { cases }),
      command: choices.command ?? 'vitest',
    },
    settings: {
      root: project.root,
      run,
      runFolder: folder,
      selected: selected ?? {},
      board: choices.board,
      sdk: choices.sdk,
      repeats: choices.repeats,
      retries: choices.retries,
      updateGolden: choices.updateGolden ?? false,
    },
  };
}
