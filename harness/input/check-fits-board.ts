import type { TensorAttribute } from '../board/tensor-attribute.ts';
import { bytesPerElement, type DType } from '../tensor/dtype.ts';
import type { Layout } from '../tensor/layout.ts';
import { elementCount, formatShape, type Tensor, tensorBytes } from '../tensor/tensor.ts';
import { InputMismatchError } from './input-error.ts';

/** A buffer for the board, and what the runtime is told about it. */
export interface DeclaredBuffer {
  readonly buffer: Pick<Tensor, 'dtype' | 'shape'>;
  /** Layout that a 4-D buffer really has. */
  readonly layout: Layout;
  readonly declared: { readonly dtype: DType; readonly layout: Layout };
  readonly passThrough: boolean;
  /** The input file, for messages. */
  readonly origin: string;
}

/**
 * Holds a buffer against an input of the board's model. The runtime takes as many bytes as the model and the declared
 * type ask for, whatever the buffer has: a short one would be read past its end.
 *
 * @throws {InputMismatchError} If the shape, or the number of bytes, is not what the runtime will take.
 */
export function checkFitsBoard(declared: DeclaredBuffer, attribute: TensorAttribute): void {
  checkShape(declared, attribute);
  if (declared.passThrough) checkPassThrough(declared, attribute);
  else checkBytes(declared, attribute);
}

function checkShape({ buffer, layout, origin }: DeclaredBuffer, attribute: TensorAttribute): void {
  const found = comparable(buffer.shape, layout);
  const expected = comparable(attribute.shape, attribute.layout);
  if (found === expected) return;
  throw new InputMismatchError(
    `${origin} makes a board buffer of ${describe(buffer.shape, layout)}; the board's model takes ${describe(attribute.shape, attribute.layout)} at input ${nameOf(attribute)}`,
    { hint: shapeHint(buffer.shape, attribute) },
  );
}

function checkBytes({ buffer, declared, origin }: DeclaredBuffer, attribute: TensorAttribute): void {
  const held = tensorBytes(buffer);
  const read = elementCount(attribute.shape) * bytesPerElement(declared.dtype);
  if (held >= read) return;
  throw new InputMismatchError(
    `${origin} makes a board buffer of ${held} bytes (${buffer.dtype}); declared as ${declared.dtype} the runtime reads ${read} bytes at input ${nameOf(attribute)}, past its end`,
    { hint: `Set boardInput.declare.dtype to ${buffer.dtype} or a type of the same size, or leave it out.` },
  );
}

function checkPassThrough({ buffer, declared, origin }: DeclaredBuffer, attribute: TensorAttribute): void {
  if (attribute.shape.length === 4 && declared.layout !== attribute.layout) {
    throw new InputMismatchError(
      `boardInput.layout is ${declared.layout}; expected ${attribute.layout}, the layout of input ${nameOf(attribute)}, since passThrough copies the bytes unchanged`,
      {
        hint: `Set boardInput.layout: ${attribute.layout}. To reproduce a wrong layout, keep it and set boardInput.declare.layout: ${attribute.layout}.`,
      },
    );
  }
  const held = tensorBytes(buffer);
  if (held === attribute.sizeBytes) return;
  throw new InputMismatchError(
    `${origin} makes a board buffer of ${held} bytes (${buffer.dtype}); with passThrough the runtime copies ${attribute.sizeBytes} bytes (${attribute.dtype}) at input ${nameOf(attribute)}`,
    { hint: 'Set boardInput.dtype: native, which makes the type of the model’s input.' },
  );
}

/** Equal texts for shapes that hold the same tensor: images by their NCHW shape, others without extents of 1. */
function comparable(shape: readonly number[], layout: Layout): string {
  if (shape.length !== 4) return formatShape(shape.filter((extent) => extent !== 1));
  const [batch, a, b, c] = shape;
  return formatShape((layout === 'NCHW' ? [batch, a, b, c] : [batch, c, a, b]) as number[]);
}

const describe = (shape: readonly number[], layout: Layout): string =>
  shape.length === 4 ? `${formatShape(shape)} ${layout}` : formatShape(shape);

const nameOf = ({ index, name }: TensorAttribute): string => (name === '' ? `${index}` : name);

function shapeHint(found: readonly number[], { shape, layout }: TensorAttribute): string {
  if (found.length !== 4 || shape.length !== 4) return 'Give a tensor of the shape that the model takes.';
  const [height, width] = layout === 'NCHW' ? [shape[2], shape[3]] : [shape[1], shape[2]];
  return `For a picture set preprocess.resize: {width: ${width}, height: ${height}} and a channelOrder with as many channels; a tensor must have that shape itself.`;
}
