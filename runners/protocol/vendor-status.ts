import { type ErrorOwner, HilError, type RetryAdvice } from '../../harness/hil-error.ts';

/** What a code of the vendor's header means and what to do about it. */
export interface VendorStatus {
  /** The vendor's name, without `RKNN_ERR_`, in the vendor's spelling. */
  readonly name: string;
  /** Continues a sentence: "rknn_init failed: …". */
  readonly meaning: string;
  readonly hint: string;
  /** Who can act if the model does not load. A run that fails is `undecided`: the canary decides. */
  readonly owner: ErrorOwner;
}

/** Every code of rknn_api.h 1.7.5, by its value. */
export const vendorStatuses: ReadonlyMap<number, VendorStatus> = new Map([
  [
    -1,
    {
      name: 'FAIL',
      meaning: 'a general failure, or librknn_api.so has found no runtime or a symbol is missing in it',
      hint: 'Read the board’s log just before. If every call gives -1, install the driver package: librknn_runtime.so is missing or older than librknn_api.so.',
      owner: 'undecided',
    },
  ],
  [
    -2,
    {
      name: 'TIMEOUT',
      meaning: 'the NPU did not finish in time',
      hint: 'Look for “GPU[..] hang” in dmesg. Use driver 1.6.1 or newer and check the power supply of the NPU.',
      owner: 'undecided',
    },
  ],
  [
    -3,
    {
      name: 'DEVICE_UNAVAILABLE',
      meaning: 'there is no NPU device',
      hint: 'Check that /dev/galcore exists and /proc/modules lists galcore; load the module with the board’s NPU init script.',
      owner: 'lab',
    },
  ],
  [
    -4,
    {
      name: 'MALLOC_FAIL',
      meaning: 'the board is out of memory',
      hint: 'Compare MemAvailable in /proc/meminfo with the model’s need and look for other processes; a model that is not precompiled needs most while it loads.',
      owner: 'lab',
    },
  ],
  [
    -5,
    {
      name: 'PARAM_INVALID',
      meaning: 'an argument is not valid',
      hint: 'This is a bug in the device runner: please report it with the board’s log.',
      owner: 'harness',
    },
  ],
  [
    -6,
    {
      name: 'MODEL_INVALID',
      meaning:
        'the model is not usable: a damaged file, one from a newer toolkit or from rknn-toolkit2, or an encrypted one on an old driver',
      hint: 'Check the file, and the toolkit version in it against the driver of the board; convert it again with the toolkit that belongs to the driver.',
      owner: 'spec',
    },
  ],
  [
    -7,
    {
      name: 'CTX_INVALID',
      meaning: 'the context is not valid',
      hint: 'This is a bug in the device runner: please report it with the board’s log.',
      owner: 'harness',
    },
  ],
  [
    -8,
    {
      name: 'INPUT_INVALID',
      meaning: 'an input is not valid',
      hint: 'Compare boardInput in the spec (dtype, layout, declared size) with the inputs of the model.',
      owner: 'spec',
    },
  ],
  [
    -9,
    {
      name: 'OUTPUT_INVALID',
      meaning: 'an output is not valid',
      hint: 'This is a bug in the device runner: please report it with the board’s log.',
      owner: 'harness',
    },
  ],
  [
    -10,
    {
      name: 'DEVICE_UNMATCH',
      meaning: 'parts of the driver stack are of different releases',
      hint: 'Install librknn_api, librknn_runtime and galcore of one release, then reboot the board.',
      owner: 'lab',
    },
  ],
  [
    -11,
    {
      name: 'INCOMPATILE_PRE_COMPILE_MODEL',
      meaning: 'the model was precompiled by or for another driver',
      hint: 'Precompile the model again with the driver of this board, or use a model that is not precompiled.',
      owner: 'spec',
    },
  ],
  [
    -12,
    {
      name: 'INCOMPATILE_OPTIMIZATION_LEVEL_VERSION',
      meaning: 'this driver does not know the format of the model’s optimisation level',
      hint: 'Convert the model again with the toolkit that belongs to this driver, or update the driver.',
      owner: 'spec',
    },
  ],
  [
    -13,
    {
      name: 'TARGET_PLATFORM_UNMATCH',
      meaning: 'the model was built for another chip family',
      hint: 'Convert the model again with target_platform rk1808.',
      owner: 'spec',
    },
  ],
  [
    -14,
    {
      name: 'NON_PRE_COMPILED_MODEL_ON_MINI_DRIVER',
      meaning: 'the board has the mini driver, which loads precompiled models only',
      hint: 'Precompile the model, or install the full driver on the board.',
      owner: 'spec',
    },
  ],
]);

const unknownStatus: VendorStatus = {
  name: 'UNKNOWN',
  meaning: 'a status that the vendor’s header does not list',
  hint: 'Read the board’s log just before, and check that the vendor library is one for RK1808 (rknn_api 1.x).',
  owner: 'undecided',
};

/** A call of the vendor's interface returned a failure. */
export class VendorStatusError extends HilError {
  readonly code: `HIL_VENDOR_${string}`;
  readonly owner: ErrorOwner;
  override readonly retry: RetryAdvice;
  /** The vendor's function, e.g. `rknn_init`. */
  readonly call: string;
  readonly status: number;

  /** @param log - What the board printed since the request. */
  constructor(call: string, status: number, log: string) {
    const { name, meaning, hint, owner } = vendorStatuses.get(status) ?? unknownStatus;
    super(`${call} failed: ${meaning} (${name}, ${status})${lastLines(log)}`, { hint });
    this.code = `HIL_VENDOR_${name}`;
    this.call = call;
    this.status = status;
    this.owner = call === 'rknn_init' ? owner : runtimeOwner(owner);
    this.retry = this.owner === 'undecided' ? 'same-board' : this.owner === 'lab' ? 'other-board' : 'never';
  }
}

/** Once a model is loaded nothing but the canary can tell whether the network or the board is to blame. */
const runtimeOwner = (owner: ErrorOwner): ErrorOwner => (owner === 'harness' ? owner : 'undecided');

const shownLines = 4;

function lastLines(log: string): string {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  return lines.length === 0 ? '' : `; the board printed:\n${lines.slice(-shownLines).join('\n')}`;
}
