/** Typed array that holds a dtype's elements; float16 elements are kept as their 16 raw bits. */
export interface DataOf {
  float64: Float64Array;
  float32: Float32Array;
  float16: Uint16Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int8: Int8Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}

/** Element types, in NumPy's spelling. */
export type DType = keyof DataOf;

type ArrayConstructorOf<D extends DType> = {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): DataOf[D];
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): DataOf[D];
};

const arrayConstructors: { readonly [D in DType]: ArrayConstructorOf<D> } = {
  float64: Float64Array,
  float32: Float32Array,
  float16: Uint16Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

export const dtypes = Object.keys(arrayConstructors) as readonly DType[];

export function isDType(name: string): name is DType {
  return Object.hasOwn(arrayConstructors, name);
}

export function bytesPerElement(dtype: DType): number {
  return arrayConstructors[dtype].BYTES_PER_ELEMENT;
}

/** A new zeroed array for `length` elements. */
export function allocate<D extends DType>(dtype: D, length: number): DataOf[D] {
  return new arrayConstructors[dtype](length);
}

/**
 * Reads little-endian bytes as elements. Shares the memory where its alignment allows, copies where not.
 *
 * @throws {RangeError} If the byte count is no multiple of the element size.
 */
export function elementsOf<D extends DType>(dtype: D, bytes: Uint8Array): DataOf[D] {
  const Elements = arrayConstructors[dtype];
  const size = Elements.BYTES_PER_ELEMENT;
  if (bytes.byteLength % size !== 0) {
    throw new RangeError(
      `${bytes.byteLength} bytes are no whole number of ${dtype} elements (${size} bytes each)`,
    );
  }
  // Not slice(): a Buffer's does not copy.
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return new Elements(aligned.buffer, aligned.byteOffset, aligned.byteLength / size);
}

/** The bytes of an array, shared, in the machine's order (little-endian on every platform Node runs on). */
export function bytesOf(data: DataOf[DType]): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
