import type { BoardInput, BoardOutput, LayerOutput } from '../../harness/board/session.ts';
import type { TensorAttribute } from '../../harness/board/tensor-attribute.ts';

/** A simulated NPU with its runtime: what a device runner finds behind the vendor's C interface. */
export interface Npu {
  /** Banner that the runtime answers as `api_version` (`RKNN_QUERY_SDK_VERSION`). */
  readonly apiVersion: string;
  /** What it answers as `drv_version`. */
  readonly driverVersion: string;
  /**
   * As `rknn_init`: checks the file as the vendor's loader does and prepares it.
   *
   * @throws {VendorFailure} With the vendor's code, after the messages the vendor prints.
   */
  init(model: Uint8Array, print: (line: string) => void): Promise<NpuContext>;
}

/** A model the simulated NPU holds. */
export interface NpuContext extends AsyncDisposable {
  readonly inputs: readonly TensorAttribute[];
  readonly outputs: readonly TensorAttribute[];
  /** As `rknn_inputs_set`: an input that is not in the list keeps what it holds. @throws {VendorFailure} */
  setInputs(inputs: readonly BoardInput[], print: (line: string) => void): Promise<void>;
  /**
   * As `rknn_inputs_set`, `rknn_run`, `rknn_outputs_get` with `want_float` 0. As with the vendor, the memory of the
   * inputs is the caller's again afterwards, and no output shares it.
   *
   * @param inputs - May be empty: then the network runs on what was set before.
   * @throws {VendorFailure}
   */
  run(inputs: readonly BoardInput[], print: (line: string) => void): Promise<NpuRun>;
  /** As a run with `NN_LAYER_DUMP=1`, without its outputs; layers in execution order. @throws {VendorFailure} */
  layers(inputs: readonly BoardInput[], print: (line: string) => void): Promise<readonly LayerOutput[]>;
}

export interface NpuRun {
  readonly outputs: readonly BoardOutput[];
  readonly npuTimeUs: number;
}

/** A call of the vendor's interface that returned a code below 0. */
export class VendorFailure extends Error {
  /** The function that failed, e.g. `rknn_init`. */
  readonly call: string;
  /** The vendor's code, e.g. -13. */
  readonly status: number;

  constructor(call: string, status: number) {
    super(`${call} returned ${status}`);
    this.name = 'VendorFailure';
    this.call = call;
    this.status = status;
  }
}
