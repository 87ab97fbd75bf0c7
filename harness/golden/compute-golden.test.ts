import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { createOnnxRuntimeEngine } from '../reference/onnx-runtime-engine.ts';
import { makeModel, makeNode, makeValueInfo, writeOnnx } from '../reference/onnx/model.ts';
import { computeSealedOutputs } from './compute-golden.ts';
import { createFakeEngine } from './fake-engine.ts';

const network = { bytes: new Uint8Array(), origin: 'net.onnx' };
const prob = (...values: number[]) =>
  new Map([['prob', tensor('float32', [values.length], Float32Array.from(values))]]);

test('a network is executed without and with optimisations, as the graph is written, and the first is kept', async () => {
  const engine = createFakeEngine((_, optimise) => prob(optimise ? 1 : 1 + 2 ** -23, 0));

  const { outputs, seal } = await computeSealedOutputs(engine, network, prob(0));

  expect(engine.loads).toEqual([
    { optimise: false, exactGraph: true },
    { optimise: true, exactGraph: true },
  ]);
  expect(outputs).toEqual(prob(1 + 2 ** -23, 0));
  expect(seal).toEqual({ bound: 1e-5, maxAbsDifference: 2 ** -23 });
});

test('executions that disagree are an error, and both models are given back', async () => {
  const engine = createFakeEngine((_, optimise) => prob(optimise ? 0.75 : 0.5, 0.25));

  await expect(computeSealedOutputs(engine, network, prob(0))).rejects.toMatchObject({
    code: 'HIL_REFERENCE_UNSEALED',
  });
  expect(engine.open).toBe(0);
});

test('a wider bound is used when it is asked for, and written down', async () => {
  const engine = createFakeEngine((_, optimise) => prob(optimise ? 0.75 : 0.5, 0.25));

  const { seal } = await computeSealedOutputs(engine, network, prob(0), { bound: 0.5 });

  expect(seal).toEqual({ bound: 0.5, maxAbsDifference: 0.25 });
});

test('a softmax worked out by hand is sealed by the real engine', async () => {
  const bytes = writeOnnx(
    makeModel(
      {
        name: 'softmax',
        nodes: [makeNode('Softmax', ['x'], ['prob'], { axis: { int: 1 } })],
        initializers: [],
        inputs: [makeValueInfo('x', 'float32', [1, 2])],
        outputs: [makeValueInfo('prob', 'float32', [1, 2])],
      },
      { '': 13 },
    ),
  );
  const x = tensor('float32', [1, 2], Float32Array.of(Math.log(3), 0));

  const { outputs, seal } = await computeSealedOutputs(
    createOnnxRuntimeEngine(),
    { bytes, origin: 'softmax.onnx' },
    new Map([['x', x]]),
  );

  // e^(ln 3) : e^0 is 3 : 1.
  const [first, second] = outputs.get('prob')!.data as Float32Array;
  expect(first).toBeCloseTo(0.75, 6);
  expect(second).toBeCloseTo(0.25, 6);
  expect(seal.maxAbsDifference).toBeLessThanOrEqual(0.75e-5);
});

test('a logarithm of zero cannot be sealed', async () => {
  const bytes = writeOnnx(
    makeModel(
      {
        name: 'log',
        nodes: [makeNode('Log', ['x'], ['y'])],
        initializers: [],
        inputs: [makeValueInfo('x', 'float32', [2])],
        outputs: [makeValueInfo('y', 'float32', [2])],
      },
      { '': 13 },
    ),
  );
  const x = tensor('float32', [2], Float32Array.of(1, 0));

  const computing = computeSealedOutputs(
    createOnnxRuntimeEngine(),
    { bytes, origin: 'log.onnx' },
    new Map([['x', x]]),
  );

  await expect(computing).rejects.toMatchObject({
    code: 'HIL_REFERENCE_UNSEALED',
    message:
      'log.onnx: no golden can be made, output y (2) holds 1 of 2 elements that are not finite, the first is -Infinity at [1], without graph optimisations',
  });
});
