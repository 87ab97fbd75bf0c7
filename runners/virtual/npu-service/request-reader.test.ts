import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { requestFrame } from './raw-client.ts';
import { RequestReader } from './request-reader.ts';
import { WireError } from './wire.ts';

/** Cuts bytes at any places. */
const pieces = (bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
};

test('reads a request that is cut anywhere, and the next one', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(fc.nat(), { maxLength: 20 }),
      fc.boolean(),
      (body, cuts, reuse) => {
        const reader = new RequestReader();
        for (let round = 0; round < 2; round++) {
          const found = pieces(requestFrame('run', body), cuts).map((piece) => reader.push(piece));

          const complete = found.filter((request) => request !== undefined);
          expect(complete).toHaveLength(1);
          expect(found.at(-1)).toEqual({ kind: 'run', body: Uint8Array.from(body) });
          reader.next(reuse);
        }
      },
    ),
  );
});

test('begins a body where tensors may lie', () => {
  const reader = new RequestReader();

  const { body } = reader.push(requestFrame('run', new Uint8Array(64)))!;

  expect(body.byteOffset % 8).toBe(0);
});

test('keeps the memory of a body that is still needed', () => {
  const reader = new RequestReader();
  const { body } = reader.push(requestFrame('init', Uint8Array.of(1, 2, 3)))!;

  reader.next(false);
  reader.push(requestFrame('run', Uint8Array.of(9, 9, 9)));

  expect([...body]).toEqual([1, 2, 3]);
});

const damaged = (offset: number, value: number): Uint8Array => {
  const frame = requestFrame('run', new Uint8Array(8));
  frame.writeUInt32LE(value, offset);
  return frame;
};

test.each<[string, Uint8Array]>([
  ['another protocol, at its first byte', Buffer.from('G')],
  ['another version of the protocol', Buffer.from('HNP2')],
  ['an unknown request', damaged(4, 77)],
  ['an answer', damaged(4, 0x101)],
  ['a length beyond the limit', damaged(8, 0x1000_0001)],
  ['a header whose last word is in use', damaged(12, 1)],
  ['bytes after a request', Buffer.concat([requestFrame('destroy', Buffer.alloc(0)), Buffer.from('x')])],
])('refuses %s', (_what, bytes) => {
  expect(() => new RequestReader().push(bytes)).toThrow(WireError);
});

test('refuses a request before the last one was answered', () => {
  const reader = new RequestReader();
  reader.push(requestFrame('destroy', Buffer.alloc(0)));

  expect(() => reader.push(Buffer.from('H'))).toThrow(WireError);
});

test('takes memory for the bytes that came, not for the length that a header claims', () => {
  const before = process.memoryUsage().arrayBuffers;
  const readers = Array.from({ length: 50 }, () => new RequestReader());

  for (const reader of readers) reader.push(damaged(8, 0x1000_0000).subarray(0, 16));
  for (const reader of readers) reader.push(new Uint8Array(100));

  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * 1024 * 1024);
});
