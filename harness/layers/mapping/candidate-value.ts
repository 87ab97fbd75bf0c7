import { elementsOf, bytesOf } from '../../tensor/dtype.ts';
import { tensor, type Tensor } from '../../tensor/tensor.ts';
import type { ReferenceNetwork } from '../reference-network.ts';

/** A value of the reference that a dump may show. */
export interface CandidateValue {
  readonly name: string;
  readonly node: string;
  readonly opType: string;
  /** Operators of the layer that ends with it, as the driver is expected to fuse them. */
  readonly ops: readonly string[];
  readonly value: Tensor<'float32'>;
  /** True for what the driver is expected to show; false for values inside a fused layer. */
  readonly expected: boolean;
}

/** They only give the same elements another shape; a driver runs nothing for them, and their input is shown already. */
const views = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity', 'Dropout']);

/** In the order of execution that the model file gives. */
export function candidateValues({ model, layers, values }: ReferenceNetwork): CandidateValue[] {
  const layerOf = new Map(layers.flatMap((layer) => layer.nodes.map((node) => [node, layer] as const)));
  return model.graph.node.flatMap((node) => {
    const layer = layerOf.get(node);
    if (!layer || views.has(node.opType)) return [];
    const place = layer.nodes.indexOf(node);
    return node.output.flatMap((name) => {
      const found = values.get(name);
      if (found?.dtype !== 'float32') return [];
      const value = tensor('float32', found.shape, elementsOf('float32', bytesOf(found.data)));
      return {
        name,
        node: node.name,
        opType: node.opType,
        ops: layer.nodes.slice(0, place + 1).map(({ opType }) => opType),
        value,
        expected: place === layer.nodes.length - 1,
      };
    });
  });
}
