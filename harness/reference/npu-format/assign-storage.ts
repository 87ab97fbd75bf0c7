import type { OnnxModel } from '../onnx/model.ts';
import { chooseStorage, type ModelFormat, type ValueRange } from './choose-storage.ts';
import type { Layer } from './find-layers.ts';
import type { NetworkFacts } from './network-facts.ts';
import { float16Storage, float32Storage, type TensorStorage } from './tensor-storage.ts';

/**
 * Chooses the numeric format of every floating-point tensor. Tensors that a moving layer connects share one format,
 * made from all their ranges: the vendor's converter does the same with a Concat and its inputs. The outputs of a
 * Softmax stay float16 in quantised models, as in the vendor's. Tensors inside a fused layer get its output's format.
 *
 * @param ranges - For every input of the network and every output of a layer that does not only move; only needed by
 *   quantised formats.
 */
export function assignStorage(
  { graph }: OnnxModel,
  layers: readonly Layer[],
  facts: NetworkFacts,
  format: ModelFormat,
  ranges: ReadonlyMap<string, ValueRange>,
): Map<string, TensorStorage> {
  const groups = new Groups();
  for (const { nodes, outputs, moves } of layers) {
    if (!moves) continue;
    const read = nodes[0]!.opType === 'Concat' ? nodes[0]!.input : nodes[0]!.input.slice(0, 1);
    for (const name of [...read, ...outputs]) groups.join(outputs[0]!, name);
  }

  const keepHalf = new Set<string>();
  const groupRanges = new Map<string, ValueRange>();
  for (const [name, range] of ranges) {
    const group = groups.of(name);
    const known = groupRanges.get(group);
    groupRanges.set(group, {
      min: Math.min(known?.min ?? range.min, range.min),
      max: Math.max(known?.max ?? range.max, range.max),
    });
  }
  for (const { nodes, outputs } of layers) {
    if (/^(Log)?Softmax$/.test(nodes.at(-1)!.opType))
      for (const name of outputs) keepHalf.add(groups.of(name));
  }

  const storageOf = (name: string): TensorStorage => {
    const group = groups.of(name);
    const range = groupRanges.get(group);
    return keepHalf.has(group) || range === undefined ? float16Storage : chooseStorage(format, range);
  };
  const storages = new Map<string, TensorStorage>();
  for (const { name } of graph.input) {
    storages.set(
      name,
      facts.get(name)!.dtype === 'float32' ? storageOf(name) : integerStorage(facts.get(name)!.dtype),
    );
  }
  for (const { nodes, outputs } of layers) {
    for (const name of outputs) storages.set(name, storageOf(name));
    for (const inner of nodes.slice(0, -1)) storages.set(inner.output[0]!, storageOf(outputs[0]!));
  }
  for (const { name } of graph.output) {
    if (!storages.has(name)) storages.set(name, integerStorage(facts.get(name)!.dtype));
  }
  return storages;
}

/** Integers at the network's edge: what the vendor's interface has is kept, all else travels as float32. */
function integerStorage(dtype: string): TensorStorage {
  switch (dtype) {
    case 'uint8':
      return { dtype: 'uint8', quantisation: { kind: 'affine', scale: 1, zp: 0 } };
    case 'int8':
    case 'int16':
      return { dtype, quantisation: { kind: 'dfp', fl: 0 } };
    default:
      return float32Storage;
  }
}

/** Names in groups that can be joined. */
class Groups {
  readonly #parents = new Map<string, string>();

  /** The name that stands for the group. */
  of(name: string): string {
    let root = name;
    for (let parent = this.#parents.get(root); parent !== undefined; parent = this.#parents.get(root))
      root = parent;
    return root;
  }

  join(a: string, b: string): void {
    const [rootA, rootB] = [this.of(a), this.of(b)];
    if (rootA !== rootB) this.#parents.set(rootB, rootA);
  }
}
