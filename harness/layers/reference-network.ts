import type { ReferenceEngine } from '../reference/engine.ts';
import { findLayers, type Layer } from '../reference/npu-format/find-layers.ts';
import { foldAffine } from '../reference/npu-format/fold-affine.ts';
import { graphInputs, observeNetwork, type NetworkFacts } from '../reference/npu-format/network-facts.ts';
import { prepareGraph } from '../reference/npu-format/prepare-graph.ts';
import { readOnnx, type OnnxModel } from '../reference/onnx/model.ts';
import type { NamedTensors } from '../tensor/tensor.ts';

/** The reference in the form that a driver executes, with what it computes for one input. */
export interface ReferenceNetwork {
  /** BatchNormalization and scales are folded into weights; all floats are float32. */
  readonly model: OnnxModel;
  readonly facts: NetworkFacts;
  /** What a driver is expected to fuse. */
  readonly layers: readonly Layer[];
  /** The inputs, and every value that the network as it was written has for them. */
  readonly values: NamedTensors;
  readonly feeds: NamedTensors;
  readonly origin: string;
}

/**
 * Runs a network once with every inner value shown.
 *
 * @param onnx - A whole model.
 * @param origin - File that it comes from, for messages.
 * @throws {HilError} Owner `spec`, if the network or the feeds do not allow it.
 */
export async function computeReference(
  onnx: Uint8Array,
  origin: string,
  engine: ReferenceEngine,
  feeds: NamedTensors,
): Promise<ReferenceNetwork> {
  const model = readOnnx(onnx, origin);
  prepareGraph(model, origin);
  const { facts, values } = await observeNetwork(model, origin, engine, feeds);
  foldAffine(model, facts, origin);
  const layers = findLayers(model, facts);
  const inputs = graphInputs(model, origin).map(({ name }) => [name, feeds.get(name)!] as const);
  return { model, facts, layers, values: new Map([...inputs, ...values]), feeds, origin };
}
