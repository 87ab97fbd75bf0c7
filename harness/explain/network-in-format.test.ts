import { expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../reference/onnx-runtime-engine.ts';
import { makeModel, makeNode, makeValueInfo, tensorToOnnx, writeOnnx } from '../reference/onnx/model.ts';
import { tensor } from '../tensor/tensor.ts';
import { type FormatRequest, networkInFormat } from './network-in-format.ts';

/** y = 0.3 x for x = (1, 3). */
const bytes = writeOnnx(
  makeModel(
    {
      name: 'scaled',
      nodes: [makeNode('MatMul', ['x', 'weight'], ['y'])],
      initializers: [tensorToOnnx('weight', tensor('float32', [1, 1], Float32Array.of(0.3)))],
      inputs: [makeValueInfo('x', 'float32', [2, 1])],
      outputs: [makeValueInfo('y', 'float32', [2, 1])],
    },
    { '': 13 },
  ),
);
const feeds = new Map([['x', tensor('float32', [2, 1], Float32Array.of(1, 3))]]);

async function answer(request: Pick<FormatRequest, 'format' | 'weights'>): Promise<number[]> {
  await using network = await networkInFormat({
    engine: createOnnxRuntimeEngine(),
    network: { bytes, origin: 'scaled.onnx' },
    arithmetic: { u8Ties: 'away-from-zero', float16Overflow: 'infinity', float16Bias: 'float32' },
    samples: [feeds],
    ...request,
  });
  const y = (await network.run(feeds, {})).get('y')!;
  return [...(y.data as Float32Array)];
}

test('float16: 0.3 is 1229/4096 to nearest and 1228/4096 cut off; three times it is rounded again', async () => {
  // Halves in [0.25, 0.5) are multiples of 1/4096, in [0.5, 1) of 1/2048. 3 * 1229/4096 = 1843.5/2048: a tie, to even.
  expect(await answer({ format: 'fp16', weights: 'nearest' })).toEqual([1229 / 4096, 1844 / 2048]);
  expect(await answer({ format: 'fp16', weights: 'truncate' })).toEqual([1228 / 4096, 1842 / 2048]);
});

test('u8: ranges of this input give the scales, so that the largest value is met and others are a step off at most', async () => {
  const [first, second] = await answer({ format: 'u8', weights: 'nearest' });

  // x has steps of 3/255 and y of 0.9/255.
  expect(second).toBeCloseTo(0.9, 6);
  expect(Math.abs(first! - 0.3)).toBeLessThan(0.9 / 255);
});
