import { describe, expect, test } from 'vitest';
import { InternalError } from '../hil-error.ts';
import { FeedShapeError } from '../reference/check-feeds.ts';
import { createOnnxRuntimeEngine } from '../reference/onnx-runtime-engine.ts';
import { makeModel, makeNode, makeValueInfo, tensorToOnnx, writeOnnx } from '../reference/onnx/model.ts';
import { preprocessSchema, type Preprocess } from '../spec/schema.ts';
import { tensor, type NamedTensors } from '../tensor/tensor.ts';
import { checkExpectedSoftmax } from './expected-softmax.ts';
import type { PreprocessingTrial } from './explain-disagreement.ts';

const place = { specFile: 'specs/two.hil.yaml', input: 'dog' };
const outputs = (...values: number[]): NamedTensors =>
  new Map([['prob', tensor('float32', [1, values.length], Float32Array.from(values))]]);
const check = (values: readonly number[], golden: NamedTensors, more: { output?: string; atol?: number } = {}) =>
  checkExpectedSoftmax(place, { values, atol: 1e-3, ...more }, golden);

// A published two-class network: what Caffe and TensorRT say, and what a board said.
const caffe = [0.958134, 0.041866];

test('a reference that agrees within atol passes', async () => {
  await expect(check(caffe, outputs(...caffe))).resolves.toBeUndefined();
  await expect(check(caffe, outputs(0.958034, 0.041966))).resolves.toBeUndefined();
});

test('the limit itself passes, the next float beyond it does not', async () => {
  await expect(check([0.5, 0.5], outputs(0.75, 0.25), { atol: 0.25 })).resolves.toBeUndefined();
  await expect(check([0.5, 0.5], outputs(0.75 + 2 ** -24, 0.25), { atol: 0.25 })).rejects.toMatchObject({
    code: 'HIL_REFERENCE_DISAGREES',
  });
});

test('a softmax that was published in float16 sums to 1.000153 and passes', async () => {
  await expect(check([0.947266, 0.052887], outputs(0.947266, 0.052887))).resolves.toBeUndefined();
});

test('a reference that disagrees is the spec’s trouble, not the board’s', async () => {
  await expect(check(caffe, outputs(0.785645, 0.2142))).rejects.toMatchObject({
    code: 'HIL_REFERENCE_DISAGREES',
    owner: 'spec',
    message:
      'specs/two.hil.yaml: for dog the reference engine gives 0.785645 / 0.2142 where the spec expects 0.958134 / 0.041866 (output prob: class 0 is off by 0.172489, atol 0.001); so the spec, its preprocessing or the model is wrong, not the board',
    hint: 'Check preprocess (channelOrder, mean, std), the model file, and the expected values.',
  });
});

test('of many classes the most probable are shown', async () => {
  const expected = [0.5, 0.25, 0.125, 0.0625, 0.0625];
  const found = outputs(0.0625, 0.25, 0.125, 0.0625, 0.5);

  await expect(check(expected, found)).rejects.toThrow(
    'gives 0.5 for class 4, 0.25 for class 1, 0.125 for class 2, … where the spec expects 0.5 for class 0, 0.25 for class 1, 0.125 for class 2, …',
  );
});

test('a reference output that is no softmax is told as such', async () => {
  await expect(check(caffe, outputs(2.5, -1))).rejects.toMatchObject({
    code: 'HIL_REFERENCE_DISAGREES',
    hint: 'The reference’s own output sums to 1.5, so it is no softmax: name the right output under expect.output, or end the network in a Softmax.',
  });
});

describe('expectations that are no softmax of the network', () => {
  test.each([
    {
      what: 'a number of classes that is the network’s plus one',
      values: [0.5, 0.25, 0.25],
      problem: 'has 3 classes, output prob (1x2) has 2',
      hint: 'One of the two may count a background class: give the probabilities of the network’s own classes.',
    },
    {
      what: 'another number of classes',
      values: [0.25, 0.25, 0.25, 0.25],
      problem: 'has 4 classes, output prob (1x2) has 2',
      hint: 'Give one probability for each class of the network, for one picture.',
    },
    {
      what: 'a wrong sum',
      values: [0.958, 0.04],
      problem: 'sums to 0.998, expected 1 within 0.001',
      hint: 'Give the probability of every class, with all digits there are.',
    },
    {
      what: 'a negative value',
      values: [-0.5, 1.5],
      problem: 'has -0.5 for class 0, which is no probability',
      hint: 'Give the values after the softmax, between 0 and 1; not scores, not percent.',
    },
    {
      what: 'a value above 1',
      values: [95.8, 4.2],
      problem: 'has 95.8 for class 0, which is no probability',
      hint: 'Give the values after the softmax, between 0 and 1; not scores, not percent.',
    },
    {
      what: 'a value that is no number',
      values: [NaN, 1],
      problem: 'has NaN for class 0, which is no probability',
      hint: 'Give the values after the softmax, between 0 and 1; not scores, not percent.',
    },
  ])('$what', async ({ values, problem, hint }) => {
    await expect(check(values, outputs(...caffe))).rejects.toMatchObject({
      code: 'HIL_EXPECT_SOFTMAX',
      owner: 'spec',
      message: `specs/two.hil.yaml: expect.softmax of dog ${problem}`,
      hint,
    });
  });

  test('no word which of several outputs is meant, or the name of none of them', async () => {
    const two = new Map([...outputs(...caffe), ['boxes', tensor('float32', [1], Float32Array.of(1))] as const]);

    await expect(check(caffe, two, { output: 'prob' })).resolves.toBeUndefined();
    await expect(check(caffe, two)).rejects.toMatchObject({
      code: 'HIL_EXPECT_SOFTMAX',
      message:
        'specs/two.hil.yaml: expect.softmax of dog does not say which of 2 outputs it means; its outputs are: prob, boxes',
      hint: 'Name one of them under expect.output.',
    });
    await expect(check(caffe, two, { output: 'softmax' })).rejects.toThrow(
      'is for output softmax, which the network has not; its outputs are: prob, boxes',
    );
  });
});

