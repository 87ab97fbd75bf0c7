import type { TensorStorage } from '../reference/npu-format/tensor-storage.ts';
import { storageFromRknn } from '../reference/rknn-file/tensor-attributes.ts';
import type { RknnDtype, RknnTrailer } from '../reference/rknn-file/trailer.ts';

/** A layer whose bias is not stored as the product of its input and its weights is. */
export interface BiasMismatch {
  readonly layer: string;
  readonly found: number;
  readonly expected: number;
}

/** The runtime complains beyond this relative difference. */
const relativeTolerance = 1e-5;

/**
 * Holds the scale of every bias against input scale * weight scale, as the runtime does when it loads a quantised model.
 * Layers without a quantised bias are left out.
 */
export function biasMismatches(trailer: RknnTrailer, origin: string): BiasMismatch[] {
  const constants = new Map(trailer.const_tensor?.map((tensor) => [tensor.tensor_id, tensor.dtype]));
  const named = new Map(trailer.norm_tensor.map((tensor) => [tensor.tensor_id, tensor.dtype]));
  const inner = new Map(
    trailer.virtual_tensor?.map(({ node_id, output_port, dtype }) => [`${node_id}:${output_port}`, dtype]),
  );
  const ports = new Map<string, RknnDtype>();
  for (const { left, node_id, left_tensor_id, right_tensor, right_node } of trailer.connection ?? []) {
    if (left !== 'input') continue;
    const dtype = right_tensor
      ? (right_tensor.type === 'const_tensor' ? constants : named).get(right_tensor.tensor_id)
      : right_node && inner.get(`${right_node.node_id}:${right_node.tensor_id}`);
    if (dtype) ports.set(`${node_id}:${left_tensor_id}`, dtype);
  }
  return (trailer.nodes ?? []).flatMap(({ op, name }, node) => {
    if (op !== 'VSI_NN_OP_CONV2D' && op !== 'VSI_NN_OP_FCL') return [];
    const steps = [0, 1, 2].map((port) => {
      const dtype = ports.get(`${node}:${port}`);
      return dtype && stepOf(storageFromRknn(dtype, `${origin}: layer ${name}`));
    });
    const [input, weights, found] = steps;
    if (input === undefined || weights === undefined || found === undefined) return [];
    const expected = input * weights;
    return Math.abs(found - expected) <= relativeTolerance * expected
      ? []
      : [{ layer: name, found, expected }];
  });
}

const stepOf = ({ quantisation }: TensorStorage): number | undefined =>
  quantisation.kind === 'affine'
    ? quantisation.scale
    : quantisation.kind === 'dfp'
      ? 2 ** -quantisation.fl
      : undefined;
