import type { SetAside } from '../../harness/board/broker/lease.ts';
import type { RunPlan, StageUpdate } from '../../harness/pipeline/reporter.ts';
import type { CaseRecord } from '../../harness/store/record.ts';

/** How a run is told while it goes on. In watch mode one run follows another, each from start to end. */
export interface Progress {
  start(plan: RunPlan): void;
  stage(update: StageUpdate): void;
  caseEnd(record: CaseRecord): void;
  boardSetAside(event: SetAside): void;
  notice(text: string): void;
  /** Takes away whatever is redrawn and stops every timer. */
  end(): void;
}
