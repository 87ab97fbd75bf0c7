import type { SetAside } from '../board/broker/lease.ts';
import type { CaseRecord, Stage } from '../store/record.ts';

/** What a run is about to do. */
export interface RunPlan {
  readonly run: string;
  /** Absolute path of the project's root. */
  readonly root: string;
  /** Absolute folder of this run's records and captures. */
  readonly folder: string;
  readonly startedAt: string;
  readonly harnessVersion: string;
  /** Number of cases, where it is known before they start. */
  readonly cases?: number | undefined;
  /** SDKs of a matrix, on each of which every case has a result of its own. */
  readonly matrix?: readonly string[] | undefined;
  /** Command line as the person typed it, for the report. */
  readonly command: string;
  /** Commit of the project; absent where there is none, or it was not asked for. */
  readonly gitCommit?: string | undefined;
  /** True if the work tree differed from the commit. */
  readonly gitDirty?: boolean | undefined;
  /** Page of the CI build that runs this. */
  readonly ciUrl?: string | undefined;
}

/** Where a running case is. */
export interface StageUpdate {
  readonly case: string;
  readonly board: string;
  readonly sdk: string;
  readonly stage: Stage;
  /** Share of the stage that is done, 0 to 1, where known. */
  readonly done?: number | undefined;
}

export interface RunSummary {
  readonly plan: RunPlan;
  readonly records: readonly CaseRecord[];
  readonly totalMs: number;
  readonly interrupted: boolean;
  /** Errors that belong to no case: a spec that does not load, a worker that died. */
  readonly errors: readonly string[];
  /** Boards that broke and were not used for the rest of the run. */
  readonly setAside?: readonly SetAside[] | undefined;
}

/**
 * Listens to one run. Order: run start; per case stages and one end; run end, even if interrupted. Facts are finished
 * and read-only. A reporter that throws changes no verdict, but the run says so.
 */
export interface Reporter {
  onRunStart?(plan: RunPlan): void | Promise<void>;
  onStage?(update: StageUpdate): void;
  /** A board is not used any more in this run. */
  onBoardSetAside?(event: SetAside): void;
  /** Something that people should know while they wait, in one line. */
  onNotice?(text: string): void;
  onCaseEnd?(record: CaseRecord): void | Promise<void>;
  onRunEnd?(summary: RunSummary): void | Promise<void>;
}
