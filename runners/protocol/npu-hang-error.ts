import { HilError, type RetryAdvice } from '../../harness/hil-error.ts';

/**
 * A run has the signature of an NPU that hung: it took long, the runtime says that it went well, and every output is
 * exactly 0. Its numbers are no answer of the network, so they are never compared.
 */
export class NpuHangError extends HilError {
  readonly code = 'HIL_NPU_HANG';
  readonly owner = 'undecided';
  override readonly retry: RetryAdvice = 'same-board';

  /** @param run - Which of the repeated runs, from 0. */
  constructor(run: number, npuTimeUs: number) {
    const seconds = (npuTimeUs / 1e6).toFixed(1);
    super(
      `the NPU hung in run ${run + 1}: after ${seconds} s every output is exactly 0, though the runtime reports success`,
      {
        hint: 'Look for “GPU[..] hang” in dmesg on the board. Use driver 1.6.1 or newer, check the power supply of the NPU, then reboot the board.',
      },
    );
  }
}
