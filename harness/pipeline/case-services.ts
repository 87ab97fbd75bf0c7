import type { BoardLeases } from '../board/broker/lease.ts';
import type { CanaryReport } from '../board/canary.ts';
import type { Board } from '../board/board.ts';
import type { Target } from '../board/choose-target.ts';
import type { Golden } from '../golden/golden.ts';
import type { PreparedInput } from '../input/prepare-input.ts';
import type { Case } from '../spec/case.ts';
import type { NamedTensors } from '../tensor/tensor.ts';
import type { BoardCare } from './board-care.ts';
import type { BoardCommands } from './board-commands.ts';
import type { BoardModels } from './board-models.ts';
import type { ConversionMeter } from './conversion-stage.ts';
import type { CaseExplainer } from './explain-stage.ts';
import type { SessionPool } from './session-pool.ts';

/** What the pipeline needs of the world. */
export interface CaseServices {
  readonly run: string;
  readonly runFolder: string;
  readonly stateFolder: string;
  /** Most repeats of a case after rig trouble; the table of faults alone decides where it is left out. */
  readonly retries?: number | undefined;
  /** Replaces the specs' number of repeats. */
  readonly repeats?: number | undefined;
  readonly leases: BoardLeases;
  readonly sessions: SessionPool;
  readonly models: BoardModels;
  readonly commands: BoardCommands;
  readonly careOf: (board: Board) => BoardCare;
  /** The reference branch: the golden, held against what the author expects. */
  readonly obtainGolden: (
    testCase: Case,
    prepared: PreparedInput,
    signal: AbortSignal | undefined,
  ) => Promise<Golden>;
  readonly runCanary: (target: Target, signal: AbortSignal | undefined) => Promise<CanaryReport>;
  readonly previousOutputs: PreviousOutputs;
  /** Absent where nothing is explained. */
  readonly explainer?: CaseExplainer | undefined;
  /** Absent where nothing is explained. */
  readonly conversion?: ConversionMeter | undefined;
}

/** What each board answered last in a spec: an answer that is left over from there is the fault to look for. */
export class PreviousOutputs {
  readonly #last = new Map<string, NamedTensors>();

  get(target: Target, spec: string): NamedTensors | undefined {
    return this.#last.get(keyOf(target, spec));
  }

  set(target: Target, spec: string, outputs: NamedTensors): void {
    this.#last.set(keyOf(target, spec), outputs);
  }
}

const keyOf = ({ board, sdk }: Target, spec: string): string => JSON.stringify([board.name, sdk, spec]);
