import { existsSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyTensor } from './any-tensor.ts';
import { bytesOf, dtypes } from './dtype.ts';
import { halvesToFloats } from './half.ts';
import { decodeNpy, encodeNpy } from './npy.ts';
import { readOutcome } from './read-outcome.ts';
import { tensor } from './tensor.ts';
import { TensorFileError } from './tensor-file-error.ts';

const fixture = (name: string): Uint8Array =>
  readFileSync(new URL(`./fixtures/${name}.npy`, import.meta.url));
const counting = Int32Array.from({ length: 24 }, (_, i) => i);

/** A .npy file with a header of our choosing, padded as NumPy pads. */
function withHeader(dictionary: string, dataBytes: number, version = 1): Uint8Array {
  const prefix = version === 1 ? 10 : 12;
  const bytes = Buffer.alloc(prefix + dictionary.length + dataBytes);
  bytes.write('\x93NUMPY', 'latin1');
  bytes[6] = version;
  if (version === 1) bytes.writeUInt16LE(dictionary.length, 8);
  else bytes.writeUInt32LE(dictionary.length, 8);
  bytes.write(dictionary, prefix, 'latin1');
  return bytes;
}

describe('files that NumPy wrote', () => {
  test.each([
    ['float64', [0.1, -0, Infinity, NaN, 1e300, -5e-324]],
    ['float32', [0.1, -0, Infinity, NaN, 3e38, -1e-45].map(Math.fround)],
    ['int64', [0n, 1n, -1n, 2n ** 62n, -(2n ** 63n), 2n ** 63n - 1n]],
    ['uint64', [0n, 1n, 2n, 2n ** 62n, 2n ** 63n, 2n ** 64n - 1n]],
    ['int32', [0, 1, -1, 2 ** 30, -(2 ** 31), 2 ** 31 - 1]],
    ['uint32', [0, 1, 2, 2 ** 30, 2 ** 31, 2 ** 32 - 1]],
    ['int16', [0, 1, -1, 300, -32_768, 32_767]],
    ['uint16', [0, 1, 2, 300, 32_768, 65_535]],
    ['int8', [0, 1, -1, 100, -128, 127]],
    ['uint8', [0, 1, 2, 100, 128, 255]],
    ['bool', [1, 0, 1, 0, 0, 1]],
  ])('of %s are read with type, shape and values', (dtype, values) => {
    const read = decodeNpy(fixture(dtype), dtype);

    expect(read.dtype).toBe(dtype);
    expect(read.shape).toEqual([2, 3]);
    expect([...read.data]).toEqual(values);
  });

  test('of float16 are read as bits', () => {
    const read = decodeNpy(fixture('float16'), 'float16.npy');

    expect(read.dtype).toBe('float16');
    expect([...halvesToFloats(read.data as Uint16Array)]).toEqual([
      0.0999755859375,
      -0,
      Infinity,
      1.5,
      65_504,
      -5.960464477539063e-8,
    ]);
  });

  test.each(['fortran-order', 'big-endian-int32', 'version-2', 'version-3'])(
    'in the form %s are read row-major',
    (name) => {
      const read = decodeNpy(fixture(name), name);

      expect(read).toEqual(tensor('int32', [2, 3, 4], counting));
    },
  );

  test('in big-endian Fortran order are read row-major', () => {
    const read = decodeNpy(fixture('big-endian-fortran-int16'), 'x.npy');

    expect(read).toEqual(tensor('int16', [2, 3], Int16Array.of(0, 1, 2, 3, 4, 5)));
  });

  test('in big-endian float64 are read', () => {
    const read = decodeNpy(fixture('big-endian-float64'), 'x.npy');

    expect(read).toEqual(tensor('float64', [5], Float64Array.of(-1, -0.5, 0, 0.5, 1)));
  });

  test('of a scalar and of nothing are read', () => {
    expect(decodeNpy(fixture('scalar'), 'x.npy')).toEqual(tensor('float32', [], Float32Array.of(1.25)));
    expect(decodeNpy(fixture('empty'), 'x.npy')).toEqual(tensor('float32', [0, 3], new Float32Array()));
  });

  test.each([...dtypes, 'scalar', 'empty', 'four-dimensions'])(
    'are written again byte for byte: %s',
    (name) => {
      const file = fixture(name);

      const written = encodeNpy(decodeNpy(file, name));

      expect(Buffer.compare(written, file)).toBe(0);
    },
  );

  test('of the time of Python 2 have shapes with an L', () => {
    const file = withHeader("{'descr': '<i2', 'fortran_order': False, 'shape': (2L, 1L), }\n", 4);

    expect(decodeNpy(file, 'x.npy').shape).toEqual([2, 1]);
  });
});

const millionPicture = new URL('../../../shared/data/tensors/ilsvrc_2012_mean.npy', import.meta.url);
test.skipIf(!existsSync(millionPicture))(
  'a published file of an old NumPy is read (needs ../shared/data)',
  () => {
    const read = decodeNpy(readFileSync(millionPicture), 'ilsvrc_2012_mean.npy');

    expect(read.dtype).toBe('float64');
    expect(read.shape).toEqual([3, 256, 256]);
  },
);

