import type { Board } from '../board/board.ts';
import type { Target } from '../board/choose-target.ts';
import type { SdkStack } from '../board/sdk-stack.ts';
import type { BoardSession, InferRequest, InferResult, SessionOptions } from '../board/session.ts';
import { deadline } from '../deadline.ts';
import { HilError } from '../hil-error.ts';
import type { PreparedInput } from '../input/prepare-input.ts';
import { requireClaimedToolkit } from '../convert/check-claim.ts';
import { boardModelPath } from '../spec/board-model-path.ts';
import type { Case } from '../spec/case.ts';
import type { CaseConditions } from '../store/record.ts';
import type { BoardCare } from './board-care.ts';
import type { BoardCommands } from './board-commands.ts';
import type { BoardModels } from './board-models.ts';
import { awaitFitBoard, findDisturbances } from './board-watch.ts';
import { commandInputs } from './command-input.ts';
import type { SessionPool } from './session-pool.ts';
import type { StageClock } from './stage-clock.ts';

/** The board did not answer a run in the time that the spec allows. */
export class BoardTimeoutError extends HilError {
  readonly code = 'HIL_BOARD_TIMEOUT';
  readonly owner = 'undecided';
  override readonly retry = 'same-board';
}

/** What a board was asked, and what it answered. */
export interface BoardAnswer {
  readonly session: BoardSession;
  readonly modelSha256: string;
  /** As the session tells it, with the toolkit that the model file names. */
  readonly stack: SdkStack;
  /** Where a program of the team's own ran the model. */
  readonly commandSha256?: string | undefined;
  readonly request: InferRequest;
  readonly result: InferResult;
  readonly uploadedBytes: number;
  readonly conditions: CaseConditions;
  /** What the device runner and the vendor library printed meanwhile. */
  readonly log: string;
}

/** What the board's branch needs of the world. */
export interface BoardServices {
  readonly sessions: SessionPool;
  readonly models: BoardModels;
  readonly commands: BoardCommands;
  readonly careOf: (board: Board) => BoardCare;
}

/** The board's branch of a case: connect, upload and load what is not there yet, run. */
export async function runOnBoard(
  testCase: Case,
  prepared: PreparedInput,
  target: Target,
  { sessions, models, commands, careOf }: BoardServices,
  {
    signal,
    clock,
    repeats,
  }: { readonly signal?: AbortSignal | undefined; readonly clock: StageClock; readonly repeats: number },
): Promise<BoardAnswer> {
  const { spec } = testCase;
  const file = await models.read(boardModelPath(spec, target.sdk));
  requireClaimedToolkit(spec, target.sdk, file);
  const command = spec.command && (await commands.read(spec.command, spec.timeoutMs));
  const boardModel = command ? { ...file, command } : file;
  const { toolkit } = file;

  const onProgress: SessionOptions['onProgress'] = ({ step, bytes }) => {
    if (step === 'connect') clock.tell('connect');
    if (step === 'upload')
      clock.tell('upload', bytes && bytes.total > 0 ? bytes.done / bytes.total : undefined);
  };
  // Reaching the board has limits of its own, and may mean to wait for another run there: the spec's is for its network.
  const before = sessions.sessionTo(target.board);
  const startedAt = performance.now();
  const session = await sessions.connect(
    target,
    { signal, onProgress },
    command ? 'command' : 'device-runner',
  );
  if (session !== before) clock.add('connect', performance.now() - startedAt);
  const care = careOf(target.board);
  const found = await awaitFitBoard(session, care, { signal, onCool: () => clock.tell('lease') });
  // As the wait for a board that others have.
  if (found.cooledMs !== undefined) clock.add('lease', found.cooledMs);

  using limit = deadline(signal, spec.timeoutMs, () => timeoutError(target, spec.timeoutMs, clock));
  const options = { signal: limit.signal, onProgress };
  const { model, loadMs, uploadedBytes } = await sessions.ready(target, boardModel, options);
  if (loadMs > 0) clock.add('upload', loadMs);

  const inputs = spec.command
    ? commandInputs(spec.command.input, testCase, prepared, model)
    : prepared.boardInputs(model.inputs);
  const request: InferRequest = { inputs, repeats };
  const ranAt = performance.now();
  const result = await clock.time('run', () => model.infer(request, options));
  const run = { modelSha256: boardModel.sha256, runMs: (performance.now() - ranAt) / repeats };
  const disturbances = await findDisturbances(session, run, care, signal);
  return {
    session,
    modelSha256: boardModel.sha256,
    stack: { ...session.stack, ...(toolkit === undefined ? {} : { toolkit }) },
    ...(command ? { commandSha256: command.sha256 } : {}),
    request,
    result,
    uploadedBytes,
    conditions: disturbances.length === 0 ? found : { ...found, disturbances },
    log: `${session.takeLog()}${disturbances.map((words) => `hil: times of this case are of no use: ${words}\n`).join('')}`,
  };
}

function timeoutError({ board, sdk }: Target, timeoutMs: number, clock: StageClock): HilError {
  const stages = Object.keys(clock.stagesMs).join(', ') || 'none';
  return new BoardTimeoutError(
    `${board.name} (SDK ${sdk}) did not finish within ${timeoutMs} ms; stages done: ${stages}`,
    {
      hint: 'If the network really takes that long, raise `timeout` in the spec; if not, look at the session log.',
    },
  );
}
