import { allocate, bytesOf, bytesPerElement, elementsOf, type DType } from './dtype.ts';
import { formatNpyHeader, maxDimensions, parseNpyHeader, type NpyHeader } from './npy-header.ts';
import { formatShape, tensor, type Tensor } from './tensor.ts';
import { TensorFileError } from './tensor-file-error.ts';

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const; // \x93NUMPY
/** NumPy refuses headers above 10,000 bytes unless told otherwise; plain arrays need under 200. */
const maxHeaderBytes = 10_000;
/** NumPy leaves room for the slowest extent to grow in place to this many digits. */
const growthDigits = 21;
const alignment = 64;

const typeCodes: Readonly<Record<DType, string>> = {
  float64: 'f8',
  float32: 'f4',
  float16: 'f2',
  int64: 'i8',
  uint64: 'u8',
  int32: 'i4',
  uint32: 'u4',
  int16: 'i2',
  uint16: 'u2',
  int8: 'i1',
  uint8: 'u1',
  bool: 'b1',
};
const dtypeOfCode = new Map(Object.entries(typeCodes).map(([dtype, code]) => [code, dtype as DType]));

/**
 * Writes a tensor as a .npy file, format 1.0, row-major, little-endian: byte for byte what numpy.save writes.
 *
 * @throws {RangeError} If the tensor has more than 64 dimensions, which NumPy cannot read.
 */
export function encodeNpy({ dtype, shape, data }: Tensor): Uint8Array {
  if (shape.length > maxDimensions) {
    throw new RangeError(
      `NumPy arrays have at most ${maxDimensions} dimensions, this tensor has ${shape.length}`,
    );
  }
  const order = bytesPerElement(dtype) === 1 ? '|' : '<';
  const dictionary = formatNpyHeader({ descr: order + typeCodes[dtype], fortranOrder: false, shape });
  const room = shape.length === 0 ? 0 : growthDigits - String(shape[0]).length;
  const prefixBytes = magic.length + 4;
  const used = prefixBytes + dictionary.length + room + 1;
  const headerEnd = Math.ceil(used / alignment) * alignment;
  const bytes = new Uint8Array(headerEnd + data.byteLength);
  bytes.fill(0x20, 0, headerEnd);
  bytes.set(magic);
  const view = new DataView(bytes.buffer);
  view.setUint8(6, 1);
  view.setUint8(7, 0);
  view.setUint16(8, headerEnd - prefixBytes, true);
  for (let i = 0; i < dictionary.length; i++) bytes[prefixBytes + i] = dictionary.charCodeAt(i);
  bytes[headerEnd - 1] = 0x0a;
  bytes.set(bytesOf(data), headerEnd);
  return bytes;
}

/**
 * Reads a .npy file, formats 1.0, 2.0 and 3.0, either byte order, either element order; the tensor is row-major.
 * Nothing is allocated on the word of the header alone: the bytes must be there, all of them and none beyond.
 *
 * @param bytes - The whole file; the tensor may share its memory.
 * @param origin - File the bytes come from, for messages.
 * @throws {TensorFileError} If it is not a .npy file of plain numbers, is cut short, or its header does not fit its size.
 */
export function decodeNpy(bytes: Uint8Array, origin: string): Tensor {
  const { text, dataStart } = readHeaderText(bytes, origin);
  const header = parseNpyHeader(text, origin);
  const { dtype, bigEndian } = elementType(header.descr, origin);
  const count = declaredCount(header, origin);
  const expectedBytes = count * bytesPerElement(dtype);
  const data = bytes.subarray(dataStart);
  if (data.byteLength !== expectedBytes) {
    const relation = data.byteLength < expectedBytes ? 'is cut short' : 'goes on after its array';
    throw new TensorFileError(
      origin,
      `${relation}: its header declares ${dtype} ${formatShape(header.shape)} (${expectedBytes} bytes), ` +
        `but ${data.byteLength} bytes follow`,
      { hint: 'Copy the file again, or write it again with numpy.save.' },
    );
  }
  const elements = elementsOf(dtype, bigEndian ? swapped(data, bytesPerElement(dtype)) : data);
  if (dtype === 'bool') requireBooleans(data, origin);
  const inFileOrder = tensor(dtype, header.shape, elements);
  return header.fortranOrder ? toRowMajor(inFileOrder) : inFileOrder;
}

