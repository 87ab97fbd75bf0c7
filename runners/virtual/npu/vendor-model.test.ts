import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { BoardInput } from '../../../harness/board/session.ts';
import { readRknn, writeRknn } from '../../../harness/reference/rknn-file/rknn-file.ts';
import { floatToHalf, halfUlpDistance } from '../../../harness/tensor/half.ts';
import type { VendorFailure } from '../npu.ts';
import { loadExample, outputValues } from './example-model.ts';
import { personalities } from './personality.ts';

// Small files in the vendor's layout, and what independent integer networks answer: see the script beside them.
const fixtures = new URL('../../../harness/reference/rknn/fixtures/', import.meta.url);
const read = (name: string) => new Uint8Array(readFileSync(new URL(name, fixtures)));
const answers = JSON.parse(new TextDecoder().decode(read('answers.json'))) as {
  readonly planes: readonly number[];
  readonly formats: Readonly<
    Record<'u8' | 'i8', { readonly input: readonly number[]; readonly prob: readonly number[] }>
  >;
};

/** The picture as planes of unsigned bytes: the files subtract 128 themselves. */
const picture: BoardInput = {
  index: 0,
  bytes: Uint8Array.from(answers.planes, (value) => value + 128),
  dtype: 'uint8',
  layout: 'NCHW',
  passThrough: false,
  sizeBytes: answers.planes.length,
};
const note = 'virtual board: the file is computed by a model of the NPU, not by hardware';

const edited = (name: string, change: object) => {
  const { payload, trailer } = readRknn(read(name), name);
  return writeRknn({ payload, trailer: { ...trailer, ...change } });
};

describe('a file of the vendor’s toolkit', () => {
  test('has the attributes that a runtime answers with', async () => {
    const { context, log } = await loadExample(read('small_u8.rknn'));
    await using _ = context;

    expect(context.inputs).toEqual([
      {
        index: 0,
        name: 'data_0_14',
        shape: [1, 3, 12, 12],
        dtype: 'uint8',
        layout: 'NCHW',
        quantisation: { kind: 'affine', scale: 1, zp: 128 },
        sizeBytes: 432,
      },
    ]);
    expect(context.outputs).toEqual([
      {
        index: 0,
        name: 'Softmax_prob/out0_0',
        shape: [1, 5],
        dtype: 'float16',
        layout: 'NCHW',
        quantisation: { kind: 'none' },
        sizeBytes: 10,
      },
    ]);
    expect(log).toEqual([personalities['1.7.5'].apiVersion, note]);
  });

  test.each([
    ['with std_value', 'u8'],
    ['of the generation without std_value', 'i8'],
  ] as const)('%s answers a picture as the independent integer network does', async (_, format) => {
    const { context, print } = await loadExample(read(`small_${format}.rknn`));
    await using __ = context;

    const found = outputValues(await context.run([picture], print));

    const steps = found.map((value, i) =>
      halfUlpDistance(floatToHalf(value), floatToHalf(answers.formats[format].prob[i]!)),
    );
    expect(Math.max(...steps)).toBeLessThanOrEqual(1);
  });

  test('dumps its fused layers under the names that drivers give', async () => {
    const { context, print } = await loadExample(read('small_u8.rknn'));
    await using _ = context;

    const names = (await context.layers([picture], print)).map(({ name }) => name);

    // 13 nodes: what is fused or built anew counts on from there; the reshape is a view and not run.
    expect(names).toEqual([
      'NodeID_13_ConvolutionReluPoolingLayer2_w_6_h_6_d_8_batchID_0_out_0.txt',
      'NodeID_14_ConvolutionReluPoolingLayer2_w_6_h_6_d_8_batchID_0_out_0.txt',
      'NodeID_15_ConvolutionReluPoolingLayer2_w_6_h_6_d_8_batchID_0_out_0.txt',
      'NodeID_16_TensorAdd_w_6_h_6_d_8_batchID_0_out_0.txt',
      'NodeID_8_TensorConcat_w_6_h_6_d_16_batchID_0_out_0.txt',
      'NodeID_9_PoolingLayer2_w_1_h_1_d_16_batchID_0_out_0.txt',
      'NodeID_17_FullyConnectedReluLayer_w_5_h_1_d_1_batchID_0_out_0.txt',
      'NodeID_12_SoftMax2_w_5_h_1_d_1_batchID_0_out_0.txt',
    ]);
  });

  test('takes a deviation that a check is to notice', async () => {
    const clean = await loadExample(read('small_u8.rknn'));
    const fault = { kind: 'scale', layer: 'Fc_class_2', amount: 0.2 } as const;
    const faulty = await loadExample(read('small_u8.rknn'), { ...personalities['1.7.5'], fault });
    await using _ = clean.context;
    await using __ = faulty.context;

    const [right, wrong] = await Promise.all(
      [clean, faulty].map(async ({ context, print }) => outputValues(await context.run([picture], print))),
    );

    expect(wrong![1]! - right![1]!).toBeGreaterThan(0.02);
  });
});

describe('the loader', () => {
  const outcomeOf = async (bytes: Uint8Array) => {
    try {
      const { context, log } = await loadExample(bytes);
      await context[Symbol.asyncDispose]();
      return { status: 0, log };
    } catch (error) {
      return { status: (error as VendorFailure).status, log: [] };
    }
  };

  test('computes files for related chips, and says that a board would not', async () => {
    const { status, log } = await outcomeOf(edited('small_u8.rknn', { target_platform: ['RV1109'] }));

    expect(status).toBe(0);
    expect(log).toContain('virtual board: the model is for RV1109; an RK1808 would refuse it with -13');
  });

  test.each([
    ['of another product line', { target_platform: ['RK3566'] }, -13],
    ['that is pre-compiled, whose code only a chip can run', { pre_compile: 1, pre_compile_version: 1 }, -6],
    ['with an operator that is not supported', { nodes: [] }, -6],
  ])('refuses a file %s', async (_, change, status) => {
    expect(await outcomeOf(edited('small_u8.rknn', change))).toMatchObject({ status });
  });
});

const squeezenet = fileURLToPath(
  new URL('../../../../shared/data/models/rknn/squeezenet_v1.1_u8_rv1109_toolkit1.7.1.rknn', import.meta.url),
);

test('the vendor’s SqueezeNet in u8 loads with its own attributes', async ({ skip }) => {
  skip(!existsSync(squeezenet), '../shared/data, which is not part of the repository, is absent');
  const { context } = await loadExample(new Uint8Array(readFileSync(squeezenet)));
  await using _ = context;

  expect(context.inputs[0]).toMatchObject({ shape: [1, 3, 224, 224], quantisation: { scale: 1, zp: 0 } });
  expect(context.outputs[0]).toMatchObject({ shape: [1, 1000, 1, 1], dtype: 'float16' });
});
