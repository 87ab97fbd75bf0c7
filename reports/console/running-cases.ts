import type { StageUpdate } from '../../harness/pipeline/reporter.ts';
import type { CaseRecord, Stage } from '../../harness/store/record.ts';
import { formatDuration } from '../facts/duration.ts';

/** A case that has begun and not ended. */
interface RunningCase {
  readonly name: string;
  readonly board: string;
  readonly sinceMs: number;
  /** Where it is on the board or in the shared stages. */
  readonly main: StageUpdate | undefined;
  /** The reference engine works beside the board; it is told apart, so that the two do not flicker. */
  readonly reference: boolean;
}

/** What is under way, found out from stage updates. Times come from the caller's clock. */
export class RunningCases {
  readonly #cases = new Map<string, RunningCase>();

  update(update: StageUpdate, nowMs: number): void {
    const key = keyOf(update.case, update.sdk);
    const known = this.#cases.get(key);
    this.#cases.set(key, {
      name: update.case,
      board: update.board,
      sinceMs: known?.sinceMs ?? nowMs,
      main: update.stage === 'reference' ? known?.main : update,
      reference: referenceRuns(update, known?.reference ?? false),
    });
  }

  /** Forgets everything: in watch mode one run follows another. */
  clear(): void {
    this.#cases.clear();
  }

  end(record: CaseRecord): void {
    this.#cases.delete(keyOf(record.case.name, record.target.sdk));
  }

  /** e.g. `story › picture  virtual  upload 42 % + reference  1.2 s`, oldest first, in columns to be joined. */
  describe(nowMs: number): readonly { name: string; board: string; stage: string; time: string }[] {
    return [...this.#cases.values()].map(({ name, board, sinceMs, main, reference }) => ({
      name,
      board,
      stage: describeStage(main, reference),
      time: formatDuration(nowMs - sinceMs),
    }));
  }
}

// A retry may move a case to another board, but a case runs once for each SDK.
const keyOf = (name: string, sdk: string): string => `${name}\n${sdk}`;

function referenceRuns({ stage, done }: StageUpdate, before: boolean): boolean {
  if (stage === 'reference') return done === undefined || done < 1;
  return before && !closingStages.has(stage);
}

const closingStages: ReadonlySet<Stage> = new Set<Stage>(['compare', 'store']);

const stageWords: Partial<Record<Stage, string>> = { lease: 'waiting for a board' };

function describeStage(main: StageUpdate | undefined, reference: boolean): string {
  const share = main?.done === undefined || main.done >= 1 ? '' : ` ${Math.floor(main.done * 100)} %`;
  const parts = [
    ...(main ? [`${stageWords[main.stage] ?? main.stage}${share}`] : []),
    ...(reference ? ['reference'] : []),
  ];
  return parts.join(' + ');
}
