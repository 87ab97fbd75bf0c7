import type { Cancellable } from '../cancellable.ts';
import type { DType } from '../tensor/dtype.ts';
import type { Layout } from '../tensor/layout.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Board, BoardIdentity } from './board.ts';
import type { BoardCommand, BoardFile, Listing } from './board-command.ts';
import type { BoardCondition } from './board-condition.ts';
import type { SdkStack } from './sdk-stack.ts';
import type { TensorAttribute } from './tensor-attribute.ts';

/** What a session is doing right now, told while it does it. */
export interface SessionProgress {
  readonly step: 'connect' | 'upload' | 'load' | 'run' | 'layers';
  /** Bytes done and to do, where the step moves bytes. */
  readonly bytes?: { readonly done: number; readonly total: number } | undefined;
}

export interface SessionOptions extends Cancellable {
  readonly onProgress?: ((progress: SessionProgress) => void) | undefined;
}

export interface LayersOptions extends SessionOptions {
  /**
   * Layers by the SHA-256 of their elements. One that is here is not sent again; those that come are added. To be shared
   * among the dumps of a case on several stacks.
   */
  readonly known?: Map<string, Tensor> | undefined;
}

/** Somewhere a network can execute. */
export interface Runner {
  readonly name: string;
  /**
   * Connects to a board and starts the device runner there for one SDK. Disposing the session leaves the board free:
   * no process, no temporary file.
   *
   * @throws {HilError} Owner `lab` if the board cannot be reached or used.
   */
  open(board: Board, sdk: string, options: SessionOptions): Promise<BoardSession>;
}

/** An open connection to one board with a resident device runner. */
export interface BoardSession extends AsyncDisposable {
  readonly identity: BoardIdentity;
  readonly stack: SdkStack;
  /** False once the connection or the device runner is gone; such a session is only good for disposal. */
  readonly alive: boolean;
  /** After disposal: what could not be ended on the board, in words. Such a board is not free. */
  readonly leftover?: string | undefined;
  /** Uploads the model if the board does not hold it yet (by content), loads it, asks for its attributes. */
  load(model: BoardModel, options: SessionOptions): Promise<LoadedModel>;
  /** Takes the text that the device runner and the vendor library printed since the last call. */
  takeLog(): string;
  /**
   * What goes on at the board besides; works as long as there is a link, even if the device runner is gone. Absent for
   * boards that nobody else can use; undefined where the board cannot tell.
   */
  condition?(options: Cancellable): Promise<BoardCondition | undefined>;
}

/** A model file for the board, with the hash that names it there. */
export interface BoardModel extends BoardFile {
  /** The program that runs the model; the device runner if absent. */
  readonly command?: BoardCommand | undefined;
}

/** A model the board holds in memory. Disposing unloads it. */
export interface LoadedModel extends AsyncDisposable {
  readonly inputs: readonly TensorAttribute[];
  readonly outputs: readonly TensorAttribute[];
  /** 0 if the board held the file already. */
  readonly uploadedBytes: number;
  readonly loadTimeUs: number;
  infer(request: InferRequest, options: SessionOptions): Promise<InferResult>;
  /** Runs once with per-layer dumps on. A dump run is not the same run: never judge by it. */
  layers(request: InferRequest, options: LayersOptions): AsyncIterable<LayerOutput>;
}

/** One input buffer and what the runtime is told about it: the fields of the vendor's `rknn_input`. */
export interface BoardInput {
  readonly index: number;
  readonly bytes: Uint8Array;
  /** Declared element type of the buffer; the runtime believes it. */
  readonly dtype: DType;
  /** Declared order of the buffer; the runtime believes it. */
  readonly layout: Layout;
  /** True: the bytes go unchanged into the input tensor, and dtype and layout are ignored. */
  readonly passThrough: boolean;
  /** Declared size in bytes; normally `bytes.length`. */
  readonly sizeBytes: number;
  /** What the file is called in which a command gets the bytes. */
  readonly fileName?: string | undefined;
}

export interface InferRequest {
  readonly inputs: readonly BoardInput[];
  /** How often to run; outputs of every run are hashed, those of the first are returned. */
  readonly repeats: number;
}

export interface InferResult {
  /** Raw elements as the model holds them (float16 bits, quantised integers); see {@link TensorAttribute}. */
  readonly outputs: readonly BoardOutput[];
  readonly runs: readonly RunFacts[];
}

export interface BoardOutput {
  readonly attribute: TensorAttribute;
  readonly tensor: Tensor;
  /** What the tensor's values are, where they came as a list; the whole output in its own shape if absent. */
  readonly listing?: Listing | undefined;
}

/** What is known of one of the repeated runs. */
export interface RunFacts {
  /** Microseconds inside the vendor's run call, as the vendor reports it (`rknn_perf_run`); a command does not tell it. */
  readonly npuTimeUs?: number | undefined;
  /** CRC-32 of all outputs' bytes: equal runs have equal sums. */
  readonly outputsCrc32: number;
}

/** One layer's output under the vendor's own dump name. */
export interface LayerOutput {
  /** e.g. `tensorName_uid_4_out_0_0000_NodeID_108_ConvolutionReluPoolingLayer2_w_112_h_112_d_64_batchID_0_out_0.txt`. */
  readonly name: string;
  readonly tensor: Tensor;
}
