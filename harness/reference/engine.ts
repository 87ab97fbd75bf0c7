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
  /**
   * Keep every rounding that the graph spells out: no QuantizeLinear/DequantizeLinear pair is merged, moved, dropped or
   * turned into an integer kernel, whatever `optimise` says. False by default.
   */
  readonly exactGraph?: boolean | undefined;
}

export interface ReferenceModel extends AsyncDisposable {
  readonly inputs: readonly TensorDeclaration[];
  readonly outputs: readonly TensorDeclaration[];
  /**
   * One execution; all outputs, in the model's order. The signal is looked at before and after: a computation that has
   * begun cannot be stopped.
   *
   * @throws {HilError} Owner `spec` if a feed is missing or unknown, or its shape or dtype does not fit.
   */
  run(feeds: NamedTensors, options?: Cancellable): Promise<NamedTensors>;
}

/**
 * An input or output as the model declares it; a dimension that is free has its symbol or `null`. The shape is also
 * empty where the model leaves even the number of dimensions open.
 */
export interface TensorDeclaration {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | string | null)[];
}
