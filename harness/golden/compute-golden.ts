import type { Cancellable } from '../cancellable.ts';
import type { ReferenceEngine } from '../reference/engine.ts';
import type { NamedTensors } from '../tensor/tensor.ts';
import { seal, type Seal } from './seal.ts';

/** A network as the engine takes it. */
export interface ReferenceNetwork {
  /** A whole ONNX model. */
  readonly bytes: Uint8Array;
  /** File it comes from, for messages. */
  readonly origin: string;
}

export interface SealedOutputs {
  readonly outputs: NamedTensors;
  readonly seal: Seal;
}

export interface ComputeOptions extends Cancellable {
  /** See {@link seal}; a share of each output's largest magnitude. */
  readonly bound?: number | undefined;
}

/**
 * Computes a network twice, without and with the engine's graph optimisations, and seals the outputs if both agree.
 * They are those of the execution without: each node is computed as the graph states it, with no fused kernels whose
 * choice depends on the machine's processor.
 *
 * @throws {HilError} Owner `spec`: the model or the feeds cannot be used, or the executions disagree.
 */
export async function computeSealedOutputs(
  engine: ReferenceEngine,
  network: ReferenceNetwork,
  feeds: NamedTensors,
  { bound, signal }: ComputeOptions = {},
): Promise<SealedOutputs> {
  const outputs = await execute(engine, network, feeds, false, signal);
  const secondOpinion = await execute(engine, network, feeds, true, signal);
  return { outputs, seal: seal(network.origin, outputs, secondOpinion, bound) };
}

async function execute(
  engine: ReferenceEngine,
  { bytes, origin }: ReferenceNetwork,
  feeds: NamedTensors,
  optimise: boolean,
  signal: AbortSignal | undefined,
): Promise<NamedTensors> {
  await using model = await engine.load(bytes, origin, { optimise, exactGraph: true, signal });
  return await model.run(feeds, { signal });
}
