import { existsSync, readFileSync } from 'node:fs';
import { zipSync } from 'fflate';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyTensor } from './any-tensor.ts';
import { decodeNpy, encodeNpy } from './npy.ts';
import { decodeNpz, encodeNpz } from './npz.ts';
import { readOutcome } from './read-outcome.ts';
import { tensor, type Tensor } from './tensor.ts';
import { TensorFileError } from './tensor-file-error.ts';

const fixture = (name: string): Buffer => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));
const two = new Map<string, Tensor>([
  ['b', tensor('float32', [2], Float32Array.of(1, 2))],
  ['a', tensor('uint8', [3], Uint8Array.of(1, 2, 3))],
]);

/** Finds the archive's directory entry of a member and lets a test change it. */
function changeEntry(archive: Uint8Array, change: (entry: Buffer) => void, which = 0): Buffer {
  const copy = Buffer.from(archive);
  let at = copy.indexOf('PK\x01\x02', 0, 'latin1');
  for (let i = 0; i < which; i++) at = copy.indexOf('PK\x01\x02', at + 1, 'latin1');
  change(copy.subarray(at));
  return copy;
}

describe('archives that NumPy wrote', () => {
  test.each(['stored.npz', 'deflated.npz'])('%s is read with names in its own order', (name) => {
    const read = decodeNpz(fixture(name), name);

    expect([...read.keys()].slice(0, 4)).toEqual(['zeta', '10', '2', '/model/out.0']);
    expect(read.get('zeta')).toEqual(decodeNpy(fixture('float32.npy'), ''));
    expect(read.get('10')).toEqual(decodeNpy(fixture('int64.npy'), ''));
    expect(read.get('2')).toEqual(decodeNpy(fixture('bool.npy'), ''));
    expect(read.get('/model/out.0')).toEqual(tensor('float32', [3], Float32Array.of(1, 2, 3)));
  });

  test('arrays without names have NumPy’s own', () => {
    const read = decodeNpz(fixture('positional.npz'), 'x.npz');

    expect(read).toEqual(
      new Map([
        ['arr_0', tensor('int64', [3], BigInt64Array.of(0n, 1n, 2n))],
        ['arr_1', tensor('int64', [4], BigInt64Array.of(0n, 1n, 2n, 3n))],
      ]),
    );
  });

  test('no arrays are no arrays', () => {
    expect(decodeNpz(fixture('none.npz'), 'x.npz').size).toBe(0);
  });
});

const published = new URL('../../../shared/data/tensors/chessboard_GRAY_U8.npz', import.meta.url);
test.skipIf(!existsSync(published))('a published deflated archive is read (needs ../shared/data)', () => {
  const plain = decodeNpy(readFileSync(new URL('./chessboard_GRAY_U8.npy', published)), 'plain');

  const read = decodeNpz(readFileSync(published), 'chessboard');

  expect(read).toEqual(new Map([['arr_0', plain]]));
});

describe('archives of our own', () => {
  test('are the same bytes for the same tensors, and do not know the time', () => {
    const archive = Buffer.from(encodeNpz(two));

    expect(Buffer.compare(archive, encodeNpz(new Map(two)))).toBe(0);
    // DOS date and time of 1980-01-01 00:00, in every local and directory header.
    expect(archive.readUInt16LE(10)).toBe(0);
    expect(archive.readUInt16LE(12)).toBe((0 << 9) | (1 << 5) | 1);
  });

  test('are stored, as numpy.savez stores', () => {
    const zeros = new Map([['zeros', tensor('float32', [10_000], new Float32Array(10_000))]]);

    expect(encodeNpz(zeros).length).toBeGreaterThan(40_000);
  });

  test('come back with every name, in order, bit for bit', () => {
    const names = fc.uniqueArray(fc.string({ unit: 'grapheme', maxLength: 12 }), { maxLength: 5 });
    fc.assert(
      fc.property(names, fc.array(anyTensor, { minLength: 5, maxLength: 5 }), (keys, values) => {
        const tensors = new Map(keys.map((key, i) => [key, values[i]!]));

        const read = decodeNpz(encodeNpz(tensors), 'x.npz');

        expect([...read.keys()]).toEqual(keys);
        expect([...read.values()].map(encodeNpy)).toEqual([...tensors.values()].map(encodeNpy));
      }),
    );
  });

  test('keep names that an object would treat specially', () => {
    const tensors = new Map(
      ['__proto__', '10', '2', 'constructor', '', 'a.npy'].map((name) => [name, two.get('a')!]),
    );

    expect([...decodeNpz(encodeNpz(tensors), 'x.npz').keys()]).toEqual([...tensors.keys()]);
  });
});

