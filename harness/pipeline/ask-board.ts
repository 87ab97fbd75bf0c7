import type { PreparedInput } from '../input/prepare-input.ts';
import type { CaseServices } from './case-services.ts';
import type { RecordBasis } from './make-record.ts';
import { type BoardAnswer, runOnBoard } from './run-on-board.ts';
import type { SharedWork } from './shared-work.ts';

/** What a board answered, with the input that it was asked with. */
export interface CaseAnswer {
  readonly prepared: PreparedInput;
  readonly answer: BoardAnswer;
}

/**
 * One attempt to have an answer from a board that is leased. When the reference fails meanwhile the board is called off
 * and waited for, and the board's own failure then is the smaller news: a spec that contradicts itself says more than a
 * board that was cut short.
 */
export async function askBoard(
  { testCase, target, clock }: RecordBasis,
  work: SharedWork,
  services: CaseServices,
  signal: AbortSignal | undefined,
): Promise<CaseAnswer> {
  const prepared = await work.prepared();
  const callOff = new AbortController();
  const golden = work.golden().catch((error: unknown) => {
    callOff.abort(error);
    throw error;
  });
  golden.catch(() => undefined);
  try {
    const answer = await runOnBoard(testCase, prepared, target, services, {
      signal: signal ? AbortSignal.any([signal, callOff.signal]) : callOff.signal,
      clock,
      repeats: services.repeats ?? testCase.spec.declaration.repeats,
    });
    return { prepared, answer };
  } catch (error) {
    await golden;
    throw error;
  }
}
