import { expect, test } from 'vitest';
import { allocate, bytesOf, bytesPerElement, dtypes, elementsOf, isDType } from './dtype.ts';

test('element sizes are NumPy’s', () => {
  const sizes = Object.fromEntries(dtypes.map((dtype) => [dtype, bytesPerElement(dtype)]));

  expect(sizes).toEqual({
    float64: 8,
    float32: 4,
    float16: 2,
    int64: 8,
    uint64: 8,
    int32: 4,
    uint32: 4,
    int16: 2,
    uint16: 2,
    int8: 1,
    uint8: 1,
    bool: 1,
  });
});

test('only NumPy’s names are element types', () => {
  expect(dtypes.every(isDType)).toBe(true);
  expect(['float', 'Float32', 'toString', ''].some(isDType)).toBe(false);
});

test('bytes are read little-endian', () => {
  expect([...elementsOf('int32', Uint8Array.of(1, 2, 0, 0, 255, 255, 255, 255))]).toEqual([513, -1]);
});

test('aligned bytes are shared, misaligned ones copied, Buffers too', () => {
  const memory = Buffer.from(new ArrayBuffer(9));
  memory.writeFloatLE(1.5, 1);
  memory.writeFloatLE(2.5, 4 + 1);

  const misaligned = elementsOf('float32', memory.subarray(1));
  const aligned = elementsOf('uint8', memory.subarray(1));
  aligned[7] = 0xff;

  expect([...misaligned]).toEqual([1.5, 2.5]);
  expect(memory[8]).toBe(0xff);
});

test('a torn element is refused', () => {
  expect(() => elementsOf('float32', new Uint8Array(7))).toThrow(
    '7 bytes are no whole number of float32 elements',
  );
});

test('an array’s bytes are its own window only', () => {
  const window = new Uint16Array([1, 2, 3, 4]).subarray(1, 3);

  expect([...bytesOf(window)]).toEqual([2, 0, 3, 0]);
});

test('new arrays are zeros', () => {
  expect(allocate('int64', 2)).toEqual(BigInt64Array.of(0n, 0n));
});