describe('what is refused', () => {
  const twice = (): Buffer => {
    const archive = encodeNpz(
      new Map([
        ['x', two.get('a')!],
        ['y', two.get('a')!],
      ]),
    );
    const copy = Buffer.from(archive);
    for (let at = copy.indexOf('y.npy'); at !== -1; at = copy.indexOf('y.npy', at))
      copy[at] = 'x'.charCodeAt(0);
    return copy;
  };

  test('two arrays of one name', () => {
    expect(() => decodeNpz(twice(), 'x.npz')).toThrow('x.npz: holds two arrays named x');
  });

  test('a member that is no array', () => {
    const archive = zipSync({ 'notes.txt': new Uint8Array(3) });

    expect(() => decodeNpz(archive, 'x.npz')).toThrow('x.npz: holds notes.txt, which is no .npy array');
  });

  test('more than the limit, by the declared sizes alone', () => {
    const bomb = changeEntry(encodeNpz(two), (entry) => {
      entry.writeUInt16LE(8, 10); // deflated
      entry.writeUInt32LE(0xf000_0000, 24);
    });

    expect(() => decodeNpz(bomb, 'x.npz')).toThrow(
      /declares \d+ bytes unpacked, more than the limit of 2147483648/,
    );
    expect(() => decodeNpz(encodeNpz(two), 'x.npz', 100)).toThrow(/more than the limit of 100/);
  });

  test('a member that unpacks to more than it declares', () => {
    const packed = zipSync({ 'zeros.npy': encodeNpy(tensor('uint8', [100_000], new Uint8Array(100_000))) });
    const lying = changeEntry(packed, (entry) => entry.writeUInt32LE(1000, 24));

    expect(() => decodeNpz(lying, 'x.npz')).toThrow(
      'x.npz: zeros.npy: unpacks to more than the 1000 bytes it declares',
    );
  });

  test.each([
    ['is encrypted', (entry: Buffer) => entry.writeUInt16LE(1, 8)],
    ['is packed with ZIP method 12', (entry: Buffer) => entry.writeUInt16LE(12, 10)],
    ['is not where the ZIP directory says', (entry: Buffer) => entry.writeUInt32LE(5, 42)],
    ['is damaged: its CRC-32 does not match', (entry: Buffer) => entry.writeUInt32LE(5, 16)],
    ['is stored, yet declares', (entry: Buffer) => entry.writeUInt32LE(5, 24)],
    ['is above 4 GB', (entry: Buffer) => entry.writeUInt32LE(0xffff_ffff, 42)],
  ])('a member that %s', (message, change) => {
    expect(() => decodeNpz(changeEntry(encodeNpz(two), change), 'x.npz')).toThrow(`x.npz: b.npy: ${message}`);
  });

  test('a file cut anywhere', () => {
    const archive = encodeNpz(two);

    for (let length = 0; length < archive.length; length++) {
      expect(() => decodeNpz(archive.subarray(0, length), 'x.npz')).toThrow(TensorFileError);
    }
  });

  test('a bit turned anywhere in an array', () => {
    const archive = encodeNpz(two);
    const firstArrayEnd = archive.indexOf(0x50, 60);

    for (let at = 35; at < firstArrayEnd; at++) {
      const damaged = archive.slice();
      damaged[at]! ^= 4;
      expect(() => decodeNpz(damaged, 'x.npz')).toThrow(TensorFileError);
    }
  });

  test('a .npy file given as .npz', () => {
    expect(() => decodeNpz(fixture('float32.npy'), 'x.npz')).toThrow(/no complete \.npz file/);
  });

  test('damage gives the tensors or our error, nothing else', () => {
    const archives = [fixture('stored.npz'), fixture('deflated.npz')];
    fc.assert(
      fc.property(
        fc.constantFrom(...archives),
        fc.array(fc.tuple(fc.nat({ max: 1100 }), fc.integer({ min: 0, max: 255 })), { maxLength: 5 }),
        fc.uint8Array({ maxLength: 40 }),
        (archive, changes, tail) => {
          const damaged = Buffer.concat([archive, tail]);
          for (const [at, byte] of changes) if (at < damaged.length) damaged[at] = byte;

          expect(['read', 'refused']).toContain(readOutcome(() => decodeNpz(damaged, 'x.npz')));
        },
      ),
      { numRuns: 1500 },
    );
  });
});
