import type {
  BoardOutput,
  InferRequest,
  InferResult,
  LayerOutput,
  LayersOptions,
  LoadedModel,
  SessionOptions,
} from '../../harness/board/session.ts';
import type { TensorAttribute } from '../../harness/board/tensor-attribute.ts';
import { elementsOf, isDType, type DType } from '../../harness/tensor/dtype.ts';
import { type Tensor, tensor } from '../../harness/tensor/tensor.ts';
import type { PayloadSlice, VendorInput } from './messages.ts';
import { NpuHangError } from './npu-hang-error.ts';
import { layOutPayload, readSlice } from './payload.ts';
import { MessageError } from './protocol-error.ts';
import type { SessionClient } from './session-client.ts';
import { attributeFromVendor, inputToVendor } from './vendor-tensor.ts';

/** How long a model may take to go; a runner that does not answer is dealt with when the session ends. */
const unloadTimeoutMs = 2000;

/** Hashes of layers in one request: more would fill its head. */
const mostKnown = 500;

interface Loaded {
  readonly handle: number;
  readonly inputs: readonly TensorAttribute[];
  readonly outputs: readonly TensorAttribute[];
  readonly loadTimeUs: number;
  readonly uploadedBytes: number;
}

/** A model that a device runner holds, seen through the session protocol. */
export class RemoteModel implements LoadedModel {
  readonly inputs: readonly TensorAttribute[];
  readonly outputs: readonly TensorAttribute[];
  readonly loadTimeUs: number;
  readonly uploadedBytes: number;
  readonly #client: SessionClient;
  readonly #handle: number;
  #unloaded = false;

  private constructor(client: SessionClient, { handle, inputs, outputs, loadTimeUs, uploadedBytes }: Loaded) {
    this.#client = client;
    this.#handle = handle;
    this.inputs = inputs;
    this.outputs = outputs;
    this.loadTimeUs = loadTimeUs;
    this.uploadedBytes = uploadedBytes;
  }

  /** Loads a file that lies on the board; the runner checks its hash. */
  static async load(
    client: SessionClient,
    file: { readonly path: string; readonly sha256: string; readonly uploadedBytes: number },
    { signal, onProgress }: SessionOptions,
  ): Promise<RemoteModel> {
    onProgress?.({ step: 'load' });
    const { head } = await client.call({ type: 'load', path: file.path, sha256: file.sha256 }, 'loaded', {
      signal,
    });
    return new RemoteModel(client, {
      handle: head.model,
      inputs: head.inputs.map(attributeFromVendor),
      outputs: head.outputs.map(attributeFromVendor),
      loadTimeUs: head.loadTimeUs,
      uploadedBytes: file.uploadedBytes,
    });
  }

  async infer(request: InferRequest, { signal, onProgress }: SessionOptions): Promise<InferResult> {
    onProgress?.({ step: 'run' });
    const { inputs, payload } = packInputs(request);
    const { head, payload: answer } = await this.#client.call(
      { type: 'infer', model: this.#handle, inputs, repeats: request.repeats },
      'inferred',
      { signal, payload },
    );
    const hung = head.runs.findIndex(({ suspect }) => suspect === 'hang');
    if (hung >= 0) throw new NpuHangError(hung, head.runs[hung]!.npuTimeUs);
    return {
      outputs: this.outputs.map((attribute) => outputOf(attribute, head.outputs, answer)),
      runs: head.runs.map(({ npuTimeUs, crc32 }) => ({ npuTimeUs, outputsCrc32: crc32 })),
    };
  }

  async *layers(
    request: InferRequest,
    { signal, onProgress, known }: LayersOptions,
  ): AsyncGenerator<LayerOutput> {
    onProgress?.({ step: 'layers' });
    const { inputs, payload } = packInputs(request);
    const layers = this.#client.stream(
      {
        type: 'layers',
        model: this.#handle,
        inputs,
        ...(known ? { known: [...known.keys()].slice(-mostKnown) } : {}),
      },
      { each: 'layer', last: 'layers-end' },
      { signal, payload },
    );
    for await (const { head, payload: bytes } of layers) {
      if (!isDType(head.dtype)) {
        throw new MessageError(`layer ${head.name} has element type ${head.dtype}, which is unknown`);
      }
      const what = `layer ${head.name}`;
      yield { name: head.name, tensor: layerOf({ ...head, dtype: head.dtype }, bytes, known, what) };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#unloaded || !this.#client.alive) return;
    this.#unloaded = true;
    const request = { type: 'unload', model: this.#handle } as const;
    // A session that fails here says so at its next use; an error from a disposal would bury the real one.
    await this.#client.call(request, 'unloaded', { timeoutMs: unloadTimeoutMs }).catch(() => undefined);
  }
}

/** A layer that came, or that the host holds. */
function layerOf(
  { dtype, shape, offset, length, sha256, same }: LayerHead,
  bytes: Uint8Array,
  known: LayersOptions['known'],
  what: string,
): Tensor {
  if (same === true) {
    const held = sha256 === undefined ? undefined : known?.get(sha256);
    if (held?.dtype !== dtype) throw new MessageError(`${what} is said to be known, and is not`);
    return tensor(dtype, shape, held.data);
  }
  const found = readTensor(dtype, shape, readSlice(bytes, { offset, length }, what), what);
  if (sha256 !== undefined) known?.set(sha256, found);
  return found;
}

interface LayerHead extends PayloadSlice {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly sha256?: string | undefined;
  readonly same?: boolean | undefined;
}

function packInputs({ inputs }: InferRequest): { inputs: VendorInput[]; payload: readonly Uint8Array[] } {
  const { parts, slices } = layOutPayload(inputs.map(({ bytes }) => bytes));
  return { inputs: inputs.map((input, position) => inputToVendor(input, slices[position]!)), payload: parts };
}

function outputOf(
  attribute: TensorAttribute,
  outputs: readonly (PayloadSlice & { readonly index: number })[],
  payload: Uint8Array,
): BoardOutput {
  const what = `output ${attribute.index}`;
  const slice = outputs.find(({ index }) => index === attribute.index);
  if (slice === undefined) throw new MessageError(`the answer to infer lacks ${what}`);
  const bytes = readSlice(payload, slice, what);
  return { attribute, tensor: readTensor(attribute.dtype, attribute.shape, bytes, what) };
}

function readTensor(
  dtype: TensorAttribute['dtype'],
  shape: readonly number[],
  bytes: Uint8Array,
  what: string,
): Tensor {
  try {
    return tensor(dtype, shape, elementsOf(dtype, bytes));
  } catch (cause) {
    throw new MessageError(`${what} does not have the bytes of its shape and type`, cause);
  }
}
