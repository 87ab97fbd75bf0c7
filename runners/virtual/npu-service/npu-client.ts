import { setTimeout } from 'node:timers/promises';
import { type Npu, type NpuContext, VendorFailure } from '../npu.ts';
import { type Action, encodeAnswer, modelPayload, noAction, outputBytes, runPayload, versionPayload } from './answers.ts'; // prettier-ignore
import { dumpFiles } from './dump-files.ts';
import type { FaultBook } from './fault-book.ts';
import { fatalSignals, type NpuFault } from './npu-faults.ts';
import type { RawRequest } from './request-reader.ts';
import { type NpuRequest, parseRequest } from './requests.ts';
import { spoilOutput } from './spoil-outputs.ts';
import type { VendorCall } from './vendor-calls.ts';
import { WireError } from './wire.ts';

/** What a library says of itself and its program. */
export interface NpuProfile {
  /** SDK version that the library file stands for, e.g. `1.7.5`. */
  readonly sdk: string;
  /** As `RKNN_LOG_LEVEL`. */
  readonly logLevel: number;
}

export interface NpuClientEnvironment {
  /** The NPU for a library; undefined if there is none like that. */
  readonly npuFor: (profile: NpuProfile) => Npu | undefined;
  /** The faults as they are now. */
  readonly faults: () => FaultBook;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

type Run = Extract<NpuRequest, { kind: 'run' }>;
type Init = Extract<NpuRequest, { kind: 'init' }>;

/** What came of a request; an answer without the fields that all have. */
interface Outcome {
  readonly status?: number;
  readonly payload?: readonly Uint8Array[];
}

/** The part of a fault that goes to the library, or replaces the call's work. */
interface Trouble {
  readonly action: Action;
  readonly outcome?: Outcome;
  readonly print?: string;
  readonly fault?: NpuFault | undefined;
}

/** The connection is to be broken instead of an answer. */
export class Disconnect extends Error {}

const status = { fail: -1, noDevice: -3, badContext: -7 } as const;

/** What the requests of one library do; at most one context, as the library opens a connection for each. */
export class NpuClient implements AsyncDisposable {
  readonly #env: NpuClientEnvironment;
  #npu: Npu | undefined;
  #context: NpuContext | undefined;
  #dump = false;

  constructor(environment: NpuClientEnvironment) {
    this.#env = environment;
  }

  get hasContext(): boolean {
    return this.#context !== undefined;
  }

  /**
   * Does what a request asks.
   *
   * @returns The chunks of its answer.
   * @throws {WireError} If it is no request.
   * @throws {Disconnect} If there is to be no answer.
   */
  async answer(raw: RawRequest): Promise<Uint8Array[]> {
    const request = parseRequest(raw);
    const printed: string[] = [];
    const trouble = await this.#meet(request);
    const { status: code = 0, payload = [] } =
      trouble.outcome ?? (await this.#attempt(request, trouble, printed));
    const lines = printed.map((line) => `${line}\n`).join('');
    return encodeAnswer({
      kind: request.kind,
      status: code,
      watched: this.#env.faults().watched,
      action: trouble.action,
      print: (trouble.print ?? '') + lines,
      payload: code < 0 ? [] : payload,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const context = this.#context;
    this.#context = undefined;
    await context?.[Symbol.asyncDispose]();
  }

  /** Lets the fault happen that this request meets, as far as it happens here. */
  async #meet(request: NpuRequest): Promise<Trouble> {
    const call = vendorCallOf(request);
    const fault = call && this.#env.faults().take(call);
    switch (fault?.kind) {
      case undefined:
        return { action: noAction };
      case 'status':
        return { action: noAction, outcome: { status: fault.status }, print: fault.print ?? '' };
      case 'delay':
        await this.#wait(fault.ms);
        return { action: noAction };
      case 'hang':
        await this.#wait(fault.waitMs ?? fault.ms);
        return { action: noAction, fault };
      case 'never':
        await this.#wait(undefined);
        throw new Disconnect();
      case 'disconnect':
        throw new Disconnect();
      case 'die':
        return { action: { ...noAction, kind: 'raise', number: fatalSignals[fault.signal] } };
      case 'print': {
        const { text, count = 0, everyMs = 0 } = fault;
        return { action: { kind: 'print', number: count, everyMs, text } };
      }
      case 'allocate':
        return { action: { ...noAction, kind: 'allocate', number: fault.bytes } };
      case 'outputs':
        return { action: noAction, fault };
    }
  }

  /** @param ms - Until the client is gone if absent. */
  async #wait(ms: number | undefined): Promise<void> {
    const { signal } = this.#env;
    try {
      // The longest time that a timer takes; nobody waits for it.
      await setTimeout(ms ?? 2 ** 31 - 1, undefined, { signal, ref: false });
    } catch {
      throw new Disconnect();
    }
  }

  async #attempt(request: NpuRequest, { fault }: Trouble, printed: string[]): Promise<Outcome> {
    try {
      return await this.#do(request, fault, printed);
    } catch (error) {
      if (error instanceof WireError || error instanceof Disconnect) throw error;
      if (error instanceof VendorFailure) return { status: error.status };
      printed.push(`virtual board: ${error instanceof Error ? error.message : String(error)}`);
      return { status: status.fail };
    }
  }

