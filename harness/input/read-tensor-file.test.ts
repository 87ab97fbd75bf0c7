import { describe, expect, test } from 'vitest';
import { encodeNpy } from '../tensor/npy.ts';
import { encodeNpz } from '../tensor/npz.ts';
import { type NamedTensors, type Tensor, tensor } from '../tensor/tensor.ts';
import { TensorFileError } from '../tensor/tensor-file-error.ts';
import { readTensorFile } from './read-tensor-file.ts';

const a = tensor('float32', [2], Float32Array.of(1, 2));
const b = tensor('int8', [1, 1], Int8Array.of(-3));

describe('.npy', () => {
  test('gives its array', () => {
    expect(readTensorFile(encodeNpy(a), { path: 'x.npy' }, 'x.npy')).toEqual({ kind: 'single', tensor: a });
  });

  test('has no members', () => {
    expect(() => readTensorFile(encodeNpy(a), { path: 'x.npy', member: 'a' }, 'x.npy')).toThrow(
      'x.npy: has no members, but the spec asks for a',
    );
  });
});

describe('.npz', () => {
  const tensors: NamedTensors = new Map<string, Tensor>([['a', a], ['b', b]]); // prettier-ignore
  const both = encodeNpz(tensors);

  test('gives all arrays by name', () => {
    const file = readTensorFile(both, { path: 'x.npz' }, 'x.npz');

    expect(file).toEqual({ kind: 'named', tensors });
  });

  test('gives the member that is asked for', () => {
    expect(readTensorFile(both, { path: 'x.NPZ', member: 'b' }, 'x.npz')).toEqual({
      kind: 'single',
      tensor: b,
    });
  });

  test('gives its only array whatever its name', () => {
    const one = encodeNpz(new Map([['arr_0', a]]));

    expect(readTensorFile(one, { path: 'x.npz' }, 'x.npz')).toEqual({ kind: 'single', tensor: a });
  });

  test('names its arrays if the member is not among them', () => {
    expect(() => readTensorFile(both, { path: 'x.npz', member: 'c' }, 'x.npz')).toThrow(
      'x.npz: has no array c; it holds a, b',
    );
  });

  test('is refused above 512 MiB, before anything is unpacked', () => {
    // An archive of a few bytes whose directory declares 600 MiB.
    const archive = encodeNpz(new Map([['x', tensor('float32', [1], Float32Array.of(1))]]));
    const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
    const directory = view.getUint32(archive.byteLength - 6, true);
    view.setUint32(directory + 20, 600 * 2 ** 20, true);
    view.setUint32(directory + 24, 600 * 2 ** 20, true);

    expect(() => readTensorFile(archive, { path: 'x.npz' }, 'x.npz')).toThrow(
      'x.npz: declares 629145600 bytes unpacked, more than the limit of 536870912',
    );
  });

  test('is refused without arrays', () => {
    expect(() => readTensorFile(encodeNpz(new Map()), { path: 'x.npz' }, 'x.npz')).toThrow(TensorFileError);
  });
});

describe('.bin', () => {
  const bytes = Uint8Array.of(0, 0, 128, 63, 0, 0, 0, 64);

  test('gives little-endian elements in the shape of the spec', () => {
    const file = readTensorFile(bytes, { path: 'x.bin', dtype: 'float32', shape: [1, 2] }, 'x.bin');

    expect(file).toEqual({ kind: 'single', tensor: tensor('float32', [1, 2], Float32Array.of(1, 2)) });
  });

  test.each([
    [{ dtype: 'float32', shape: [3] }, 'x.bin: has 8 bytes; float32 3 takes 12'],
    [{ dtype: 'uint8', shape: [7] }, 'x.bin: has 8 bytes; uint8 7 takes 7'],
    [{ shape: [8] }, 'x.bin: is a raw file without dtype'],
    [{ dtype: 'uint8' }, 'x.bin: is a raw file without shape'],
  ])('is refused as %j', (declaration, message) => {
    const attempt = () => readTensorFile(bytes, { path: 'x.bin', ...declaration }, 'x.bin');

    expect(attempt).toThrow(TensorFileError);
    expect(attempt).toThrow(message);
  });
});
