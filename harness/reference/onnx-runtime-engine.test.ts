import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { allocate, type DType, dtypes } from '../tensor/dtype.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { createOnnxRuntimeEngine } from './onnx-runtime-engine.ts';
import { dtypeToOnnx, makeModel, makeNode, makeValueInfo, tensorToOnnx, writeOnnx } from './onnx/model.ts';

const engine = createOnnxRuntimeEngine();

const floats = (shape: number[], ...values: number[]) => tensor('float32', shape, Float32Array.from(values));
const feed = (x: Tensor) => new Map([['x', x]]);

const cast = (from: string, to: string, dtype: DType) =>
  makeNode('Cast', [from], [to], { to: { int: dtypeToOnnx(dtype) } });

test('the library is loaded with the first model, not with the engine', async () => {
  const { cache } = createRequire(import.meta.url);
  const isLoaded = () => Object.keys(cache).some((path) => path.endsWith('onnxruntime_binding.node'));

  const before = isLoaded();
  await using _ = await engine.load(relu(), 'relu.onnx', { optimise: true });

  expect([before, isLoaded()]).toEqual([false, true]);
});

test('the engine names itself and the library’s version', () => {
  expect(engine.name).toBe('onnxruntime');
  expect(engine.version).toMatch(/^1\.\d+\.\d+$/);
});

