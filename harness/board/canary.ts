import type { Cancellable } from '../cancellable.ts';
import { deadline } from '../deadline.ts';
import { HilError } from '../hil-error.ts';
import type { Target } from './choose-target.ts';
import type { BoardModel, InferRequest, Runner } from './session.ts';

/** A small model with a known answer: what it says about a board is about the board alone. */
export interface Canary {
  readonly model: BoardModel;
  readonly request: InferRequest;
  /** The exact bytes of each output. */
  readonly expected: readonly Uint8Array[];
}

export interface CanaryReport {
  readonly passed: boolean;
  /** One sentence for people. */
  readonly message: string;
}

/** The canary did not end in time. */
class CanaryTimeoutError extends HilError {
  readonly code = 'HIL_CANARY_TIMEOUT';
  readonly owner = 'lab';
}

export interface CanaryOptions extends Cancellable {
  /** For everything after the session is open; 30 s by default. */
  readonly timeoutMs?: number;
}

/** Runs a canary on a board in a session of its own. A board that cannot even be reached fails it. */
export async function runCanary(
  runner: Runner,
  target: Target,
  canary: Canary,
  { signal: parent, timeoutMs = 30_000 }: CanaryOptions,
): Promise<CanaryReport> {
  const where = `${target.board.name} (SDK ${target.sdk})`;
  try {
    await using session = await runner.open(target.board, target.sdk, { signal: parent });
    using limit = deadline(
      parent,
      timeoutMs,
      () => new CanaryTimeoutError(`it took longer than ${timeoutMs} ms`, { hint: 'Reboot the board.' }),
    );
    const { signal } = limit;
    await using model = await session.load(canary.model, { signal });
    const { outputs } = await model.infer(canary.request, { signal });
    const wrong = canary.expected.findIndex((expected, index) => {
      const data = outputs[index]?.tensor.data;
      const actual = data && new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      return actual === undefined || Buffer.compare(actual, expected) !== 0;
    });
    return wrong === -1
      ? { passed: true, message: `the canary model passed on ${where} right after, so the board is fit` }
      : {
          passed: false,
          message: `the canary model failed on ${where} too (output ${wrong} is wrong), so the board is unfit`,
        };
  } catch (error) {
    return {
      passed: false,
      message: `the canary model could not run on ${where} (${error instanceof Error ? error.message : String(error)}), so the board is unfit`,
    };
  }
}
