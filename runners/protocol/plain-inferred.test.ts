import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { replySchema } from './messages.ts';
import { isPlainInferred } from './plain-inferred.ts';

const usual = {
  type: 'inferred',
  id: 3,
  outputs: [
    { index: 0, offset: 0, length: 4 },
    { index: 1, offset: 8, length: 2 },
  ],
  runs: [{ npuTimeUs: 5312, crc32: 2770498445 }],
};

test('the usual answer to an inference is plain', () => {
  expect(isPlainInferred(usual)).toBe(true);
});

/** Numbers at the limits of the fields, and what is no number at all. */
const value = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 1, 7, 0xffff_ffff) },
  fc.constantFrom(-1, 0.5, 0x1_0000_0000, 2 ** 53, NaN, null, undefined, '1', [], {}, true),
);
const list = (fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.array(fc.record(fields, { requiredKeys: [] }), { maxLength: 2 }) },
    fc.array(value, { maxLength: 1 }),
    value,
  );
const head = fc.record(
  {
    type: fc.constantFrom('inferred', 'inferred', 'inferred', 'loaded', 7),
    id: value,
    outputs: list({ index: value, offset: value, length: value }),
    runs: list({ npuTimeUs: value, crc32: value, suspect: fc.constantFrom(undefined, 'hang', 1) }),
    perfDetail: fc.constantFrom(undefined, 'Layer', 1),
  },
  { requiredKeys: ['type'] },
);

test('what is plain, the schema takes, as it is', () => {
  let plain = 0;
  fc.assert(
    fc.property(head, (given) => {
      if (!isPlainInferred(given)) return;
      plain++;
      expect(replySchema.parse(given)).toEqual(given);
    }),
    { numRuns: 5000 },
  );
  expect(plain).toBeGreaterThan(50);
});
