import type { Cancellable } from '../cancellable.ts';
import type { ReferenceEngine } from '../reference/engine.ts';
import type { NamedTensors } from '../tensor/tensor.ts';
import { compareFacts, type FactDifference, StaleGoldenError } from './check-golden.ts';
import { computeSealedOutputs, type ComputeOptions } from './compute-golden.ts';
import { cacheKey, type GoldenCache } from './golden-cache.ts';
import { describeChange, type GoldenChange } from './golden-change.ts';
import { gatherFacts } from './golden-facts.ts';
import { GoldenDamagedError } from './golden-files.ts';
import { makeGolden } from './golden-manifest.ts';
import type { GoldenRequest } from './golden-request.ts';
import type { GoldenStore } from './golden-store.ts';
import type { Golden, GoldenFacts } from './golden.ts';

/** How a stored golden stands to the present. */
export type GoldenState =
  | { readonly kind: 'missing' }
  | { readonly kind: 'fresh'; readonly golden: Golden }
  | { readonly kind: 'stale'; readonly golden: Golden; readonly differences: readonly FactDifference[] };

export interface GoldenUpdate {
  readonly golden: Golden;
  readonly change: GoldenChange;
}

export interface GoldenProvider {
  /**
   * The golden of a case: the stored one if it is fresh; if none is stored, one that is computed now and kept in the
   * cache.
   *
   * @throws {StaleGoldenError} If the stored one was made from something else.
   * @throws {HilError} Owner `spec`: a file is missing or damaged, the network cannot be computed, or its two executions
   *   disagree.
   */
  obtain(request: GoldenRequest, options?: Cancellable): Promise<Golden>;
  /** Looks at the stored golden, and computes nothing. */
  inspect(request: GoldenRequest): Promise<GoldenState>;
  /** Computes the golden anew and stores it, unless exactly the same one is stored already. */
  update(request: GoldenRequest, options?: ComputeOptions): Promise<GoldenUpdate>;
}

export function createGoldenProvider(parts: {
  readonly engine: ReferenceEngine;
  readonly store: GoldenStore;
  readonly cache: GoldenCache;
}): GoldenProvider {
  const { engine, store, cache } = parts;
  const factsOf = (request: GoldenRequest) => gatherFacts({ ...request, engine });

  return {
    async obtain(request, { signal } = {}) {
      signal?.throwIfAborted();
      const facts = await factsOf(request);
      const stored = await store.read(request.name);
      const state = stateOf(stored, facts);
      if (state.kind === 'fresh') return state.golden;
      if (state.kind === 'stale') {
        throw new StaleGoldenError(request.name, request.specFile, state.differences);
      }
      return await obtainComputed(engine, cache, request, facts, signal);
    },
    async inspect(request) {
      return stateOf(await store.read(request.name), await factsOf(request));
    },
    async update(request, options = {}) {
      const facts = await factsOf(request);
      const golden = await compute(engine, request, facts, await request.feeds(), options);
      const before = await readIfWhole(store, request);
      if (before?.id !== golden.id) await store.write(request.name, golden);
      return { golden: { ...golden, source: 'stored' }, change: describeChange(before, golden) };
    },
  };
}

function stateOf(stored: Golden | undefined, facts: GoldenFacts): GoldenState {
  if (stored === undefined) return { kind: 'missing' };
  const differences = compareFacts(stored.manifest, facts);
  return differences.length === 0
    ? { kind: 'fresh', golden: stored }
    : { kind: 'stale', golden: stored, differences };
}

async function obtainComputed(
  engine: ReferenceEngine,
  cache: GoldenCache,
  request: GoldenRequest,
  facts: GoldenFacts,
  signal: AbortSignal | undefined,
): Promise<Golden> {
  const feeds = await request.feeds();
  const key = cacheKey(facts, feeds, request.sealBound);
  const cached = await cache.read(key);
  if (cached !== undefined) return cached;
  const golden = await compute(engine, request, facts, feeds, { signal });
  await cache.write(key, golden);
  return golden;
}

async function compute(
  engine: ReferenceEngine,
  request: GoldenRequest,
  facts: GoldenFacts,
  feeds: NamedTensors,
  options: ComputeOptions,
): Promise<Golden> {
  const { outputs, seal } = await computeSealedOutputs(engine, await request.network(), feeds, {
    bound: request.sealBound,
    ...options,
  });
  return makeGolden(facts, seal, outputs, request.madeFrom);
}

/** A damaged golden is what an update replaces. */
async function readIfWhole(store: GoldenStore, { name }: GoldenRequest): Promise<Golden | undefined> {
  try {
    return await store.read(name);
  } catch (error) {
    if (error instanceof GoldenDamagedError) return undefined;
    throw error;
  }
}
