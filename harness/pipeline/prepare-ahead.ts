import { type PreparedInput, prepareInput } from '../input/prepare-input.ts';
import type { Case } from '../spec/case.ts';

/**
 * Prepares inputs, the next one already while a case waits for its board: decoding and resizing then cost the run no
 * time. Holds one input ahead.
 */
export class PrepareAhead {
  #ahead: { readonly testCase: Case; readonly prepared: Promise<PreparedInput> } | undefined;

  /** Begins in the background; what goes wrong shows when the input is taken. */
  begin(testCase: Case): void {
    if (this.#ahead?.testCase === testCase) return;
    const prepared = prepareInput(testCase.input, testCase.spec);
    prepared.catch(() => undefined);
    this.#ahead = { testCase, prepared };
  }

  take(testCase: Case): Promise<PreparedInput> {
    const ahead = this.#ahead;
    if (ahead?.testCase !== testCase) return prepareInput(testCase.input, testCase.spec);
    this.#ahead = undefined;
    return ahead.prepared;
  }
}
