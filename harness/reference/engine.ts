import type { Cancellable } from '../cancellable.ts';
import type { DType } from '../tensor/dtype.ts';
import type { NamedTensors } from '../tensor/tensor.ts';

/** Computes networks locally: the reference, and the simulated NPU's arithmetic. */
export interface ReferenceEngine {
  readonly name: string;
  /** The engine library's version; part of every golden's provenance. */
  readonly version: string;
  /**
   * @param bytes - A whole ONNX model.
   * @param origin - File the bytes come from, for messages.
   * @throws {HilError} Owner `spec`: corrupt file, unknown operator.
   */
  load(bytes: Uint8Array, origin: string, options: LoadOptions): Promise<ReferenceModel>;
}

export interface LoadOptions extends Cancellable {
  /** Graph optimisations of the engine: on for speed, off for the second opinion that seals a golden. */
  readonly optimise: boolean;
}

export interface ReferenceModel extends AsyncDisposable {
  readonly inputs: readonly TensorDeclaration[];
  readonly outputs: readonly TensorDeclaration[];
  /** @throws {HilError} Owner `spec` if a feed is missing or its shape or dtype does not fit. */
  run(feeds: NamedTensors): Promise<NamedTensors>;
}

/** An input or output as the model declares it; a dimension that is free has its symbol or `null`. */
export interface TensorDeclaration {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | string | null)[];
}
