import type { BoardInput } from '../board/session.ts';
import type { TensorAttribute } from '../board/tensor-attribute.ts';
import type { BoardInputDeclaration } from '../spec/schema.ts';
import { allocate, bytesOf } from '../tensor/dtype.ts';
import { dequantise } from '../tensor/dequantise.ts';
import { type Layout, toLayout } from '../tensor/layout.ts';
import { notQuantised, type Quantisation } from '../tensor/quantisation.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { arrange } from './arrange.ts';
import { checkFitsBoard } from './check-fits-board.ts';
import { type BoardDType, elementEncoder, isIntegerDType } from './encode-element.ts';
import { BoardInputError } from './input-error.ts';
import { normalise, perChannel } from './normalise.ts';
import type { Pixels } from './pixels.ts';

/**
 * Makes the board's buffer from the cropped and resized 8-bit picture that the reference tensor is made from too:
 * channel order, (x - mean) / std, element type, layout, then what `declare` says about it.
 *
 * @param origin - The input file, for messages.
 * @throws {HilError} Owner `spec` if the declaration makes no buffer, or one that does not fit the model's input.
 */
export function pictureBuffer(
  pixels: Pixels,
  declaration: BoardInputDeclaration,
  attribute: TensorAttribute,
  origin: string,
): BoardInput {
  const order = declaration.channelOrder;
  if (order === undefined) {
    throw new BoardInputError(`boardInput.channelOrder is missing; ${origin} is a picture`, {
      hint: 'Set boardInput.channelOrder to rgb, bgr or grey. The vendor advises rgb.',
    });
  }
  if ((order === 'grey') !== (pixels.channels === 1)) {
    throw new BoardInputError(
      `boardInput.channelOrder is ${order}; expected ${order === 'grey' ? 'rgb or bgr' : 'grey'}, since preprocess.channelOrder gives the reference ${pixels.channels} channel(s)`,
      { hint: 'Make both channel orders grey, or neither.' },
    );
  }
  const { dtype, quantisation } = elementsFor(declaration, attribute);
  const { mean, std } = perChannel(declaration, pixels.channels, 'boardInput');
  const encode = elementEncoder(dtype, quantisation, declaration.rounding);
  const tables = mean.map((m, c) => {
    const table = allocate(dtype, 256);
    for (let value = 0; value < 256; value++) table[value] = encode(normalise(value, m, std[c]!));
    return table;
  });
  return boardInput(
    arrange<BoardDType>(pixels, order, declaration.layout, dtype, tables),
    declaration,
    attribute,
    origin,
  );
}

/**
 * Makes the board's buffer from a tensor of the reference model: its values, (x - mean) / std if the spec gives any,
 * the element type, and a 4-D tensor moved to `boardInput.layout`.
 *
 * @param referenceLayout - Layout of `values` if it is 4-D.
 * @throws {HilError} As {@link pictureBuffer}.
 */
export function tensorBuffer(
  values: Tensor,
  referenceLayout: Layout,
  declaration: BoardInputDeclaration,
  attribute: TensorAttribute,
  origin: string,
): BoardInput {
  const { dtype, quantisation } = elementsFor(declaration, attribute);
  const encode = elementEncoder(dtype, quantisation, declaration.rounding);
  const normalised = normaliseTensor(dequantise(values, notQuantised), referenceLayout, declaration);
  const data = allocate(dtype, normalised.data.length);
  normalised.data.forEach((value, i) => {
    if (Number.isNaN(value) && isIntegerDType(dtype)) {
      throw new BoardInputError(`${origin}: element ${i} is NaN, which a buffer of ${dtype} cannot hold`, {
        hint: 'Correct the tensor, or set boardInput.dtype to float16 or float32.',
      });
    }
    data[i] = encode(value);
  });
  const encoded: Tensor = tensor(dtype, values.shape, data);
  const arranged =
    encoded.shape.length === 4 ? toLayout(encoded, referenceLayout, declaration.layout) : encoded;
  return boardInput(arranged, declaration, attribute, origin);
}

const boardDTypes: readonly string[] = ['uint8', 'int8', 'int16', 'float16', 'float32'];

function elementsFor(
  { dtype }: BoardInputDeclaration,
  attribute: TensorAttribute,
): { readonly dtype: BoardDType; readonly quantisation: Quantisation } {
  if (dtype !== 'native') return { dtype, quantisation: notQuantised };
  if (boardDTypes.includes(attribute.dtype)) {
    return { dtype: attribute.dtype as BoardDType, quantisation: attribute.quantisation };
  }
  throw new BoardInputError(
    `boardInput.dtype is native, but input ${attribute.name} of the board's model is ${attribute.dtype}; expected ${boardDTypes.join(', ')}`,
    { hint: 'Set boardInput.dtype to one of these types.' },
  );
}

function normaliseTensor(
  values: Tensor<'float32'>,
  layout: Layout,
  declaration: BoardInputDeclaration,
): Tensor<'float32'> {
  if (declaration.mean === 0 && declaration.std === 1) return values;
  const { shape, data } = values;
  const isImage = shape.length === 4;
  const channels = isImage ? shape[layout === 'NCHW' ? 1 : 3]! : 1;
  const plane = isImage && layout === 'NCHW' ? shape[2]! * shape[3]! : 1;
  const { mean, std } = perChannel(declaration, channels, 'boardInput');
  return tensor(
    'float32',
    shape,
    data.map((value, i) => {
      const channel = Math.floor(i / plane) % channels;
      return normalise(value, mean[channel]!, std[channel]!);
    }),
  );
}

/** Wraps a buffer with what the runtime is told about it. */
function boardInput(
  buffer: Tensor,
  declaration: BoardInputDeclaration,
  attribute: TensorAttribute,
  origin: string,
): BoardInput {
  const { declare, layout, passThrough } = declaration;
  const declared = { dtype: declare.dtype ?? buffer.dtype, layout: declare.layout ?? layout };
  checkFitsBoard({ buffer, layout, declared, passThrough, origin }, attribute);
  const bytes = bytesOf(buffer.data);
  return {
    index: attribute.index,
    bytes,
    ...declared,
    passThrough,
    sizeBytes: declare.sizeBytes ?? bytes.length,
  };
}
