import { crc32 } from 'node:zlib';
import { bytesOf } from '../tensor/dtype.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Board } from './board.ts';
import type { BoardCondition } from './board-condition.ts';
import { parseComponentVersion } from './sdk-stack.ts';
import type {
  BoardModel,
  BoardSession,
  InferRequest,
  InferResult,
  LoadedModel,
  Runner,
  SessionOptions,
} from './session.ts';
import type { TensorAttribute } from './tensor-attribute.ts';

/** The network that every model file stands for on a fake board. */
export interface FakeNetwork {
  readonly inputs: readonly TensorAttribute[];
  readonly outputs: readonly TensorAttribute[];
  /**
   * One tensor for each output.
   *
   * @param run - 0 for the first of repeated runs.
   */
  answer(inputs: InferRequest['inputs'], run: number): readonly Tensor[];
}

/** A step that a fake board is about to take. */
export interface FakeStep {
  readonly step: 'connect' | 'load' | 'run' | 'layers';
  readonly board: string;
  readonly sdk: string;
  /** With `load`. */
  readonly model?: BoardModel | undefined;
  readonly signal?: AbortSignal | undefined;
  /** From here on the session is only good for disposal. */
  readonly endSession: () => void;
}

export interface FakeRunnerOptions {
  readonly network: FakeNetwork;
  /** Called before each step, which waits for it; what it throws, the step fails with. */
  readonly before?: (step: FakeStep) => void | Promise<void>;
  /** What is told of a board’s condition; boards tell nothing without. */
  readonly condition?: (board: string) => BoardCondition | undefined | Promise<BoardCondition | undefined>;
}

/** A runner for tests: its boards answer what they are told, fail when they are told, and count what is asked of them. */
export class FakeRunner implements Runner {
  readonly name = 'fake';
  /** Every step in order: `connect virtual 1.7.5`, `load virtual net.rknn`, `run virtual`. */
  readonly steps: string[] = [];
  /** Sessions that are open, and models that are loaded. */
  openSessions = 0;
  loadedModels = 0;
  readonly #options: FakeRunnerOptions;
  /** Hashes of the model files that each board holds. */
  readonly #held = new Map<string, Set<string>>();

  constructor(options: FakeRunnerOptions) {
    this.#options = options;
  }

  async open(board: Board, sdk: string, { signal, onProgress }: SessionOptions): Promise<BoardSession> {
    onProgress?.({ step: 'connect' });
    let alive = true;
    let log = '';
    const take = async (
      step: FakeStep['step'],
      told: string,
      options: SessionOptions,
      model?: BoardModel,
    ): Promise<void> => {
      this.steps.push(`${step} ${told}`);
      options.signal?.throwIfAborted();
      const endSession = () => void (alive = false);
      const before = this.#options.before?.({
        step,
        board: board.name,
        sdk,
        model,
        signal: options.signal,
        endSession,
      });
      await orAborted(before, options.signal, endSession);
    };
    await take('connect', `${board.name} ${sdk}`, { signal });
    this.openSessions++;
    const api = parseComponentVersion(`librknn_runtime version ${sdk} (fake)`);

    const load = async (model: BoardModel, options: SessionOptions): Promise<LoadedModel> => {
      const held = this.#held.get(board.name) ?? new Set();
      this.#held.set(board.name, held);
      const uploadedBytes = held.has(model.sha256) ? 0 : model.bytes.length;
      options.onProgress?.({ step: 'upload', bytes: { done: uploadedBytes, total: uploadedBytes } });
      options.onProgress?.({ step: 'load' });
      await take('load', `${board.name} ${model.path.split('/').at(-1)}`, options, model);
      held.add(model.sha256);
      log += `${api.text}\n`;
      this.loadedModels++;
      return this.#loaded(uploadedBytes, (step, stepOptions) => take(step, board.name, stepOptions));
    };

    const { condition } = this.#options;
    const dispose = once(() => {
      alive = false;
      this.openSessions--;
    });
    return {
      identity: {
        name: board.name,
        chip: board.chip,
        simulated: board.simulated,
        bootId: `boot of ${board.name}`,
        kernel: 'Linux fake',
      },
      stack: { name: sdk, api, driver: parseComponentVersion(sdk) },
      get alive() {
        return alive;
      },
      load,
      ...(condition ? { condition: async () => condition(board.name) } : {}),
      takeLog() {
        const taken = log;
        log = '';
        return taken;
      },
      [Symbol.asyncDispose]: dispose,
    };
  }

  #loaded(
    uploadedBytes: number,
    take: (step: 'run' | 'layers', options: SessionOptions) => Promise<void>,
  ): LoadedModel {
    const { network } = this.#options;
    return {
      inputs: network.inputs,
      outputs: network.outputs,
      uploadedBytes,
      loadTimeUs: 1,
      async infer({ inputs, repeats }, options): Promise<InferResult> {
        options.onProgress?.({ step: 'run' });
        await take('run', options);
        const answers = Array.from({ length: repeats }, (_, run) => network.answer(inputs, run));
        return {
          outputs: network.outputs.map((attribute, index) => ({ attribute, tensor: answers[0]![index]! })),
          runs: answers.map((answer) => ({ npuTimeUs: 1000, outputsCrc32: checksum(answer) })),
        };
      },
      async *layers({ inputs }, options) {
        await take('layers', options);
        for (const [index, tensor] of network.answer(inputs, 0).entries()) {
          yield { name: `NodeID_${index}_FakeLayer_out_0.txt`, tensor };
        }
      },
      [Symbol.asyncDispose]: once(() => void this.loadedModels--),
    };
  }
}

/** Waits for `work`, or until the signal aborts: a board that is left in the middle of something is no longer usable. */
async function orAborted(
  work: void | Promise<void>,
  signal: AbortSignal | undefined,
  onAbort: () => void,
): Promise<void> {
  if (signal === undefined) return work;
  await new Promise<void>((resolve, reject) => {
    const abort = () => {
      onAbort();
      reject(signal.reason as Error);
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    Promise.resolve(work)
      .finally(() => signal.removeEventListener('abort', abort))
      .then(resolve, reject);
  });
}

const checksum = (tensors: readonly Tensor[]): number =>
  tensors.reduce((sum, { data }) => crc32(bytesOf(data), sum), 0);

function once(work: () => void): () => Promise<void> {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
    return Promise.resolve();
  };
}
