import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRknn, writeRknn } from '../../../harness/reference/rknn-file/rknn-file.ts';
import type { ReferenceEngine } from '../../../harness/reference/engine.ts';
import { floatToHalf, halfToFloat } from '../../../harness/tensor/half.ts';
import { VendorFailure } from '../npu.ts';
import {
  buildExample,
  engine,
  floatInput,
  loadExample,
  outputValues,
  runExample,
  type ExampleNetwork,
} from './example-model.ts';
import { personalities, type NpuPersonality } from './personality.ts';
import { createSimulatedNpu } from './simulated-npu.ts';

/** y = w * x + b on every pixel of one plane. */
const pointwise = (w: number, b: number, width = 1): ExampleNetwork => ({
  input: [1, 1, 1, width],
  nodes: [{ op: 'Conv', in: ['data', 'w', 'b'], out: 'y' }],
  constants: { w: { shape: [1, 1, 1, 1], values: [w] }, b: { shape: [1], values: [b] } },
});

/** Means of neighbours in a row of four. */
const meanOfTwo: ExampleNetwork = {
  input: [1, 1, 1, 4],
  nodes: [
    {
      op: 'AveragePool',
      in: ['data'],
      out: 'y',
      attributes: { kernel_shape: { ints: [1, 2] }, strides: { ints: [1, 2] } },
    },
  ],
};

