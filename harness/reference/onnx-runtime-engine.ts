import { createRequire } from 'node:module';
import type * as library from 'onnxruntime-node';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { InternalError } from '../hil-error.ts';
import type { Cancellable } from '../cancellable.ts';
import { loadNative, NativeLibraryError } from '../native-library.ts';
import { bytesOf, elementsOf, isDType } from '../tensor/dtype.ts';
import { type NamedTensors, type Tensor, tensor } from '../tensor/tensor.ts';
import { checkFeeds } from './check-feeds.ts';
import type { LoadOptions, ReferenceEngine, ReferenceModel, TensorDeclaration } from './engine.ts';
import { explainLoadFailure, explainRunFailure } from './explain-refusal.ts';
import { ExternalDataError, NoOutputsError, UnsupportedElementTypeError } from './model-error.ts';
import { type OnnxModel, readOnnx } from './onnx/model.ts';

type OnnxRuntime = typeof library;

export interface OnnxRuntimeOptions {
  /**
   * Threads inside one operator. One by default: results then do not depend on the machine's number of cores (two
   * threads change the last bits of some networks), and test workers that run side by side do not fight for cores.
   */
  readonly threads?: number | undefined;
  /** Let the library print its warnings to stderr. Off by default: what matters comes as an error. */
  readonly warnings?: boolean | undefined;
}

/**
 * The reference engine on ONNX Runtime's CPU provider. The library is loaded with the first model.
 *
 * Loading and running block the event loop while the library computes. A float16 network is computed in float32 inside
 * (the library has no float16 kernels for x86-64 and drops the casts between nodes, `optimise` or not): only its
 * outputs are rounded. Who needs float16 rounding between layers writes float32 operators with a pair of Cast nodes
 * after each; these pairs are kept.
 */
export function createOnnxRuntimeEngine({
  threads = 1,
  warnings = false,
}: OnnxRuntimeOptions = {}): ReferenceEngine {
  return {
    name: 'onnxruntime',
    get version() {
      return installedVersion();
    },
    async load(bytes, origin, options) {
      options.signal?.throwIfAborted();
      const model = readOnnx(bytes, origin);
      refuseUnusable(model, origin);
      const ort = await loadLibrary();
      options.signal?.throwIfAborted();
      const session = await createSession(ort, bytes, origin, model, options, threads, warnings);
      try {
        options.signal?.throwIfAborted();
        return new OnnxRuntimeModel(ort, session, origin, model);
      } catch (error) {
        await session.release();
        throw error;
      }
    },
  };
}

const require = createRequire(import.meta.url);

function installedVersion(): string {
  try {
    const { version } = require('onnxruntime-node/package.json') as { version: string };
    return version;
  } catch (cause) {
    throw new NativeLibraryError('onnxruntime-node', cause);
  }
}

/** Its load costs start-up time, so it is imported when it is needed; Node keeps it after that. */
const loadLibrary = (): Promise<OnnxRuntime> =>
  loadNative('onnxruntime-node', () => import('onnxruntime-node'));

/** Refuses what the library would load or fail on without a helpful word. */
function refuseUnusable({ graph }: OnnxModel, origin: string): void {
  if (graph.output.length === 0) throw new NoOutputsError(origin);
  for (const { name, dataLocation, externalData } of graph.initializer) {
    if (dataLocation === 1) {
      throw new ExternalDataError(origin, name, externalData.find(({ key }) => key === 'location')?.value);
    }
  }
}

/** ONNX Runtime's severities: 2 prints warnings; 4 only fatal ones, since errors are thrown as well. */
const severity = { warning: 2, fatal: 4 } as const;