describe.each([{ optimise: true }, { optimise: false }])('with %o', (options) => {
  test('a convolution with bias and ReLU gives the values worked out by hand', async () => {
    const bytes = writeOnnx(
      makeModel(
        {
          name: 'conv',
          nodes: [makeNode('Conv', ['x', 'w', 'b'], ['c']), makeNode('Relu', ['c'], ['y'])],
          initializers: [
            tensorToOnnx('w', floats([1, 1, 2, 2], 1, 0, 0, -1)),
            tensorToOnnx('b', floats([1], 0.5)),
          ],
          inputs: [makeValueInfo('x', 'float32', [1, 1, 3, 3])],
          outputs: [makeValueInfo('y', 'float32', [1, 1, 2, 2])],
        },
        { '': 13 },
      ),
    );

    await using model = await engine.load(bytes, 'conv.onnx', options);
    const outputs = await model.run(feed(floats([1, 1, 3, 3], 9, 2, 3, 4, 5, 1, 7, 0, 8)));

    // x[i][j] - x[i+1][j+1] + 0.5, not below 0: 9-5, 2-1, 4-0, 5-8.
    expect(outputs).toEqual(new Map([['y', floats([1, 1, 2, 2], 4.5, 1.5, 4.5, 0)]]));
  });

  test('a pair of casts through float16 rounds, between operators too', async () => {
    const bytes = writeOnnx(
      makeModel(
        {
          name: 'half',
          nodes: [
            cast('x', 'h', 'float16'),
            cast('h', 'a', 'float32'),
            makeNode('Add', ['a', 'one'], ['b']),
            cast('b', 'i', 'float16'),
            cast('i', 'y', 'float32'),
          ],
          initializers: [tensorToOnnx('one', floats([1], 1))],
          inputs: [makeValueInfo('x', 'float32', [3])],
          outputs: [makeValueInfo('y', 'float32', [3])],
        },
        { '': 13 },
      ),
    );

    await using model = await engine.load(bytes, 'half.onnx', { ...options, exactGraph: true });
    const outputs = await model.run(feed(floats([3], 1.0004, 2049, 0.3)));

    // Steps of float16: 2^-10 in [1, 2), 2 in [2048, 4096), 2^-12 in [0.25, 0.5). 1.0004 -> 1 -> 2; a single rounding
    // of 2.0004 would be the same, but 2049 -> 2048 (tie to even) -> 2049 -> 2048, where one rounding of 2050 is 2050;
    // 0.3 -> 1229 * 2^-12 = 0.300048828125, plus 1 = 1.300048828125, to steps of 2^-10: 1331.25 -> 1331 * 2^-10.
    expect([...outputs.get('y')!.data]).toEqual([2, 2048, 1331 / 1024]);
  });

  test('two quantisations in a row round twice when the graph is to be exact', async () => {
    const pair = (from: string, to: string, scale: string) => [
      makeNode('QuantizeLinear', [from, scale, 'zero'], [`${to}_q`]),
      makeNode('DequantizeLinear', [`${to}_q`, scale, 'zero'], [to]),
    ];
    const bytes = writeOnnx(
      makeModel(
        {
          name: 'requantise',
          nodes: [...pair('x', 'a', 'fine'), ...pair('a', 'y', 'coarse')],
          initializers: [
            tensorToOnnx('fine', floats([], 0.25)),
            tensorToOnnx('coarse', floats([], 1)),
            tensorToOnnx('zero', tensor('uint8', [], Uint8Array.of(10))),
          ],
          inputs: [makeValueInfo('x', 'float32', [4])],
          outputs: [makeValueInfo('y', 'float32', [4])],
        },
        { '': 13 },
      ),
    );

    await using model = await engine.load(bytes, 'requantise.onnx', { ...options, exactGraph: true });
    const outputs = await model.run(feed(floats([4], 0.45, 1.4, -1000, 1000)));

    // 0.45 -> 1.8 steps -> 2 -> 0.5 -> tie to even 0; 1.4 -> 5.6 -> 6 -> 1.5 -> tie to even 2 (alone it would be 1);
    // then the ends of uint8 with zero point 10: the fine scale saturates at (0 - 10) / 4 = -2.5 -> -2, and
    // (255 - 10) / 4 = 61.25 -> 61.
    expect([...outputs.get('y')!.data]).toEqual([0, 2, -2, 61]);
  });

  test('a convolution between quantisations is computed in real numbers, as the graph says', async () => {
    const bytes = writeOnnx(
      makeModel(
        {
          name: 'qdq',
          nodes: [
            makeNode('QuantizeLinear', ['x', 'half', 'zero'], ['xq']),
            makeNode('DequantizeLinear', ['xq', 'half', 'zero'], ['xd']),
            makeNode('DequantizeLinear', ['wq', 'quarter', 'zero'], ['w']),
            makeNode('Conv', ['xd', 'w'], ['c']),
            makeNode('QuantizeLinear', ['c', 'half', 'zero'], ['cq']),
            makeNode('DequantizeLinear', ['cq', 'half', 'zero'], ['y']),
          ],
          initializers: [
            tensorToOnnx('half', floats([], 0.5)),
            tensorToOnnx('quarter', floats([], 0.25)),
            tensorToOnnx('zero', tensor('uint8', [], Uint8Array.of(128))),
            tensorToOnnx('wq', tensor('uint8', [1, 1, 1, 2], Uint8Array.of(130, 125))),
          ],
          inputs: [makeValueInfo('x', 'float32', [1, 1, 1, 3])],
          outputs: [makeValueInfo('y', 'float32', [1, 1, 1, 2])],
        },
        { '': 13 },
      ),
    );

    await using model = await engine.load(bytes, 'qdq.onnx', { ...options, exactGraph: true });
    const outputs = await model.run(feed(floats([1, 1, 1, 3], 1.1, -2, 3.3)));

    // Input in halves: 1, -2, 3.5. Weights: 2/4 and -3/4. 0.5 + 1.5 = 2; -1 - 2.625 = -3.625, in halves -7.25 -> -3.5.
    expect([...outputs.get('y')!.data]).toEqual([2, -3.5]);
  });
});

/** Bit patterns that a conversion on the way would change. */
const bits: { readonly [D in DType]: Tensor<D>['data'] } = {
  float64: Float64Array.of(0.1, -1e300),
  float32: Float32Array.of(0.1, -1e30),
  float16: Uint16Array.of(0x3c01, 0xfbff),
  int64: BigInt64Array.of(-(2n ** 63n), 2n ** 53n + 1n),
  uint64: BigUint64Array.of(2n ** 64n - 1n, 2n ** 53n + 1n),
  int32: Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
  uint32: Uint32Array.of(2 ** 32 - 1, 2 ** 31),
  int16: Int16Array.of(-32768, 32767),
  uint16: Uint16Array.of(65535, 0x3c01),
  int8: Int8Array.of(-128, 127),
  uint8: Uint8Array.of(255, 128),
  bool: Uint8Array.of(1, 0),
};

