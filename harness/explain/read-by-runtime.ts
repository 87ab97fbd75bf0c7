import type { BoardInput } from '../board/session.ts';
import type { TensorAttribute } from '../board/tensor-attribute.ts';
import { type BoardDType, elementEncoder } from '../input/encode-element.ts';
import { allocate, bytesPerElement, elementsOf } from '../tensor/dtype.ts';
import { dequantise } from '../tensor/dequantise.ts';
import { toLayout } from '../tensor/layout.ts';
import { notQuantised } from '../tensor/quantisation.ts';
import { elementCount, tensor, type Tensor } from '../tensor/tensor.ts';

/** What the model file makes the runtime do to every input. */
export interface FilePreprocessing {
  /** For every channel, counted after the swap. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Whether the first and the last of three channels are exchanged. */
  readonly swap: boolean;
}

/**
 * The real values that a network gets when a buffer is handed to the vendor's runtime as documented: decoded as
 * declared, channels swapped, minus mean, divided by std, held in the model's integer type where it has one. Roundings to
 * float16 are left out: this is for finding settings, not ulps.
 *
 * @returns A 4-D image as planes, anything else in the model's own shape.
 * @throws {RangeError} If the buffer is shorter than what the runtime reads.
 */
export function readByRuntime(
  input: BoardInput,
  attribute: TensorAttribute,
  file: FilePreprocessing,
): Tensor<'float32'> {
  const { shape, layout } = attribute;
  const isImage = shape.length === 4;
  if (input.passThrough) {
    const stored = dequantise(decode(input, attribute.dtype, shape), attribute.quantisation);
    return isImage ? toLayout(stored, layout, 'NCHW') : stored;
  }
  const planesShape = toPlanes(shape, layout);
  const declaredShape = isImage && input.layout === 'NHWC' ? interleaved(planesShape) : planesShape;
  const read = dequantise(decode(input, input.dtype, declaredShape), notQuantised);
  const planes = isImage ? toLayout(read, input.layout, 'NCHW') : read;
  const channels = isImage ? planesShape[1]! : 1;
  const plane = isImage ? planesShape[2]! * planesShape[3]! : planes.data.length;
  const swap = file.swap && channels === 3;
  const data = new Float32Array(planes.data.length);
  for (let start = 0; start < data.length; start += plane) {
    const channel = (start / plane) % channels;
    const from = swap ? start + (2 - 2 * channel) * plane : start;
    const [mean, std] = [file.mean[channel] ?? 0, file.std[channel] ?? 1];
    for (let i = 0; i < plane; i++) data[start + i] = (planes.data[from + i]! - mean) / std;
  }
  return held(tensor('float32', planesShape, data), attribute);
}

function decode({ bytes }: BoardInput, dtype: TensorAttribute['dtype'], shape: readonly number[]): Tensor {
  const wanted = elementCount(shape) * bytesPerElement(dtype);
  if (bytes.length < wanted) throw new RangeError(`${bytes.length} bytes, and the runtime reads ${wanted}`);
  return tensor(dtype, shape, elementsOf(dtype, bytes.slice(0, wanted)));
}

/** Values as an input of the model holds them: integer ones saturate, and the vendor's runtime truncates. */
export function held(
  values: Tensor<'float32'>,
  { dtype, quantisation }: Pick<TensorAttribute, 'dtype' | 'quantisation'>,
): Tensor<'float32'> {
  if (quantisation.kind === 'none') return values;
  const encode = elementEncoder(dtype as BoardDType, quantisation, 'truncate');
  const codes = allocate(dtype, values.data.length);
  values.data.forEach((value, i) => (codes[i] = encode(value) as never));
  return dequantise(tensor(dtype, values.shape, codes), quantisation);
}

const toPlanes = (shape: readonly number[], layout: TensorAttribute['layout']): readonly number[] =>
  shape.length === 4 && layout === 'NHWC' ? [shape[0]!, shape[3]!, shape[1]!, shape[2]!] : shape;

const interleaved = ([n, c, h, w]: readonly number[]): number[] => [n!, h!, w!, c!];
