import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tensor, type NamedTensors } from '../tensor/tensor.ts';
import { defaultSealBound, seal, UnsealableReferenceError } from './seal.ts';

const floats = (...values: number[]): NamedTensors =>
  new Map([['prob', tensor('float32', [1, values.length], Float32Array.from(values))]]);
const halves = (...bits: number[]): NamedTensors =>
  new Map([['prob', tensor('float16', [bits.length], Uint16Array.from(bits))]]);
const bytes = (...values: number[]): NamedTensors =>
  new Map([['prob', tensor('uint8', [values.length], Uint8Array.from(values))]]);

test('equal executions are sealed with difference 0', () => {
  expect(seal('net.onnx', floats(0.75, 0.25), floats(0.75, 0.25))).toEqual({ bound: 1e-5, maxAbsDifference: 0 });
});

test('the worst difference of all outputs is kept, absolute', () => {
  const first = new Map([...floats(64, 0), ['boxes', tensor('float32', [2], Float32Array.of(1024, 512))] as const]);
  const second = new Map([
    ...floats(64, 2 ** -12),
    ['boxes', tensor('float32', [2], Float32Array.of(1024, 512.0078125))] as const,
  ]);

  expect(seal('net.onnx', first, second).maxAbsDifference).toBe(0.0078125);
});

test('the bound is a share of the output’s own largest magnitude, be it negative', () => {
  // 1e-5 of 4096 is 0.04096: 1/32 is within it, 1/16 is not.
  expect(seal('net.onnx', floats(-4096, 1), floats(-4096, 1.03125)).maxAbsDifference).toBe(0.03125);
  expect(() => seal('net.onnx', floats(-4096, 1), floats(-4096, 1.0625))).toThrow(UnsealableReferenceError);
});

test('executions that disagree are refused with both values, the place and the bound', () => {
  expect(() => seal('net.onnx', floats(0.5, 0.25, 0.25), floats(0.5, 0.375, 0.125))).toThrow(
    expect.objectContaining({
      code: 'HIL_REFERENCE_UNSEALED',
      owner: 'spec',
      message:
        'net.onnx: no golden can be made, output prob differs at [0, 1]: 0.25 without graph optimisations, 0.375 with them (apart by 0.125, allowed 0.000005)',
      hint: expect.stringContaining('Use the float network as reference') as string,
    }),
  );
});

describe('outputs that round to steps', () => {
  test('float16 may be one step apart at its largest magnitude', () => {
    // 0x3b32 and 0x3b33 are neighbours in [0.5, 1), 2^-11 apart.
    expect(seal('net.onnx', halves(0x3b32, 0x2000), halves(0x3b33, 0x2000)).maxAbsDifference).toBe(2 ** -11);
    expect(() => seal('net.onnx', halves(0x3b32, 0x2000), halves(0x3b34, 0x2000))).toThrow('allowed 0.000488');
  });

  test('integers may be one apart', () => {
    expect(seal('net.onnx', bytes(200, 7), bytes(201, 7)).maxAbsDifference).toBe(1);
    expect(() => seal('net.onnx', bytes(200, 7), bytes(202, 7))).toThrow('apart by 2, allowed 1');
  });

  test('truth values may not differ', () => {
    const truth = (value: number) => new Map([['yes', tensor('bool', [1], Uint8Array.of(value))]]);

    expect(() => seal('net.onnx', truth(1), truth(0))).toThrow('output yes differs at [0]');
  });
});

describe('the largest element', () => {
  test('must be the same even under a wide bound', () => {
    expect(() => seal('net.onnx', bytes(200, 197), bytes(197, 200), 0.05)).toThrow(
      'output prob has its largest value at [0] (200) without graph optimisations, at [1] (200) with them',
    );
  });

  test('may be another where two are nearly equal', () => {
    expect(seal('net.onnx', bytes(200, 199), bytes(199, 200), 0.05).maxAbsDifference).toBe(1);
  });
});

describe('outputs that are no numbers', () => {
  test.each([
    { value: NaN, shown: 'NaN' },
    { value: Infinity, shown: 'Infinity' },
    { value: -Infinity, shown: '-Infinity' },
  ])('$shown is refused, with count and place, even if both executions agree', ({ value, shown }) => {
    expect(() => seal('net.onnx', floats(1, value, value), floats(1, value, value))).toThrow(
      expect.objectContaining({
        code: 'HIL_REFERENCE_UNSEALED',
        message: `net.onnx: no golden can be made, output prob (1x3) holds 2 of 3 elements that are not finite, the first is ${shown} at [0, 1], without graph optimisations`,
        hint: expect.stringContaining('the input itself holds NaN or Inf') as string,
      }),
    );
  });

  test('one that only the optimised execution has is refused too', () => {
    expect(() => seal('net.onnx', floats(1, 2), floats(1, NaN))).toThrow('at [0, 1], with graph optimisations');
  });

  test('a float16 infinity is one', () => {
    expect(() => seal('net.onnx', halves(0x7c00), halves(0x7c00))).toThrow('the first is Infinity at [0]');
  });
});

test('another shape under optimisation is refused', () => {
  const row = new Map([['prob', tensor('float32', [2], Float32Array.of(1, 0))]]);

  expect(() => seal('net.onnx', floats(1, 0), row)).toThrow(
    'output prob is float32 1x2 without graph optimisations and float32 2 with them',
  );
});

test('what is sealed is never further apart than the bound, and what is within it is never refused', () => {
  const value = fc.float({ min: -1000, max: 1000, noNaN: true });

  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 8 }),
      fc.nat(7),
      fc.double({ min: -2, max: 2, noNaN: true }),
      (values, place, factor) => {
        const changed = Float32Array.from(values);
        const at = place % values.length;
        const magnitude = Math.max(...values.map(Math.abs));
        changed[at] = changed[at]! + factor * defaultSealBound * magnitude;
        const largest = Math.max(magnitude, Math.abs(changed[at]));
        const within = Math.abs(changed[at] - values[at]!) <= defaultSealBound * largest;

        const outcome = () => seal('net.onnx', floats(...values), floats(...changed));

        if (within) return outcome().maxAbsDifference === Math.abs(changed[at] - values[at]!);
        expect(outcome).toThrow(UnsealableReferenceError);
        return true;
      },
    ),
  );
});