async function createSession(
  ort: OnnxRuntime,
  bytes: Uint8Array,
  origin: string,
  model: OnnxModel,
  { optimise, exactGraph = false }: LoadOptions,
  threads: number,
  warnings: boolean,
): Promise<InferenceSession> {
  const level = warnings ? 'warning' : 'fatal';
  ort.env.logLevel = level;
  try {
    return await ort.InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      graphOptimizationLevel: optimise ? 'all' : 'disabled',
      executionMode: 'sequential',
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: severity[level],
      extra: {
        session: {
          use_deterministic_compute: '1',
          // Both are needed: the first keeps pairs from becoming integer kernels, the second keeps two pairs in a row
          // from becoming one, which rounds differently.
          ...(exactGraph ? { disable_quant_qdq: '1', disable_double_qdq_remover: '1' } : {}),
        },
      },
    });
  } catch (cause) {
    throw explainLoadFailure(cause, model, origin);
  }
}

class OnnxRuntimeModel implements ReferenceModel {
  readonly inputs: readonly TensorDeclaration[];
  readonly outputs: readonly TensorDeclaration[];
  readonly #ort: OnnxRuntime;
  readonly #session: InferenceSession;
  readonly #origin: string;
  readonly #openRank: ReadonlySet<string>;
  #disposed = false;

  constructor(ort: OnnxRuntime, session: InferenceSession, origin: string, model: OnnxModel) {
    this.#ort = ort;
    this.#session = session;
    this.#origin = origin;
    // Graph inputs that are initialisers too (models of IR 3) are not among the session's inputs.
    this.inputs = session.inputMetadata.map((input) => declarationOf(input, `input ${input.name}`, origin));
    this.outputs = session.outputMetadata.map((output) =>
      declarationOf(output, `output ${output.name}`, origin),
    );
    this.#openRank = new Set(
      model.graph.input.filter(({ type }) => type?.tensorType?.shape === undefined).map(({ name }) => name),
    );
  }

  async run(feeds: NamedTensors, { signal }: Cancellable = {}): Promise<NamedTensors> {
    signal?.throwIfAborted();
    if (this.#disposed) throw new InternalError(`${this.#origin} is run after it was disposed`);
    checkFeeds(this.#origin, this.inputs, this.#openRank, feeds);
    const ortFeeds: Record<string, OrtTensor> = {};
    for (const [name, feed] of feeds) {
      ortFeeds[name] = tensorToOrt(this.#ort, feed);
    }
    let results: InferenceSession.ReturnType;
    try {
      results = await this.#session.run(ortFeeds);
    } catch (cause) {
      throw explainRunFailure(cause, this.#origin);
    }
    signal?.throwIfAborted();
    return new Map(
      this.outputs.map(({ name }) => [name, tensorFromOrt(results[name] as OrtTensor, name, this.#origin)]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#session.release();
  }
}

function declarationOf(
  metadata: InferenceSession.ValueMetadata,
  what: string,
  origin: string,
): TensorDeclaration {
  if (!metadata.isTensor) throw new UnsupportedElementTypeError(origin, what, 'sequence, map or optional');
  if (!isDType(metadata.type)) throw new UnsupportedElementTypeError(origin, what, metadata.type);
  return {
    name: metadata.name,
    dtype: metadata.type,
    shape: metadata.shape.map((extent) => (extent === '' ? null : extent)),
  };
}

function tensorToOrt(ort: OnnxRuntime, { dtype, data, shape }: Tensor): OrtTensor {
  if (dtype !== 'float16') return new ort.Tensor(dtype, data, shape);
  // Where JavaScript has a Float16Array (Node 24), the constructor turns float16 data into one, which the native side
  // of 1.30 takes for empty. Bits that are declared only afterwards stay a Uint16Array.
  return Object.assign(new ort.Tensor('uint16', data as Uint16Array, shape), { type: dtype });
}

function tensorFromOrt({ type, dims, data }: OrtTensor, name: string, origin: string): Tensor {
  if (!isDType(type) || Array.isArray(data)) {
    throw new UnsupportedElementTypeError(origin, `output ${name}`, type);
  }
  // Where JavaScript has a Float16Array, the library answers with it; our float16 is its bits.
  return tensor(type, dims, elementsOf(type, bytesOf(data)));
}
