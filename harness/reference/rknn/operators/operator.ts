import { elementCount, formatShape } from '../../../tensor/tensor.ts';
import type { RknnImportError } from '../import-error.ts';
import type { NetworkWriter } from '../network-writer.ts';
import type { NodeParameters } from '../node-parameters.ts';
import { maxElements, type StoredConstant } from '../read-constants.ts';
import type { GraphNode } from '../read-graph.ts';
import type { Wire } from '../wire.ts';

/** What an operator has to work with: one node, its inputs, and where to write. */
export interface OperatorContext {
  readonly node: GraphNode;
  readonly writer: NetworkWriter;
  /** Prefix of the names of what is written. */
  readonly wish: string;
  /** True in the converted network: quantised tensors are whole numbers with a step. */
  readonly integers: boolean;
  /** @param keys - Names under which the operator's parameters may stand. */
  parameters(...keys: readonly string[]): NodeParameters;
  /** What is connected; constants too. @throws {RknnImportError} If nothing is. */
  input(port: number): Wire;
  /** Input as a tensor of real values. */
  real(port: number): string;
  isConnected(port: number): boolean;
  /** @throws {RknnImportError} If something else than a constant is connected, or nothing. */
  constant(port: number): StoredConstant;
  /** An error about the node. */
  error(problem: string): RknnImportError;
}

/** Writes what a node computes; its outputs are not rounded yet. */
export type Operator = (context: OperatorContext) => Wire[];

/** A result of real values. */
export const realWire = (name: string, shape: readonly number[]): Wire => ({ name, shape, step: 1 });

/** The vendor counts axes from the fastest-varying one; ONNX from the slowest. */
export function axisOf(context: OperatorContext, axis: number, rank: number): number {
  const found = axis < 0 ? -1 - axis : rank - 1 - axis;
  if (found < 0 || found >= rank) throw context.error(`has axis ${axis} on a tensor of ${rank} dimensions`);
  return found;
}

/** @throws {RknnImportError} If a tensor would be empty or larger than any that the NPU has. */
export function checkedShape(
  context: Pick<OperatorContext, 'error'>,
  shape: readonly number[],
): readonly number[] {
  if (shape.some((extent) => !(extent >= 1)) || elementCount(shape) > maxElements) {
    throw context.error(`would make a tensor of ${formatShape(shape)}`);
  }
  return shape;
}

/** Checks that a tensor is pictures in planes: [N, C, H, W]. */
export function planesOf(context: OperatorContext, { shape }: Wire): [number, number, number, number] {
  if (shape.length !== 4)
    throw context.error(`reads a tensor of ${shape.length} dimensions where 4 are needed`);
  return shape as [number, number, number, number];
}
