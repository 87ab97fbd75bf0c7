import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, canonicalJsonSha256, sha256Hex, tensorSha256 } from './content-hash.ts';
import { tensor } from './tensor.ts';

describe('sha256', () => {
  test('of nothing and of abc are the published ones (FIPS 180-4)', () => {
    expect(sha256Hex(new Uint8Array())).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  test('of a tensor is that of its type, shape and bytes', () => {
    const value = tensor('uint8', [1, 3], Uint8Array.of(97, 98, 99));

    expect(tensorSha256(value)).toBe(sha256Hex('uint8[1,3]\nabc'));
  });

  test('tells apart shapes, types and the zeros', () => {
    const hashes = [
      tensor('float32', [2, 1], Float32Array.of(0, 1)),
      tensor('float32', [1, 2], Float32Array.of(0, 1)),
      tensor('float32', [1, 2], Float32Array.of(-0, 1)),
      tensor('int32', [1, 2], new Int32Array(Float32Array.of(0, 1).buffer)),
    ].map(tensorSha256);

    expect(new Set(hashes).size).toBe(4);
  });
});

describe('canonical JSON', () => {
  test('sorts keys by code unit, at every depth, and leaves lists alone', () => {
    const text = canonicalJson({ b: [3, 1], é: 1, a: { d: null, c: 'x"' }, B: -0, 10: true, 9: 1e21 });

    expect(text).toBe('{"10":true,"9":1e+21,"B":0,"a":{"c":"x\\"","d":null},"b":[3,1],"é":1}');
  });

  test('treats an undefined property as absent', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  test('does not depend on the order of keys, and says the same as JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const shuffled = reverseKeys(value);

        expect(canonicalJson(shuffled)).toBe(canonicalJson(value));
        expect(canonicalJsonSha256(shuffled)).toBe(sha256Hex(canonicalJson(value)));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test.each([
    [{ a: [1, NaN] }, '$.a[1] is NaN'],
    [[undefined], '$[0] is a undefined'],
    [{ a: 1n }, '$.a is a bigint'],
    [{ a: new Date(0) }, '$.a is a Date'],
    [{ a: new Map() }, '$.a is a Map'],
    [() => 1, '$ is a function'],
  ])('refuses what JSON cannot say: %o', (value, message) => {
    expect(() => canonicalJson(value)).toThrow(message);
  });

  test('refuses a cycle', () => {
    const loop: { self?: unknown } = {};
    loop.self = [loop];

    expect(() => canonicalJson(loop)).toThrow('$.self[0] contains itself');
  });

  test('accepts one object in two places', () => {
    const shared = { x: 1 };

    expect(canonicalJson([shared, shared])).toBe('[{"x":1},{"x":1}]');
  });
});

function reverseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reverseKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reverseKeys(item)]),
  );
}
