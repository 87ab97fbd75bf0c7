import { formatDeclaredShape } from '../reference/check-feeds.ts';
import type { TensorDeclaration } from '../reference/engine.ts';
import { formatShape, type Tensor } from '../tensor/tensor.ts';
import { InputMismatchError } from './input-error.ts';

/**
 * Holds the reference tensor against an input that the reference model declares; free dimensions take every extent, and
 * an empty declared shape every tensor.
 *
 * @param origin - The input file, for messages.
 * @throws {InputMismatchError} That names both, and the setting that would help.
 */
export function checkFitsModel(
  { dtype, shape }: Pick<Tensor, 'dtype' | 'shape'>,
  declaration: TensorDeclaration,
  origin: string,
): void {
  const fits = declaration.shape.length === 0 || matches(shape, declaration.shape);
  if (fits && dtype === declaration.dtype) return;
  throw new InputMismatchError(
    `${origin} gives the reference ${dtype} ${formatShape(shape)}; the reference model takes ${declaration.dtype} ${formatDeclaredShape(declaration.shape)} at input ${declaration.name}`,
    { hint: fits ? dtypeHint(declaration) : shapeHint(shape, declaration.shape) },
  );
}

function matches(shape: readonly number[], declared: TensorDeclaration['shape']): boolean {
  return (
    shape.length === declared.length &&
    shape.every((extent, axis) => typeof declared[axis] !== 'number' || declared[axis] === extent)
  );
}

const dtypeHint = ({ dtype }: TensorDeclaration): string =>
  dtype === 'float32'
    ? 'Save the tensor as float32; values are never converted silently.'
    : `A picture becomes float32, float16, or uint8 where mean and std leave whole pixel values: for this model give a .npy file of ${dtype}.`;

function shapeHint(found: readonly number[], declared: TensorDeclaration['shape']): string {
  if (found.length !== 4 || declared.length !== 4) return 'Give a tensor of the shape that the model takes.';
  const [batch, a, b, c] = found as [number, number, number, number];
  const otherLayouts = [
    { shape: [batch, c, a, b], layout: 'NCHW' },
    { shape: [batch, b, c, a], layout: 'NHWC' },
  ];
  const other = otherLayouts.find(({ shape }) => matches(shape, declared));
  if (other) return `Set preprocess.layout: ${other.layout}; a tensor file must be in that layout itself.`;
  const isPlanes = declared[1] === 1 || declared[1] === 3;
  const [height, width] = isPlanes ? [declared[2], declared[3]] : [declared[1], declared[2]];
  return `For a picture set preprocess.resize: {width: ${width ?? '?'}, height: ${height ?? '?'}} and a channelOrder with as many channels; a tensor must have that shape itself.`;
}
