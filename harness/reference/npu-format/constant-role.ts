import type { OnnxNode } from '../onnx/model.ts';
import type { Layer } from './find-layers.ts';

/**
 * What a constant is to the node that reads it.
 *
 * - `weights`: multiplied with the data and summed up.
 * - `bias`: added to such sums; has their scale.
 * - `operand`: one side of element-wise arithmetic; a tensor like any other.
 * - `parameter`: table or coefficients of an operator that the NPU computes in float16.
 * - `exact`: an argument that says what to do (limits, scales of a resize), not data.
 */
export type ConstantRole = 'weights' | 'bias' | 'operand' | 'parameter' | 'exact';

/** Operators whose constants are arguments. */
const argumentsOnly = new Set([
  'Clip',
  'DequantizeLinear',
  'Pad',
  'Pow',
  'QuantizeLinear',
  'Resize',
  'Upsample',
]);

export function constantRole(layer: Layer, node: OnnxNode, index: number, elements: number): ConstantRole {
  if (node.domain !== '') return elements > 1 ? 'parameter' : 'exact';
  switch (node.opType) {
    case 'Conv':
    case 'ConvTranspose':
    case 'Gemm':
      return index === 2 ? 'bias' : 'weights';
    case 'MatMul':
      return 'weights';
    case 'Add':
      return layer.nodes[0]!.opType === 'MatMul' ? 'bias' : 'operand';
    case 'Sub':
    case 'Mul':
    case 'Div':
    case 'PRelu':
      return 'operand';
    default:
      return elements > 1 && !argumentsOnly.has(node.opType) ? 'parameter' : 'exact';
  }
}
