import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { importCaffe } from '../../../harness/reference/caffe/import-caffe.ts';
import { writeOnnx } from '../../../harness/reference/onnx/model.ts';
import { readRknn } from '../../../harness/reference/rknn-file/rknn-file.ts';
import { decodeNpy } from '../../../harness/tensor/npy.ts';
import { engine, floatInput, loadExample, outputValues } from '../npu/example-model.ts';
import { buildVirtualModel } from './build-model.ts';
import { parseConverterConfig } from './converter-config.ts';

/** Converts a Caffe network in float16. */
const convert = (prototxt: Uint8Array, caffemodel: Uint8Array, config: object = {}) =>
  buildVirtualModel({
    onnx: writeOnnx(
      importCaffe(
        { bytes: prototxt, origin: 'net.prototxt' },
        { bytes: caffemodel, origin: 'net.caffemodel' },
      ),
    ),
    framework: 'caffe',
    origin: 'net.prototxt',
    name: 'net',
    config: parseConverterConfig({ do_quantization: false, ...config }, 'net.yaml'),
    dataset: [],
    engine,
  });

/** Largest difference, as a share of the larger of 1 and the expected value; NaN counts as infinitely far. */
const farthest = (actual: readonly number[], expected: readonly number[]) =>
  expected.reduce((worst, value, i) => {
    const difference = Math.abs(actual[i]! - value) / Math.max(1, Math.abs(value));
    return difference <= worst ? worst : Number.isNaN(difference) ? Infinity : difference;
  }, 0);

describe('a Caffe layer on the virtual board', () => {
  interface Values {
    readonly values: readonly number[];
  }

  const fixtures = new URL('../../../harness/reference/caffe/fixtures/', import.meta.url);
  const cases = JSON.parse(readFileSync(new URL('layers.json', fixtures), 'utf8')) as readonly {
    readonly name: string;
    readonly prototxt: string;
    readonly caffemodel: string;
    readonly inputs: Readonly<Record<string, Values>>;
    readonly outputs: Readonly<Record<string, Values>>;
  }[];

  test.each(cases)('computes $name, but for float16', async ({ prototxt, caffemodel, inputs, outputs }) => {
    const feeds = Object.values(inputs);
    const model = await convert(Buffer.from(prototxt), Buffer.from(caffemodel, 'base64'), {
      reorder_channel: feeds.map(() => '0 1 2').join('#'),
    });
    const { context, print } = await loadExample(model);
    await using _ = context;

    const run = await context.run(
      feeds.map(({ values }, index) => ({ ...floatInput([...values]), index })),
      print,
    );

    for (const [i, output] of run.outputs.entries()) {
      const name = context.outputs[i]!.name;
      expect(farthest(outputValues({ ...run, outputs: [output] }), outputs[name]!.values)).toBeLessThan(5e-3);
    }
  });

  test('is listed under its own name, with uids that count up from the input, and three channels are swapped unless the config says not to', async () => {
    const files = ['small-net.prototxt', 'small-net.caffemodel'].map((name) =>
      readFileSync(new URL(name, fixtures)),
    );
    const describeWith = async (config: object) =>
      readRknn(await convert(files[0]!, files[1]!, config), 'net.rknn').trailer;

    const silent = await describeWith({ mean_values: [[104, 117, 123]] });
    const told = await describeWith({ reorder_channel: '0 1 2' });

    expect([silent.reorder, silent.mean_value]).toEqual([
      [2, 1, 0],
      [104, 117, 123],
    ]);
    expect(told.reorder).toEqual([0, 1, 2]);
    expect(silent.nodes!.map(({ lid }) => lid)).toEqual([
      'conv1_1',
      'relu1_2',
      'pool1_3',
      'fc1/flatten_4',
      'fc1_5',
      'prob_6',
    ]);
  });
});

const shared = fileURLToPath(new URL('../../../../shared/data', import.meta.url));

describe.skipIf(!existsSync(shared))(
  'published Caffe networks on the virtual board (../shared/data is absent: skipped)',
  () => {
    const read = (path: string) => readFileSync(`${shared}/${path}`);
    const index = existsSync(shared)
      ? (JSON.parse(read('reference/index.json').toString()) as {
          readonly model: string;
          readonly input: { readonly file: string };
          readonly outputs: readonly { readonly name: string; readonly file: string }[];
        }[])
      : [];

    test.each([
      'lenet_mnist',
      'cifar10_quick_v1',
      'mtcnn_det1',
      'mtcnn_det2',
      'mtcnn_det3',
      'squeezenet_v1.1',
    ])('%s in float16 gives the published probabilities', async (name) => {
      const model = await convert(
        read(`models/caffe/${name}.prototxt`),
        read(`models/caffe/${name}.caffemodel`),
        {
          reorder_channel: '0 1 2',
        },
      );
      const { context, print } = await loadExample(model);
      await using _ = context;
      const entries = index.filter((entry) => entry.model === `models/caffe/${name}.caffemodel`);

      for (const { input, outputs } of entries) {
        const run = await context.run(
          [floatInput([...decodeNpy(read(input.file), input.file).data].map(Number))],
          print,
        );

        const at = context.outputs.findIndex((output) => output.name === outputs[0]!.name);
        const expected = [...decodeNpy(read(outputs[0]!.file), outputs[0]!.file).data].map(Number);
        // Published for float16 on an RK1808: 0.011.
        expect(farthest(outputValues({ ...run, outputs: [run.outputs[at]!] }), expected)).toBeLessThan(0.011);
      }
      expect(entries.length).toBeGreaterThan(0);
    });
  },
);