  async #do(request: NpuRequest, fault: NpuFault | undefined, printed: string[]): Promise<Outcome> {
    const print = (line: string): void => void printed.push(line);
    switch (request.kind) {
      case 'version': {
        const npu = this.#npuFor({ sdk: request.sdk, logLevel: 1 }, printed);
        return npu ? { payload: [this.#versions(npu)] } : { status: status.noDevice };
      }
      case 'init':
        return this.#init(request, printed);
      case 'set':
        if (!this.#context) return { status: status.badContext };
        await this.#context.setInputs(request.inputs, print);
        return {};
      case 'run':
        return this.#run(request, fault, printed);
      case 'call':
        return {};
      case 'destroy':
        await this[Symbol.asyncDispose]();
        return {};
    }
  }

  async #init({ sdk, logLevel, dump, model }: Init, printed: string[]): Promise<Outcome> {
    if (this.#context) throw new WireError('a second init on one connection');
    const npu = this.#npuFor({ sdk, logLevel }, printed);
    if (!npu) return { status: status.noDevice };
    const { api } = this.#env.faults().faults.version ?? {};
    const context = await npu.init(model, (line) => {
      printed.push(line === npu.apiVersion ? (api ?? line) : line);
    });
    if (this.#env.signal.aborted) {
      await context[Symbol.asyncDispose]();
      throw new Disconnect();
    }
    this.#npu = npu;
    this.#context = context;
    this.#dump = dump;
    return { payload: modelPayload(this.#versions(npu), context.inputs, context.outputs) };
  }

  async #run({ inputs }: Run, fault: NpuFault | undefined, printed: string[]): Promise<Outcome> {
    const context = this.#context;
    if (!context) return { status: status.badContext };
    if (fault?.kind === 'hang') {
      const zeros = context.outputs.map(({ sizeBytes }) => new Uint8Array(sizeBytes));
      return { payload: runPayload(fault.ms * 1000, zeros, []) };
    }
    const print = (line: string): void => void printed.push(line);
    const { outputs, npuTimeUs } = await context.run(inputs, print);
    const files = this.#dump ? dumpFiles(await context.layers([], print), printed) : [];
    const bytes = outputBytes(outputs);
    if (fault?.kind !== 'outputs') return { payload: runPayload(npuTimeUs, bytes, files) };
    const spoilt = bytes.map((output, i) => spoilOutput(output, outputs[i]!.attribute, fault.spoilt));
    return { payload: runPayload(npuTimeUs, spoilt, files) };
  }

  #npuFor(profile: NpuProfile, printed: string[]): Npu | undefined {
    const npu = this.#npu ?? this.#env.npuFor(profile);
    if (!npu) printed.push(`virtual board: there is no simulated SDK ${profile.sdk}`);
    return npu;
  }

  #versions(npu: Npu): Uint8Array {
    const { api, driver } = this.#env.faults().faults.version ?? {};
    return versionPayload(api ?? npu.apiVersion, driver ?? npu.driverVersion);
  }
}

/** The vendor call that brings this request here; none that could fail for inputs that are only handed on. */
function vendorCallOf(request: NpuRequest): VendorCall | undefined {
  switch (request.kind) {
    case 'version':
      return 'rknn_query';
    case 'init':
      return 'rknn_init';
    case 'set':
      return undefined;
    case 'run':
      return 'rknn_run';
    case 'call':
      return request.call;
    case 'destroy':
      return 'rknn_destroy';
  }
}