describe('float16 models', () => {
  test('weights and outputs are halves', async () => {
    const model = await buildExample(pointwise(5 / 3, 0, 2));

    const { values } = await runExample(model, [1, 3]);

    // 5/3 is stored as 1.6669921875; 3 times that is 5.0009765625, and halves above 4 are 2^-8 apart: 5.
    expect(values).toEqual([1.666_992_187_5, 5]);
  });

  test('the older converters cut weights off', async () => {
    const network = pointwise(5 / 3, 0);
    const weightOf = async (toolkit: string) =>
      (await runExample(await buildExample(network, { toolkit }), [1])).values;

    expect(await weightOf('1.6.1')).toEqual([1.666_015_625]);
    expect(await weightOf('1.7.1')).toEqual([1.666_015_625]);
    expect(await weightOf('1.7.5')).toEqual([1.666_992_187_5]);
  });

  // 1 + 2^-11 lies half-way between the halves 1 and 1 + 2^-10. The bias is a little more than 2^-11, but less than
  // half a step of its own as a half: as float16 it is 2^-11, and the tie goes to the even half 1.
  test('biases are float16 in the older runtimes and float32 in the newest', async () => {
    const model = await buildExample(pointwise(1, 2 ** -11 * (1 + 2 ** -12)));

    expect((await runExample(model, [1], personalities['1.5.0'])).values).toEqual([1]);
    expect((await runExample(model, [1], personalities['1.6.1'])).values).toEqual([1]);
    expect((await runExample(model, [1], personalities['1.7.5'])).values).toEqual([1 + 2 ** -10]);
  });

  test.each([7, 13])(
    'an overflow becomes infinity, or 65504 where the personality saturates, opset %i',
    async (opset) => {
      const model = await buildExample({ ...pointwise(2, 0, 2), opset });
      const { arithmetic, ...rest } = personalities['1.7.5'];
      const saturating = { ...rest, arithmetic: { ...arithmetic, float16Overflow: 'saturate' } } as const;

      expect((await runExample(model, [40_000, -40_000])).values).toEqual([Infinity, -Infinity]);
      expect((await runExample(model, [40_000, -40_000], saturating)).values).toEqual([65_504, -65_504]);
    },
  );

  test('every layer’s output is rounded, not only the last', async () => {
    // 2048 + 1 is no half; the next ones are 2048 (even) and 2050. So adding 1 and taking 2048 away gives 0.
    const model = await buildExample({
      input: [1, 1, 1, 2],
      nodes: [
        { op: 'Relu', in: ['data'], out: 'r' },
        { op: 'Add', in: ['r', 'one'], out: 's' },
        { op: 'Sub', in: ['s', 'large'], out: 'y' },
      ],
      constants: { one: { shape: [], values: [1] }, large: { shape: [], values: [2048] } },
    });

    expect((await runExample(model, [2048, 2050])).values).toEqual([0, 4]);
  });

  test('of a fused layer only the last output is rounded', async () => {
    // Inside: 2048 + 1 - 2049 = 0 for the first channel, which rounding before the bias is folded would make -1.
    const model = await buildExample({
      input: [1, 1, 1, 1],
      nodes: [
        { op: 'Conv', in: ['data', 'w'], out: 'c' },
        { op: 'Add', in: ['c', 'b'], out: 's' },
        { op: 'Relu', in: ['s'], out: 'y' },
      ],
      constants: {
        w: { shape: [1, 1, 1, 1], values: [3] },
        b: { shape: [1, 1, 1], values: [-2046] },
      },
    });

    // 3 * 683 = 2049 lies between the halves 2048 and 2050; unrounded inside, it gives 2049 - 2046 = 3.
    expect((await runExample(model, [683])).values).toEqual([3]);
  });

  test('all layer outputs lie on the float16 grid, for any weights and inputs', async () => {
    const finite = fc.float({ noNaN: true, min: -100, max: 100 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(finite, { minLength: 8, maxLength: 8 }),
        fc.array(finite, { minLength: 4, maxLength: 4 }),
        async (weights, input) => {
          const model = await buildExample({
            input: [1, 2, 1, 2],
            nodes: [
              { op: 'Conv', in: ['data', 'w', 'b'], out: 'c' },
              { op: 'Sigmoid', in: ['c'], out: 's' },
              { op: 'Mul', in: ['c', 's'], out: 'm' },
              { op: 'Softmax', in: ['m'], out: 'y', attributes: { axis: { int: 1 } } },
            ],
            constants: {
              w: { shape: [3, 2, 1, 1], values: weights.slice(0, 6) },
              b: { shape: [3], values: [...weights.slice(6), 0] },
            },
          });
          const { context, print } = await loadExample(model);
          await using _ = context;

          const layers = await context.layers([floatInput(input)], print);

          expect(layers).toHaveLength(4);
          for (const { tensor } of layers) {
            const values = [...tensor.data].map(Number);
            expect(values).toEqual(values.map((value) => halfToFloat(floatToHalf(value))));
          }
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe('u8 models', () => {
  // Calibrated with 0 and 255 everywhere: scale 1 and zero point 0 for input and output.
  const wholeRange = [
    [0, 0, 0, 0],
    [255, 255, 255, 255],
  ];

  test('a tie goes to the even code in 1.5.0 and away from zero in the others', async () => {
    const model = await buildExample(meanOfTwo, {}, wholeRange);

    // Means 0.5 and 2.5.
    expect((await runExample(model, [0, 1, 2, 3], personalities['1.5.0'])).codes).toEqual([0, 2]);
    expect((await runExample(model, [0, 1, 2, 3], personalities['1.6.1'])).codes).toEqual([1, 3]);
    expect((await runExample(model, [0, 1, 2, 3], personalities['1.7.5'])).codes).toEqual([1, 3]);
  });

  test('a negative tie goes away from zero, not up', async () => {
    // -128..127 gives scale 1 and zero point 128; the means are -0.5 and -2.5, so the codes -1 + 128 and -3 + 128.
    const model = await buildExample(meanOfTwo, {}, [
      [-128, -128, -128, -128],
      [127, 127, 127, 127],
    ]);

    expect((await runExample(model, [-1, 0, -3, -2], personalities['1.5.0'])).codes).toEqual([128, 126]);
    expect((await runExample(model, [-1, 0, -3, -2], personalities['1.7.5'])).codes).toEqual([127, 125]);
  });

  test('a convolution gives the codes worked out by hand', async () => {
    // Weights 2 and -1: scale 3/255, zero point 85, both exact. Bias 3. Output 0..513: scale 513/255 = 2.01176.
    const network: ExampleNetwork = {
      input: [1, 2, 1, 2],
      nodes: [
        { op: 'Conv', in: ['data', 'w', 'b'], out: 'c' },
        { op: 'Relu', in: ['c'], out: 'y' },
      ],
      constants: {
        w: { shape: [1, 2, 1, 1], values: [2, -1] },
        b: { shape: [1], values: [3] },
      },
    };
    const model = await buildExample(network, {}, [[255, 0, 0, 255]]);

    const { codes, values } = await runExample(model, [10, 200, 4, 7]);

    // 2 * 10 - 4 + 3 = 19 -> 9.44; 2 * 200 - 7 + 3 = 396 -> 196.84
    expect(codes).toEqual([9, 197]);
    expect(values[0]).toBeCloseTo(9 * 2.011_765, 4);
  });

  test('what is beyond the calibrated range saturates', async () => {
    const model = await buildExample(meanOfTwo, {}, [[0, 0, 100, 100]]);

    expect((await runExample(model, [200, 200, 0, 0])).codes).toEqual([255, 0]);
  });

  test('a softmax stays float16', async () => {
    const model = await buildExample(
      { input: [1, 2], nodes: [{ op: 'Softmax', in: ['data'], out: 'y' }] },
      {},
      [[0, 1]],
    );
    const { context } = await loadExample(model);
    await using _ = context;

    expect(context.inputs[0]).toMatchObject({ dtype: 'uint8' });
    expect(context.outputs[0]).toMatchObject({ dtype: 'float16', quantisation: { kind: 'none' } });
  });

  test('bytes through the runtime’s raw copy are the bytes passed through', async () => {
    const model = await buildExample(pointwise(1, 0, 4), { mean_values: [[128]], std_values: [[1]] }, [
      [-128, 127, 0, 0],
    ]);
    const { context, print } = await loadExample(model);
    await using _ = context;
    const bytes = Uint8Array.of(0, 1, 128, 255);
    const declared = { index: 0, bytes, dtype: 'uint8', layout: 'NHWC', sizeBytes: 4 } as const;

    const converted = await context.run([{ ...declared, passThrough: false }], print);
    const passed = await context.run([{ ...declared, passThrough: true }], print);

    expect(outputValues(converted)).toEqual([-128, -127, 0, 127]);
    expect(outputValues(passed)).toEqual(outputValues(converted));
  });
});

describe('dynamic fixed point models', () => {
  test('i8 rounds half to even on a grid of powers of two', async () => {
    // Largest magnitude 64 in and out: fl 1, steps of a half.
    const model = await buildExample(meanOfTwo, { quantized_dtype: 'dynamic_fixed_point-i8' }, [
      [64, 64, -64, -64],
    ]);

    // Means 0.25 and 0.75 are 0.5 and 1.5 steps; 0 and 2 are even.
    expect((await runExample(model, [0, 0.5, 0.5, 1])).codes).toEqual([0, 2]);
    expect((await runExample(model, [100, 100, -100, -100])).codes).toEqual([127, -128]);
  });

  test('i16 has 256 times finer steps', async () => {
    const model = await buildExample(meanOfTwo, { quantized_dtype: 'dynamic_fixed_point-i16' }, [
      [64, 64, -64, -64],
    ]);

    expect((await runExample(model, [0, 0.5, 0.5, 1])).codes).toEqual([128, 384]);
  });
});

describe('init', () => {
  const fp16 = buildExample(pointwise(1, 0));
  const banner = personalities['1.7.5'].apiVersion;
  const initWith = async (bytes: Uint8Array, personality: NpuPersonality = personalities['1.7.5']) => {
    const log: string[] = [];
    const outcome = await createSimulatedNpu({ engine, personality })
      .init(bytes, (line) => log.push(line))
      .then(
        () => 0,
        (error: unknown) => {
          if (error instanceof VendorFailure && error.call === 'rknn_init') return error.status;
          throw error;
        },
      );
    return { outcome, log };
  };
  const edited = async (change: object) => {
    const { payload, trailer } = readRknn(await fp16, 'example');
    return writeRknn({ payload, trailer: { ...trailer, ...change } });
  };

  test('a good model prints the banner and nothing else', async () => {
    expect(await initWith(await fp16)).toEqual({ outcome: 0, log: [banner] });
  });

  test('an empty model', async () => {
    expect(await initWith(new Uint8Array())).toEqual({
      outcome: -6,
      log: [banner, 'model is null or size == 0'],
    });
  });

  test('another magic', async () => {
    const bytes = (await fp16).slice();
    bytes[0] = 0;

    expect(await initWith(bytes)).toEqual({
      outcome: -6,
      log: [banner, 'Invalid RKNN model:1313753856 vs 1313753938', 'Create RKNN model fail, error=-6'],
    });
  });

  test('a length that is not the header’s', async () => {
    const bytes = await fp16;

    expect(await initWith(bytes.subarray(0, -1))).toEqual({
      outcome: -6,
      log: [
        banner,
        `Invalid RKNN model need_size=${bytes.length} size=${bytes.length - 1}`,
        'Create RKNN model fail, error=-6',
      ],
    });
  });

  test.each([
    [
      'means and stds of different number',
      { mean_value: [0, 0, 0] },
      -6,
      'the number of mean value must be equal to std value ,but 3 vs 1.',
    ],
    [
      'another platform',
      { target_platform: ['hil-virtual-rk1808', 'RK1808'] },
      -13,
      'rknn model target platform[1] is RK1808, while current platform is HIL-VIRTUAL-RK1808',
    ],
    [
      'precompiled for another driver',
      { pre_compile: 1 },
      -11,
      'This RKNN model use pre_compile mode, but not compatible with current driver.',
    ],
    [
      'an optimisation level format of tomorrow',
      { optimization_level_version: 1 },
      -12,
      'This RKNN model has set optimization level, but not compatible with current driver.',
    ],
    [
      'a model without a section for the virtual board',
      { hil_virtual: undefined },
      -6,
      'virtual board: the model was not built for it; build one with: npx hil virtual build-model',
    ],
  ])('%s', async (_name, change, status, line) => {
    expect(await initWith(await edited(change))).toEqual({
      outcome: status,
      log: [banner, line, `Create RKNN model fail, error=${status}`],
    });
  });

  test('a normal model on a mini driver, and a precompiled one', async () => {
    const mini = { ...personalities['1.7.5'], miniDriver: true };

    expect(await initWith(await fp16, mini)).toEqual({
      outcome: -14,
      log: [
        banner,
        'This RKNN model is not a pre-compiled model, but the npu driver is mini driver.',
        'Mini driver only support rknn models with pre-compiled mode.',
        'Create RKNN model fail, error=-14',
      ],
    });
    expect(await initWith(await edited({ pre_compile: 1, pre_compile_version: 1 }), mini)).toMatchObject({
      outcome: 0,
    });
  });

  test('a payload that was exchanged', async () => {
    const { trailer } = readRknn(await fp16, 'example');
    const other = readRknn(await buildExample(meanOfTwo), 'other');

    const { outcome, log } = await initWith(
      writeRknn({ payload: other.payload, trailer: { ...trailer, const_tensor: [], connection: [] } }),
    );

    expect(outcome).toBe(-6);
    expect(log[1]).toBe('virtual board: input data is 1x1x1x4 in the payload and 1x1x1x1 in the description');
  });

  test('no damage of a model is answered with anything but a vendor code', async () => {
    const good = await fp16;
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), async (position, value) => {
        const bytes = good.slice();
        bytes[position] = value;

        const { outcome } = await initWith(bytes);

        expect([0, -1, -6, -11, -12, -13]).toContain(outcome);
      }),
      { numRuns: 300 },
    );
  });
});

describe('inputs', () => {
  test('an index that the model has not is refused', async () => {
    const { context, print } = await loadExample(await buildExample(pointwise(1, 0)));
    await using _ = context;

    await expect(context.run([{ ...floatInput([1]), index: 1 }], print)).rejects.toMatchObject({
      call: 'rknn_inputs_set',
      status: -1,
    });
  });

  test('an element type that the vendor has not is refused', async () => {
    const { context, print } = await loadExample(await buildExample(pointwise(1, 0)));
    await using _ = context;

    await expect(context.run([{ ...floatInput([1]), dtype: 'int64' }], print)).rejects.toMatchObject({
      call: 'rknn_inputs_set',
      status: -8,
    });
  });

  test('an input that is not set keeps what it held', async () => {
    const { context, print } = await loadExample(await buildExample(pointwise(1, 0)));
    await using _ = context;

    await context.run([floatInput([7])], print);
    const again = await context.run([], print);

    expect(outputValues(again)).toEqual([7]);
  });

  test('may be set before the run, and the last one counts', async () => {
    const { context, print } = await loadExample(await buildExample(pointwise(1, 0)));
    await using _ = context;

    await context.setInputs([floatInput([7])], print);
    await context.setInputs([floatInput([9])], print);
    await context.setInputs([], print);

    expect(outputValues(await context.run([], print))).toEqual([9]);
  });
});

test('an input may be a single number', async () => {
  const model = await buildExample({ input: [], nodes: [{ op: 'Abs', in: ['data'], out: 'y' }] });

  expect((await runExample(model, [-3])).values).toEqual([3]);
});

test('a known deviation can be injected into one layer or into all', async () => {
  const network: ExampleNetwork = {
    input: [1, 1, 1, 1],
    nodes: [
      { op: 'Relu', in: ['data'], out: 'first' },
      { op: 'Sqrt', in: ['first'], out: 'second' },
    ],
  };
  const model = await buildExample(network);
  const withFault = (fault: NpuPersonality['fault']) => ({ ...personalities['1.7.5'], fault });

  // Halves between 8 and 16 are 2^-7 apart: 1.5 * sqrt(64) = 12, sqrt(1.5 * 64) = 9.798 -> 9.796875.
  const last = await runExample(model, [64], withFault({ kind: 'scale', layer: 'second', amount: 0.5 }));
  const first = await runExample(model, [64], withFault({ kind: 'scale', layer: 'first', amount: 0.5 }));
  const offset = await runExample(model, [64], withFault({ kind: 'offset', layer: '*', amount: 36 }));

  expect(last.values).toEqual([12]);
  expect(first.values).toEqual([9.796_875]);
  expect(offset.values).toEqual([46]);
});

test('an injected deviation is told in the log', async () => {
  const fault = { kind: 'scale', layer: 'y', amount: 0.005 } as const;
  const npu = createSimulatedNpu({ engine, personality: { ...personalities['1.7.5'], fault } });
  const printed: string[] = [];

  await using _ = await npu.init(await buildExample(pointwise(2, 0)), (line) => printed.push(line));

  expect(printed).toContain(
    'virtual board: wrong on purpose: the output of the layer y, if there is one, is multiplied by 1.005 before it is rounded',
  );
});

test('one network runs at a time, however many contexts there are', async () => {
  let running = 0;
  let most = 0;
  const counting: ReferenceEngine = {
    ...engine,
    async load(bytes, origin, options) {
      const model = await engine.load(bytes, origin, options);
      return {
        inputs: model.inputs,
        outputs: model.outputs,
        async run(feeds) {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setImmediate(resolve));
          const results = await model.run(feeds);
          running--;
          return results;
        },
        [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
      };
    },
  };
  const npu = createSimulatedNpu({ engine: counting, personality: personalities['1.7.5'] });
  const model = await buildExample(pointwise(2, 0));
  const print = () => undefined;
  await using first = await npu.init(model, print);
  await using second = await npu.init(model, print);

  const runs = await Promise.all(
    [1, 2, 3].flatMap((x) => [first, second].map((each) => each.run([floatInput([x])], print))),
  );

  expect(most).toBe(1);
  expect(runs.map((run) => outputValues(run)[0])).toEqual([2, 2, 4, 4, 6, 6]);
});
