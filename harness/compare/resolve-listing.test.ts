import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { resolveListing } from './resolve-listing.ts';

const list = (...values: number[]) => tensor('float32', [values.length], Float32Array.from(values));

test('a list of all values takes the golden’s shape', () => {
  const { tensor: whole, listed } = resolveListing(list(1, 2, 3, 4), { kind: 'all' }, [1, 2, 2]);

  expect(whole).toEqual(tensor('float32', [1, 2, 2], Float32Array.of(1, 2, 3, 4)));
  expect(listed).toBeUndefined();
});

test('a list of another length keeps its own, which the comparison then finds wrong', () => {
  expect(resolveListing(list(1, 2, 3), { kind: 'all' }, [1, 4])).toEqual({ tensor: list(1, 2, 3) });
});

test('classes that are all listed are the whole output, in the golden’s order', () => {
  const listing = { kind: 'some', places: [2, 0, 1], restAtMost: 0.25 } as const;

  expect(resolveListing(list(0.5, 0.25, 0.125), listing, [1, 3])).toEqual({
    tensor: tensor('float32', [1, 3], Float32Array.of(0.25, 0.125, 0.5)),
  });
});

test('some classes stay a list', () => {
  const listing = { kind: 'some', places: [2, 0], restAtMost: 0.25 } as const;

  expect(resolveListing(list(0.5, 0.25), listing, [1, 3])).toEqual({
    tensor: list(0.5, 0.25),
    listed: { places: [2, 0], restAtMost: 0.25 },
  });
});

test('as many classes as the golden has are no whole output if one of them does not exist', () => {
  const listing = { kind: 'some', places: [2, 0, 3] } as const;

  expect(resolveListing(list(3, 1, 2), listing, [1, 3])).toMatchObject({ listed: { places: [2, 0, 3] } });
});