describe('what is refused', () => {
  test.each([
    ['object', /Python objects/],
    ['structured', /structured array/],
    ['complex', /elements of type "<c8"/],
    ['text', /elements of type "<U2"/],
  ])('an array of kind %s, by name', (name, message) => {
    expect(() => decodeNpy(fixture(name), `${name}.npy`)).toThrow(message);
    expect(() => decodeNpy(fixture(name), `${name}.npy`)).toThrow(TensorFileError);
  });

  test.each([
    ['nothing', new Uint8Array(), /is empty/],
    ['a picture', Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1'), /no \.npy file/],
    ['an unknown version', withHeader('{}', 0, 4), /format 4\.0/],
    ['the magic alone', Buffer.from('\x93NUMPY', 'latin1'), /cut short in its header/],
  ])('%s', (_, bytes, message) => {
    expect(() => decodeNpy(bytes, 'x.npy')).toThrow(message);
  });

  test('a file cut anywhere', () => {
    const file = fixture('float32');

    for (let length = 0; length < file.length; length++) {
      expect(() => decodeNpy(file.subarray(0, length), 'x.npy')).toThrow(TensorFileError);
    }
  });

  test('a file with bytes behind its array', () => {
    const file = Buffer.concat([fixture('float32'), Buffer.alloc(1)]);

    expect(() => decodeNpy(file, 'x.npy')).toThrow(
      'x.npy: goes on after its array: its header declares float32 2x3 (24 bytes), but 25 bytes follow',
    );
  });

  test('a header of 4 GB, before it is looked for', () => {
    const bomb = Buffer.from(withHeader('{}', 0, 2));
    bomb.writeUInt32LE(0xffff_ffff, 8);

    expect(() => decodeNpy(bomb, 'x.npy')).toThrow(/declares a header of 4294967295 bytes/);
  });

  test.each([
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000), }", /but 0 bytes follow/],
    [
      "{'descr': '<f4', 'fortran_order': False, 'shape': (9007199254740991, 9007199254740991), }",
      /no memory could hold/,
    ],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (0, 9007199254740991, 9), }", /no memory could hold/],
    [`{'descr': '<f4', 'fortran_order': False, 'shape': (${'1, '.repeat(65)}), }`, /65 dimensions/],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", /cannot be read/],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': 3, }", /no \( where one belongs/],
    ["{'descr': '<f4', 'fortran_order': False, }", /lacks one of/],
    ["{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (), }", /unexpected entry "descr"/],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (), 'mode': 'x', }", /unexpected entry "mode"/],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (), } + exit()", /cannot be read from "\+ exit/],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (), } {}", /goes on after/],
  ])('the header %s', (dictionary, message) => {
    expect(() => decodeNpy(withHeader(dictionary, 0), 'x.npy')).toThrow(message);
  });

  test('a bool that is neither 0 nor 1', () => {
    const file = Buffer.from(fixture('bool'));
    file[file.length - 1] = 7;

    expect(() => decodeNpy(file, 'x.npy')).toThrow('x.npy: is declared bool, but element 5 is 7');
  });

  test('writing more dimensions than NumPy reads', () => {
    const deep = tensor(
      'uint8',
      Array.from({ length: 65 }, () => 1),
      new Uint8Array(1),
    );

    expect(() => encodeNpy(deep)).toThrow(RangeError);
  });
});

describe('any tensor, any bytes', () => {
  test('a tensor that is written is read back bit for bit, wherever in memory the file lies', () => {
    fc.assert(
      fc.property(anyTensor, fc.integer({ min: 0, max: 8 }), (original, offset) => {
        const file = encodeNpy(original);
        const moved = new Uint8Array(file.length + offset).subarray(offset);
        moved.set(file);

        const read = decodeNpy(moved, 'x.npy');

        expect(read.dtype).toBe(original.dtype);
        expect(read.shape).toEqual(original.shape);
        expect(Buffer.compare(bytesOf(read.data), bytesOf(original.data))).toBe(0);
      }),
    );
  });

  test('damaged files give a tensor or our error, nothing else', () => {
    const damage = fc.array(fc.tuple(fc.nat({ max: 200 }), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(anyTensor, damage, (original, changes) => {
        const file = encodeNpy(original);
        for (const [at, byte] of changes) if (at < file.length) file[at] = byte;

        expect(['read', 'refused']).toContain(readOutcome(() => decodeNpy(file, 'x.npy')));
      }),
      { numRuns: 1000 },
    );
  });

  test('random bytes behind the magic give a tensor or our error, nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (bytes, dictionary) => {
        const headless = Buffer.concat([Buffer.from('\x93NUMPY\x01\0', 'latin1'), bytes]);
        const misheaded = withHeader(dictionary, 4);

        for (const file of [headless, misheaded]) {
          expect(['read', 'refused']).toContain(readOutcome(() => decodeNpy(file, 'x.npy')));
        }
      }),
      { numRuns: 1000 },
    );
  });
});
