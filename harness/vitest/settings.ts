import type { TestArtifactBase } from 'vitest';
import type { PlannedCase } from '../pipeline/plan-cases.ts';
import type { ExplainWhen } from '../project/config.ts';
import type { Project } from '../project/project.ts';
import type { CaseRecord, Stage } from '../store/record.ts';

/** What the main process tells every worker about the run. Plain data: it crosses a process boundary. */
export interface RunSettings {
  readonly project: Project;
  readonly run: string;
  /** Folder of the run's records and captures, absolute. */
  readonly runFolder: string;
  /** The cases to run, by absolute spec file. Without it a worker loads the files itself and runs all their cases. */
  readonly planned?: Readonly<Record<string, readonly PlannedCase[]>> | undefined;
  readonly board?: string | undefined;
  readonly sdk?: string | undefined;
  /** Replaces the specs' own number of repeats. */
  readonly repeats?: number | undefined;
  /** Replaces the config's number of retries after rig trouble. */
  readonly retries?: number | undefined;
  readonly updateGolden: boolean;
  /** Replaces the config's choice of cases that are explained. */
  readonly explain?: ExplainWhen | undefined;
}

/** What a worker is told. */
export interface WorkerSettings extends RunSettings {
  /** Socket of the broker in the main process, which shares the boards among the workers. */
  readonly broker: string;
}

/** Where a running case is, sent while it runs. */
export interface StageArtifact extends TestArtifactBase {
  readonly type: 'hil:stage';
  readonly case: string;
  readonly board: string;
  readonly sdk: string;
  readonly stage: Stage;
  readonly done?: number | undefined;
}

const stageKey = Symbol('hil:stage');

declare module 'vitest' {
  interface ProvidedContext {
    hil: WorkerSettings;
  }
  interface TaskMeta {
    /** The finished case's record. */
    hil?: CaseRecord;
  }
  interface TestArtifactRegistry {
    [stageKey]: StageArtifact;
  }
}
