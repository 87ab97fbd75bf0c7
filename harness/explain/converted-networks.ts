import type { Cancellable } from '../cancellable.ts';
import type { ReferenceEngine } from '../reference/engine.ts';
import { readRknn, type RknnFile } from '../reference/rknn-file/rknn-file.ts';
import { arithmeticOfSdk } from '../reference/rknn/arithmetic.ts';
import { holdsNetwork } from '../reference/rknn/converted-answer.ts';
import { type ConvertedNetwork, loadConverted } from '../reference/rknn/converted-network.ts';
import { importRknnFile } from '../reference/rknn/import-rknn.ts';

/** A model file in memory; the same object stands for the same content. */
export interface ModelBytes {
  readonly bytes: Uint8Array;
  /** For messages. */
  readonly origin: string;
}

/** Specs take turns at most between two SDKs' networks. */
const mostKept = 2;

interface Kept {
  readonly bytes: Uint8Array;
  readonly rounding: string | undefined;
  readonly network: Promise<ConvertedNetwork>;
}

/**
 * The networks of the model files that a worker's cases ran last, loaded once each. One is used at a time: the engine
 * blocks the event loop anyway, and none is put away under a case that computes with it.
 */
export class ConvertedNetworks implements AsyncDisposable {
  readonly #engine: ReferenceEngine;
  readonly #files = new WeakMap<Uint8Array, RknnFile | false>();
  #kept: readonly Kept[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(engine: ReferenceEngine) {
    this.#engine = engine;
  }

  /**
   * @returns undefined for a file that holds no network: pre-compiled, one of our own, or none that can be read.
   * @throws {HilError} Owner `spec`: an operator that is not supported, or what `use` throws.
   */
  async withNetwork<T>(
    model: ModelBytes,
    sdk: string,
    use: (network: ConvertedNetwork, file: RknnFile) => Promise<T>,
    { signal }: Cancellable,
  ): Promise<T | undefined> {
    const file = this.#files.get(model.bytes) ?? fileWithNetwork(model);
    this.#files.set(model.bytes, file);
    if (file === false) return undefined;
    const mine = this.#turn.then(async () => {
      signal?.throwIfAborted();
      return use(await this.#load(model, file, sdk), file);
    });
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #load({ bytes, origin }: ModelBytes, file: RknnFile, sdk: string): Promise<ConvertedNetwork> {
    const arithmetic = arithmeticOfSdk(sdk);
    const rounding = arithmetic.u8Rounding;
    const found = this.#kept.find((each) => each.bytes === bytes && each.rounding === rounding);
    const entry = found ?? {
      bytes,
      rounding,
      // A file that cannot be computed fails alike the next time, without being read through again.
      network: (async () =>
        loadConverted(importRknnFile(file, origin, { arithmetic }), origin, this.#engine))(),
    };
    const others = this.#kept.filter((each) => each !== entry);
    this.#kept = [entry, ...others].slice(0, mostKept);
    for (const { network } of others.slice(mostKept - 1)) await dispose(network);
    return entry.network;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turn;
    for (const { network } of this.#kept) await dispose(network);
    this.#kept = [];
  }
}

async function dispose(network: Promise<ConvertedNetwork>): Promise<void> {
  const loaded = await network.catch(() => undefined);
  await loaded?.[Symbol.asyncDispose]();
}

/** What is wrong with a file is for the board to say. */
function fileWithNetwork({ bytes, origin }: ModelBytes): RknnFile | false {
  try {
    const file = readRknn(bytes, origin);
    return holdsNetwork(file.trailer) ? file : false;
  } catch {
    return false;
  }
}