describe('when usual mistakes of the preprocessing can be tried', () => {
  const declared = preprocessSchema.parse({ channelOrder: 'bgr', mean: 128, layout: 'NCHW' });
  /** softmax(w * pixel), weights 1/64 for the first channel and -1/64 for the last, classes (w p, 0). */
  const network = writeOnnx(
    makeModel(
      {
        name: 'colour',
        nodes: [makeNode('MatMul', ['x', 'w'], ['scores']), makeNode('Softmax', ['scores'], ['prob'], { axis: { int: 1 } })],
        initializers: [
          tensorToOnnx('w', tensor('float32', [3, 2], Float32Array.of(1 / 64, 0, 0, 0, -1 / 128, 0))),
        ],
        inputs: [makeValueInfo('x', 'float32', [1, 3])],
        outputs: [makeValueInfo('prob', 'float32', [1, 2])],
      },
      { '': 13 },
    ),
  );
  /** One pixel with red 192, green 128, blue 64, prepared as a spec says. */
  const pixel = ({ channelOrder, mean, std }: Preprocess): NamedTensors => {
    const rgb = [192, 128, 64];
    const values = (channelOrder === 'rgb' ? rgb : rgb.toReversed()).map((v) => (v - Number(mean)) / Number(std));
    return new Map([['x', tensor('float32', [1, 3], Float32Array.from(values))]]);
  };
  const outputsWith = async (preprocess: Preprocess) => {
    await using model = await createOnnxRuntimeEngine().load(network, 'colour.onnx', { optimise: true });
    return await model.run(pixel(preprocess));
  };
  const sigmoid = (score: number) => 1 / (1 + Math.exp(-score));
  const checkWith = async (values: readonly number[], trial: PreprocessingTrial) =>
    checkExpectedSoftmax(place, { values, atol: 1e-4 }, await outputsWith(declared), { trial });

  // As declared: blue first, (64-128)/64 - (192-128)/128 = -1.5. Red first: 64/64 + 64/128 = 1.5.
  test('the one that gives what is expected is named', async () => {
    const expected = [sigmoid(1.5), sigmoid(-1.5)];

    await expect(checkWith(expected, { declared, outputsWith })).rejects.toMatchObject({
      code: 'HIL_REFERENCE_DISAGREES',
      message: expect.stringContaining('gives 0.182426 / 0.817574 where the spec expects 0.817574 / 0.182426') as string,
      hint: 'With channelOrder rgb the reference gives 0.817574 / 0.182426, as expected: correct `preprocess` in the spec.',
    });
  });

  // Without the mean: 64/64 - 192/128 = -0.5.
  test('a mean that should not be there is named', async () => {
    await expect(checkWith([sigmoid(-0.5), sigmoid(0.5)], { declared, outputsWith })).rejects.toMatchObject({
      hint: 'With mean 0 the reference gives 0.377541 / 0.622459, as expected: correct `preprocess` in the spec.',
    });
  });

  test('where several give what is expected, all of them are named', async () => {
    const constant = () => Promise.resolve(outputs(0.25, 0.75));

    await expect(checkWith([0.25, 0.75], { declared: { ...declared, std: 255 }, outputsWith: constant })).rejects.toMatchObject({
      hint: expect.stringMatching(
        /^With channelOrder rgb, or with mean 0, or with std 1, .* the reference gives 0\.25 \/ 0\.75/,
      ) as string,
    });
  });

  test('where none does, that is said', async () => {
    await expect(checkWith([0.01, 0.99], { declared, outputsWith })).rejects.toMatchObject({
      hint: expect.stringContaining('No single usual mistake of preprocessing') as string,
    });
  });

  test('a variant that the network cannot take is passed over', async () => {
    const input = { name: 'x', dtype: 'float32', shape: [1, 3] } as const;
    const picky = async (preprocess: Preprocess) => {
      if (preprocess.mean === 0) throw new FeedShapeError('colour.onnx', input, [1]);
      return outputsWith(preprocess);
    };

    await expect(checkWith([sigmoid(-0.5), sigmoid(0.5)], { declared, outputsWith: picky })).rejects.toMatchObject({
      code: 'HIL_REFERENCE_DISAGREES',
    });
  });

  test('a bug of ours is not taken for such a variant', async () => {
    const broken = () => Promise.reject(new InternalError('lost'));

    await expect(checkWith([0.01, 0.99], { declared, outputsWith: broken })).rejects.toMatchObject({ code: 'HIL_INTERNAL' });
  });

  test('an interruption ends the trials', async () => {
    const controller = new AbortController();
    let tried = 0;
    const interrupting = async (preprocess: Preprocess) => {
      tried++;
      controller.abort(new Error('stopped by a person'));
      return outputsWith(preprocess);
    };

    const checking = checkExpectedSoftmax(place, { values: [0.01, 0.99], atol: 1e-4 }, await outputsWith(declared), {
      trial: { declared, outputsWith: interrupting },
      signal: controller.signal,
    });

    await expect(checking).rejects.toThrow('stopped by a person');
    expect(tried).toBe(1);
  });

  test('nothing is tried where the reference agrees', async () => {
    const never = () => Promise.reject(new Error('tried'));

    await expect(checkWith([sigmoid(-1.5), sigmoid(1.5)], { declared, outputsWith: never })).resolves.toBeUndefined();
  });
});
