import { expect, test } from 'vitest';
import { assemble, f64, f64x2, FunctionBuilder, i32, i32x4, v128 } from './assembler.ts';

declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** Runs a function and reads the float64 it left at the start of the memory. */
function resultOf(f: FunctionBuilder, ...args: number[]): number {
  const module = new WebAssembly.Module(assemble([f]));
  const exports = new WebAssembly.Instance(module).exports as Record<string, (...args: number[]) => void> & {
    memory: { buffer: ArrayBuffer };
  };
  exports[f.name]!(...args);
  return new Float64Array(exports.memory.buffer)[0]!;
}

test.each([0, 1, 63, 64, 127, 128, 8191, 8192, 65_535, 2 ** 31 - 1, -1, -64, -65, -128, -(2 ** 31)])(
  'the constant %i is itself',
  (value) => {
    const f = new FunctionBuilder('f', []);
    f.do(f64.store(0, f64.convert(i32.const(value))));

    expect(resultOf(f)).toBe(value);
  },
);

test('a loop runs over every step below its end', () => {
  const f = new FunctionBuilder('f', ['i32']);
  const sum = f.local('i32');
  f.forEach(f.parameter(0), 3, (index) => f.do(sum.set(i32.add(sum.get, index))));
  f.do(f64.store(0, f64.convert(sum.get)));

  expect(resultOf(f, 10)).toBe(0 + 3 + 6 + 9);
  expect(resultOf(f, 9)).toBe(0 + 3 + 6);
});

test('many variables keep their values apart', () => {
  const f = new FunctionBuilder('f', ['f64']);
  const variables = Array.from({ length: 300 }, (_, i) =>
    f.let('v128', f64x2.splat(f64.convert(i32.const(i)))),
  );
  const chosen = variables[257]!;
  f.do(f64.store(0, f64.add(f64x2.lane(chosen.get, 1), f.parameter(0))));

  expect(resultOf(f, 0.5)).toBe(257.5);
});

test('vector constants have the lanes that were given', () => {
  const f = new FunctionBuilder('f', []);
  const lanes = v128.i32s(1, 20, 300, 4000);
  const doubles = v128.f64s(0.25, 0.5);
  f.do(
    f64.store(
      0,
      f64.add(
        f64.add(f64.convert(i32x4.lane(lanes, 1)), f64.convert(i32x4.lane(lanes, 3))),
        f64x2.lane(doubles, 1),
      ),
    ),
  );

  expect(resultOf(f)).toBe(4020.5);
});
