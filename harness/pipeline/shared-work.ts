import type { Golden } from '../golden/golden.ts';
import { type PreparedInput, prepareInput } from '../input/prepare-input.ts';
import type { Case } from '../spec/case.ts';
import type { StageClock } from './stage-clock.ts';

/**
 * What a case needs on any board: its input and its golden. Begun at once, so that it is done while the case waits for a
 * board, and shared by all attempts.
 */
export class SharedWork {
  readonly #testCase: Case;
  readonly #clock: StageClock;
  readonly #obtainGolden: (prepared: PreparedInput) => Promise<Golden>;
  #prepared: Promise<PreparedInput> | undefined;
  #golden: Promise<Golden> | undefined;

  constructor(testCase: Case, clock: StageClock, obtainGolden: (prepared: PreparedInput) => Promise<Golden>) {
    this.#testCase = testCase;
    this.#clock = clock;
    this.#obtainGolden = obtainGolden;
  }

  prepared(): Promise<PreparedInput> {
    this.#prepared ??= this.#clock.time('prepare', () =>
      prepareInput(this.#testCase.input, this.#testCase.spec),
    );
    return this.#prepared;
  }

  golden(): Promise<Golden> {
    this.#golden ??= this.prepared().then((prepared) =>
      this.#clock.time('reference', () => this.#obtainGolden(prepared)),
    );
    return this.#golden;
  }

  /** Before another attempt: what failed is begun again, what is done is kept. */
  async renew(): Promise<void> {
    const [prepared, golden] = await Promise.allSettled([this.#prepared, this.#golden]);
    if (prepared.status === 'rejected') this.#prepared = undefined;
    if (golden.status === 'rejected') this.#golden = undefined;
  }
}
