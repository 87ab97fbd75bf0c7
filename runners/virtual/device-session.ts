import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { BoardInput, BoardOutput } from '../../harness/board/session.ts';
import { dequantise } from '../../harness/tensor/dequantise.ts';
import { bytesOf } from '../../harness/tensor/dtype.ts';
import { ourLimits } from '../protocol/frame.ts';
import {
  type ErrorReply,
  type Message,
  protocolVersions,
  type Reply,
  type Request,
  type RunnerErrorCode,
  type VendorInput,
} from '../protocol/messages.ts';
import { layOutPayload, readSlice } from '../protocol/payload.ts';
import { MessageError } from '../protocol/protocol-error.ts';
import { attributeToVendor, inputFromVendor } from '../protocol/vendor-tensor.ts';
import { type Npu, type NpuContext, VendorFailure } from './npu.ts';

/** What a session needs of the board around it. */
export interface DeviceSessionEnvironment {
  readonly npu: Npu;
  /** @throws {Error} With the operating system's words. */
  readonly readFile: (path: string) => Uint8Array;
  readonly pid: number;
  readonly board: { readonly bootId: string; readonly kernel: string; readonly chip: string };
}

/** A request that is answered with an error. */
export class Refusal extends Error {
  readonly code: RunnerErrorCode;
  /** Whether the session goes on after it. */
  readonly usable: boolean;

  constructor(code: RunnerErrorCode, message: string, { usable = true } = {}) {
    super(message);
    this.code = code;
    this.usable = usable;
  }
}

const maxModels = 8;

type Of<T extends Request['type']> = Message<Extract<Request, { type: T }>>;
type Send = (head: Reply, payload?: readonly Uint8Array[]) => void;

/** What the requests of one session do on a simulated board. */
export class DeviceSession implements AsyncDisposable {
  readonly #env: DeviceSessionEnvironment;
  readonly #write: Send;
  readonly #models = new Map<number, NpuContext>();
  #lastModel = 0;
  #hostPayloadBytes = 0;
  #silenceMs = 30_000;
  #greeted = false;

  constructor(environment: DeviceSessionEnvironment, write: Send) {
    this.#env = environment;
    this.#write = write;
  }

  /** How long the host may be silent. */
  get silenceMs(): number {
    return this.#silenceMs;
  }

