import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { layOutPayload, readSlice } from './payload.ts';
import { MessageError } from './protocol-error.ts';

test('puts each tensor at the next multiple of 8', () => {
  const { parts, slices } = layOutPayload([new Uint8Array(3), new Uint8Array(8), new Uint8Array(1)]);

  expect(slices).toEqual([
    { offset: 0, length: 3 },
    { offset: 8, length: 8 },
    { offset: 16, length: 1 },
  ]);
  expect(parts.map(({ length }) => length)).toEqual([3, 5, 8, 1]);
});

test('gives back every tensor that was laid out', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (tensors) => {
      const { parts, slices } = layOutPayload(tensors);
      const payload = Buffer.concat(parts);

      const found = slices.map((slice) => [...readSlice(payload, slice, 'tensor')]);

      expect(found).toEqual(tensors.map((tensor) => [...tensor]));
    }),
  );
});

test('refuses a slice that reaches beyond the payload', () => {
  const read = (): unknown => readSlice(new Uint8Array(10), { offset: 4, length: 7 }, 'output 0');

  expect(read).toThrow(MessageError);
  expect(read).toThrow('output 0 is said to be at 4 with 7 bytes, but the payload has 10');
});
