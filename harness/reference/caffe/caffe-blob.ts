import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { elementsOf } from '../../tensor/dtype.ts';

/** A blob of weights as the file has it. */
export interface CaffeBlob {
  /** Row-major; the old form always has four extents. */
  readonly shape: readonly number[];
  /** As many as the file holds, which may not be what the shape says. Doubles are rounded to float32. */
  readonly values: Float32Array;
}

/** Numbers of BlobProto's fields. */
const field = { num: 1, channels: 2, height: 3, width: 4, data: 5, shape: 7, doubleData: 8 } as const;
const legacyDims: ReadonlySet<number> = new Set([field.num, field.channels, field.height, field.width]);

/**
 * Decodes a BlobProto: shape or the older num, channels, height and width; float or double data, packed or not.
 *
 * @throws {Error} If the encoding is damaged.
 */
export function readBlob(bytes: Uint8Array): CaffeBlob {
  const reader = new BinaryReader(bytes);
  const floats = new Pieces();
  const doubles = new Pieces();
  let shape: number[] | undefined;
  const legacy = new Map<number, number>();
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === field.data && isRun(wireType, WireType.Bit32)) floats.read(reader, wireType);
    else if (number === field.doubleData && isRun(wireType, WireType.Bit64)) doubles.read(reader, wireType);
    else if (number === field.shape && wireType === WireType.LengthDelimited)
      shape = readDims(reader.bytes());
    else if (legacyDims.has(number) && wireType === WireType.Varint) legacy.set(number, reader.int32());
    else reader.skip(wireType, number);
  }
  return {
    shape: shape ?? (legacy.size === 0 ? [] : [...legacyDims].map((number) => legacy.get(number) ?? 0)),
    // As in Caffe, doubles come first where there are both.
    values:
      doubles.length > 0
        ? Float32Array.from(elementsOf('float64', doubles.join()))
        : elementsOf('float32', floats.join()),
  };
}

const isRun = (wireType: WireType, single: WireType) =>
  wireType === WireType.LengthDelimited || wireType === single;

/** As in Caffe. */
const mostAxes = 32;

function readDims(bytes: Uint8Array): number[] {
  const reader = new BinaryReader(bytes);
  const dims: number[] = [];
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === 1 && wireType === WireType.LengthDelimited) {
      const end = reader.uint32() + reader.pos;
      while (reader.pos < end) dims.push(Number(reader.int64()));
    } else if (number === 1 && wireType === WireType.Varint) {
      dims.push(Number(reader.int64()));
    } else {
      reader.skip(wireType, number);
    }
    if (dims.length > mostAxes) throw new RangeError(`a blob has more than ${mostAxes} axes`);
  }
  return dims;
}

/** The runs of bytes that a repeated field comes in: one if it is packed, one for each element if not. */
class Pieces {
  readonly #pieces: Uint8Array[] = [];
  length = 0;

  read(reader: BinaryReader, wireType: WireType): void {
    const piece = wireType === WireType.LengthDelimited ? reader.bytes() : reader.skip(wireType);
    this.#pieces.push(piece);
    this.length += piece.length;
  }

  /** Shared with the file where it is one run. */
  join(): Uint8Array {
    const [only] = this.#pieces;
    if (this.#pieces.length === 1 && only) return only;
    const joined = new Uint8Array(this.length);
    let at = 0;
    for (const piece of this.#pieces) {
      joined.set(piece, at);
      at += piece.length;
    }
    return joined;
  }
}