  /** Does what a request asks and sends the answer. @throws What {@link errorReply} turns into an answer. */
  async handle(request: Message<Request>): Promise<void> {
    const { head } = request;
    if (this.#greeted === (head.type === 'hello')) {
      throw new Refusal('request', this.#greeted ? 'hello came twice' : `${head.type} came before hello`);
    }
    switch (head.type) {
      case 'hello':
        return this.#hello(head);
      case 'load':
        return this.#load(head);
      case 'infer':
        return this.#infer(request as Of<'infer'>);
      case 'layers':
        return this.#layers(request as Of<'layers'>);
      case 'unload':
        return this.#unload(head);
      case 'ping':
        return this.#write({ type: 'pong', id: head.id });
      case 'bye':
        return this.#write({ type: 'bye', id: head.id });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const models = [...this.#models.values()];
    this.#models.clear();
    for (const model of models) await model[Symbol.asyncDispose]();
  }

  #hello({ id, versions, silenceSeconds, limits }: Of<'hello'>['head']): void {
    const version = Math.min(versions.max, protocolVersions.max);
    if (version < Math.max(versions.min, protocolVersions.min)) {
      const offer = `no common version: offered ${versions.min} to ${versions.max}`;
      throw new Refusal('version', offer, { usable: false });
    }
    this.#greeted = true;
    this.#silenceMs = silenceSeconds * 1000;
    this.#hostPayloadBytes = limits.payloadBytes;
    const { npu, pid, board } = this.#env;
    this.#write({
      type: 'hello',
      id,
      version,
      runner: { name: 'hil-npu-run (simulated)', version: '1', build: `node ${process.versions.node}` },
      limits: { ...ourLimits, models: maxModels },
      features: ['want_float', 'layer-hashes'],
      silenceSeconds,
      api: npu.apiVersion,
      driver: npu.driverVersion,
      pid,
      pgid: pid,
      simulated: true,
      board,
    });
  }

  async #load({ id, path, sha256 }: Of<'load'>['head']): Promise<void> {
    if (this.#models.size >= maxModels) throw new Refusal('limit', `${maxModels} models are loaded already`);
    const bytes = this.#readModel(path);
    const found = createHash('sha256').update(bytes).digest('hex');
    if (found !== sha256) throw new Refusal('hash', `${path} has sha256 ${found}, expected ${sha256}`);

    const started = performance.now();
    const context = await this.#env.npu.init(bytes, this.#print);
    const loadTimeUs = Math.round((performance.now() - started) * 1000);
    const model = ++this.#lastModel;
    this.#models.set(model, context);
    const inputs = context.inputs.map(attributeToVendor);
    const outputs = context.outputs.map(attributeToVendor);
    this.#write({ type: 'loaded', id, model, inputs, outputs, loadTimeUs });
  }

  #readModel(path: string): Uint8Array {
    try {
      return this.#env.readFile(path);
    } catch (error) {
      throw new Refusal('file', messageOf(error));
    }
  }

  async #infer({ head, payload }: Of<'infer'>): Promise<void> {
    const context = this.#model(head.model);
    const inputs = readInputs(head.inputs, payload);
    const runs: { npuTimeUs: number; crc32: number }[] = [];
    let first: readonly BoardOutput[] = [];
    for (let run = 0; run < head.repeats; run++) {
      const { outputs: raw, npuTimeUs } = await context.run(inputs, this.#print);
      const outputs = head.want_float ? raw.map(toFloats) : raw;
      if (run === 0) first = outputs;
      runs.push({ npuTimeUs: Math.round(npuTimeUs), crc32: checksumOf(outputs) });
    }
    const { parts, slices } = layOutPayload(first.map(({ tensor }) => bytesOf(tensor.data)));
    const outputs = first.map(({ attribute }, position) => ({
      index: attribute.index,
      ...slices[position]!,
    }));
    this.#checkSize(parts);
    this.#write({ type: 'inferred', id: head.id, outputs, runs }, parts);
  }

  async #layers({ head, payload }: Of<'layers'>): Promise<void> {
    const layers = await this.#model(head.model).layers(readInputs(head.inputs, payload), this.#print);
    const known = new Set(head.known);
    for (const { name, tensor } of layers) {
      const bytes = bytesOf(tensor.data);
      const { dtype, shape } = tensor;
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const layer = { type: 'layer' as const, id: head.id, name, dtype, shape: [...shape], sha256 };
      if (known.has(sha256)) {
        this.#write({ ...layer, same: true, offset: 0, length: 0 });
        continue;
      }
      this.#checkSize([bytes]);
      this.#write({ ...layer, offset: 0, length: bytes.length }, [bytes]);
    }
    this.#write({ type: 'layers-end', id: head.id, count: layers.length });
  }

  async #unload({ id, model: handle }: Of<'unload'>['head']): Promise<void> {
    const model = this.#model(handle);
    this.#models.delete(handle);
    await model[Symbol.asyncDispose]();
    this.#write({ type: 'unloaded', id });
  }

  #model(handle: number): NpuContext {
    const model = this.#models.get(handle);
    if (model === undefined) throw new Refusal('model', `no model has the number ${handle}`);
    return model;
  }

  #checkSize(payload: readonly Uint8Array[]): void {
    const bytes = payload.reduce((sum, part) => sum + part.length, 0);
    if (bytes <= this.#hostPayloadBytes) return;
    throw new Refusal('limit', `an answer of ${bytes} bytes, the host takes ${this.#hostPayloadBytes}`);
  }

  readonly #print = (line: string): void => this.#write({ type: 'log', text: `${line}\n` });
}

/** The answer to a request that failed. */
export function errorReply(id: number, error: unknown): ErrorReply {
  const base = { type: 'error', id, message: messageOf(error), usable: true } as const;
  if (error instanceof VendorFailure) {
    return { ...base, code: 'vendor', vendor: { call: error.call, status: error.status } };
  }
  if (error instanceof MessageError) return { ...base, code: 'request' };
  if (!(error instanceof Refusal)) return { ...base, code: 'internal' };
  const { code, usable } = error;
  return { ...base, code, usable, ...(code === 'version' ? { versions: protocolVersions } : {}) };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const readInputs = (inputs: readonly VendorInput[], payload: Uint8Array): BoardInput[] =>
  inputs.map((input) => inputFromVendor(input, readSlice(payload, input, `input ${input.index}`)));

/** As the vendor's runtime does for `want_float`. */
const toFloats = ({ attribute, tensor }: BoardOutput): BoardOutput => ({
  attribute,
  tensor: dequantise(tensor, attribute.quantisation),
});

function checksumOf(outputs: readonly BoardOutput[]): number {
  let sum = 0;
  for (const { tensor } of outputs) sum = crc32(bytesOf(tensor.data), sum);
  return sum;
}