test.each(dtypes)(
  '%s goes in and comes out bit for bit, from a view into a larger buffer too',
  async (dtype) => {
    const values = bits[dtype];
    const larger = allocate(dtype, values.length + 2);
    larger.set(values as never, 1);
    const x = tensor(dtype, [values.length], larger.subarray(1, 1 + values.length));
    const bytes = writeOnnx(
      makeModel(
        {
          name: 'reverse',
          nodes: [makeNode('Gather', ['x', 'order'], ['y'], { axis: { int: 0 } })],
          initializers: [tensorToOnnx('order', tensor('int64', [2], BigInt64Array.of(1n, 0n)))],
          inputs: [makeValueInfo('x', dtype, ['N'])],
          outputs: [makeValueInfo('y', dtype, [2])],
        },
        { '': 13 },
      ),
    );

    await using model = await engine.load(bytes, 'reverse.onnx', { optimise: true });
    const outputs = await model.run(feed(x));

    expect(model.inputs).toEqual([{ name: 'x', dtype, shape: ['N'] }]);
    expect(outputs.get('y')).toEqual(tensor(dtype, [2], values.slice().reverse()));
  },
);

function relu(inputShape: readonly (number | string | null)[] = [2]): Uint8Array {
  return writeOnnx(
    makeModel(
      {
        name: 'relu',
        nodes: [makeNode('Relu', ['x'], ['y'])],
        initializers: [],
        inputs: [makeValueInfo('x', 'float32', inputShape)],
        outputs: [makeValueInfo('y', 'float32', inputShape)],
      },
      { '': 13 },
    ),
  );
}

test('inputs and outputs are declared with symbols and free dimensions', async () => {
  await using model = await engine.load(relu(['N', null, 3]), 'relu.onnx', { optimise: true });

  expect(model.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: ['N', null, 3] }]);
  expect(model.outputs).toEqual([{ name: 'y', dtype: 'float32', shape: ['N', null, 3] }]);
});

test('an initialiser that is listed as an input too need not be fed', async () => {
  const model = makeModel(
    {
      name: 'ir3',
      nodes: [makeNode('Add', ['x', 'w'], ['y'])],
      initializers: [tensorToOnnx('w', floats([2], 10, 20))],
      inputs: [makeValueInfo('w', 'float32', [2]), makeValueInfo('x', 'float32', [2])],
      outputs: [makeValueInfo('y', 'float32', [2])],
    },
    { '': 8 },
  );
  model.irVersion = 3n;

  await using loaded = await engine.load(writeOnnx(model), 'ir3.onnx', { optimise: true });
  const outputs = await loaded.run(feed(floats([2], 1, 2)));

  expect(loaded.inputs.map(({ name }) => name)).toEqual(['x']);
  expect([...outputs.get('y')!.data]).toEqual([11, 22]);
});

test('outputs stay valid after the next run and after disposal', async () => {
  const model = await engine.load(relu(), 'relu.onnx', { optimise: true });
  const first = await model.run(feed(floats([2], 1, -1)));
  const second = await model.run(feed(floats([2], -5, 5)));
  await model[Symbol.asyncDispose]();

  expect([first.get('y'), second.get('y')]).toEqual([floats([2], 1, 0), floats([2], 0, 5)]);
});

test('disposal may be repeated, and a run after it is our bug', async () => {
  const model = await engine.load(relu(), 'relu.onnx', { optimise: true });
  await model[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();

  await expect(model.run(feed(floats([2], 1, 2)))).rejects.toMatchObject({
    code: 'HIL_INTERNAL',
    message: 'relu.onnx is run after it was disposed',
  });
});

test('an aborted signal ends loading and running with its reason', async () => {
  const reason = new Error('stopped by a person');
  const signal = AbortSignal.abort(reason);
  await using model = await engine.load(relu(), 'relu.onnx', { optimise: true });

  await expect(engine.load(relu(), 'relu.onnx', { optimise: true, signal })).rejects.toBe(reason);
  await expect(model.run(feed(floats([2], 1, 2)), { signal })).rejects.toBe(reason);
});

test('an abort during a run discards its result', async () => {
  const controller = new AbortController();
  await using model = await engine.load(relu(), 'relu.onnx', { optimise: true });

  const running = model.run(feed(floats([2], 1, 2)), { signal: controller.signal });
  controller.abort(new Error('too late'));

  await expect(running).rejects.toThrow('too late');
});