function readHeaderText(bytes: Uint8Array, origin: string): { text: string; dataStart: number } {
  const fail = (problem: string): never => {
    throw new TensorFileError(origin, problem, {
      hint: 'Give a file that numpy.save wrote; raw numbers without a header go into a .bin file with dtype and shape.',
    });
  };
  if (bytes.length === 0) return fail('is empty, expected a .npy file');
  if (!magic.every((byte, i) => bytes[i] === byte)) {
    return fail('is no .npy file: it does not begin with \\x93NUMPY');
  }
  const major = bytes[6];
  if (major === undefined) return fail('is cut short in its header');
  if (major < 1 || major > 3)
    return fail(`has .npy format ${major}.${bytes[7] ?? '?'}, expected 1.0, 2.0 or 3.0`);
  const prefixBytes = major === 1 ? 10 : 12;
  if (bytes.length < prefixBytes) return fail('is cut short in its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (headerBytes > maxHeaderBytes) {
    return fail(`declares a header of ${headerBytes} bytes, more than the ${maxHeaderBytes} that are read`);
  }
  const dataStart = prefixBytes + headerBytes;
  if (bytes.length < dataStart) return fail('is cut short in its header');
  const text = new TextDecoder(major === 3 ? 'utf-8' : 'latin1').decode(
    bytes.subarray(prefixBytes, dataStart),
  );
  return { text, dataStart };
}

function elementType(descr: string, origin: string): { dtype: DType; bigEndian: boolean } {
  const order = descr[0];
  const dtype = dtypeOfCode.get(descr.slice(1));
  if (dtype !== undefined && (order === '<' || order === '>' || order === '|' || order === '=')) {
    return { dtype, bigEndian: order === '>' };
  }
  const found = /^\|?O/.test(descr)
    ? 'Python objects (a pickle, which could run code when read)'
    : `elements of type ${JSON.stringify(descr)}`;
  throw new TensorFileError(origin, `holds ${found}, expected one of ${Object.keys(typeCodes).join(', ')}`, {
    hint: 'Write it again as numbers: numpy.save(path, array.astype(numpy.float32)).',
  });
}

function declaredCount({ shape }: NpyHeader, origin: string): number {
  const fail = (problem: string): never => {
    throw new TensorFileError(origin, problem, { hint: 'Write the file again with numpy.save.' });
  };
  if (shape.length > maxDimensions) {
    return fail(`declares ${shape.length} dimensions, at most ${maxDimensions} exist`);
  }
  // As in NumPy, the other extents must make sense even where one is 0.
  const product = shape.reduce((count, extent) => (extent === 0 ? count : count * extent), 1);
  if (!shape.every(Number.isSafeInteger) || product > Number.MAX_SAFE_INTEGER / 8) {
    return fail(`declares the shape ${formatShape(shape)}, which no memory could hold`);
  }
  return shape.includes(0) ? 0 : product;
}

function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const copy = Buffer.from(bytes);
  if (size === 2) copy.swap16();
  else if (size === 4) copy.swap32();
  else if (size === 8) copy.swap64();
  return copy;
}

function requireBooleans(data: Uint8Array, origin: string): void {
  const at = data.findIndex((byte) => byte > 1);
  if (at !== -1) {
    throw new TensorFileError(origin, `is declared bool, but element ${at} is ${data[at]}, expected 0 or 1`, {
      hint: 'Write it again with numpy.save, as uint8 if it holds numbers.',
    });
  }
}

/** From first-index-fastest to last-index-fastest; the shape stays. */
function toRowMajor(source: Tensor): Tensor {
  const { dtype, shape, data } = source;
  const target = allocate(dtype, data.length);
  const index = shape.map(() => 0);
  const strides: number[] = [];
  let stride = 1;
  for (const extent of shape) {
    strides.push(stride);
    stride *= extent;
  }
  let read = 0;
  for (let write = 0; write < data.length; write++) {
    target[write] = data[read] as never;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      read += strides[axis]!;
      if (index[axis]! < shape[axis]!) break;
      read -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return tensor(dtype, shape, target);
}
