import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HilError } from '../../hil-error.ts';
import { decodePicture } from '../../input/decode-picture.ts';
import { floatsToHalves, halvesToFloats } from '../../tensor/half.ts';
import { tensor } from '../../tensor/tensor.ts';
import { writeOnnx } from '../onnx/model.ts';
import { createOnnxRuntimeEngine } from '../onnx-runtime-engine.ts';
import { joinContainer } from '../rknn-file/container.ts';
import { writeRknn } from '../rknn-file/rknn-file.ts';
import { exampleRknn, exampleRknnFile, i32, u8, type ExampleRknn } from './example-file.ts';
import { importRknn } from './import-rknn.ts';

const engine = createOnnxRuntimeEngine();

/** One 1x1 convolution with ReLU: y = relu(2 * x - 3) in steps of 0.5 and 1. */
const example: ExampleRknn = {
  inputs: [{ name: 'data', shape: [1, 1, 2, 2], storage: u8(0.5, 10) }],
  nodes: [
    {
      name: 'Conv_c_2',
      op: 'CONV2D',
      nn: {
        conv2d: {
          ksize: [1, 1],
          weights: 1,
          stride: [1, 1],
          pad: [0, 0, 0, 0],
          group: 1,
          dilation: [1, 1],
          multiplier: 0,
        },
      },
      inputs: [
        'data',
        { codes: tensor('uint8', [1, 1, 1, 1], Uint8Array.of(12)), storage: u8(0.25, 4) },
        { codes: tensor('int32', [1], Int32Array.of(-24)), storage: i32(0.125) },
      ],
      outputs: [u8(8, 100)],
    },
    { name: 'Relu_c_1', op: 'RELU', inputs: ['Conv_c_2'], outputs: [u8(1, 0)] },
  ],
  outputs: [{ from: 'Relu_c_1', shape: [1, 1, 2, 2] }],
};
const withNode = (index: number, change: Partial<ExampleRknn['nodes'][number]>): ExampleRknn => ({
  ...example,
  nodes: example.nodes.map((node, i) => (i === index ? { ...node, ...change } : node)),
});

/** Both nodes have the same name in the file. */
const twins: ExampleRknn = {
  ...example,
  trailer: { nodes: exampleRknnFile(example).trailer.nodes!.map((node) => ({ ...node, lid: 'Conv_c_2' })) },
};

async function run(
  file: Uint8Array,
  codes: readonly number[],
): Promise<{ float: number[]; converted: number[] }> {
  const imported = importRknn(file, 'example.rknn');
  const [attribute] = imported.inputs;
  const { scale, zp } = attribute!.quantisation as { scale: number; zp: number };
  const shape = attribute!.shape;
  const outputs: number[][] = [];
  for (const [model, input] of [
    [
      imported.floatNetwork(),
      tensor(
        'float32',
        shape,
        Float32Array.from(codes, (code) => (code - zp) * scale),
      ),
    ],
    [imported.convertedNetwork(), tensor('uint8', shape, Uint8Array.from(codes))],
  ] as const) {
    await using network = await engine.load(writeOnnx(model), 'example', {
      optimise: true,
      exactGraph: true,
    });
    const results = await network.run(new Map([[network.inputs[0]!.name, input]]));
    outputs.push(Array.from([...results.values()][0]!.data, Number));
  }
  return { float: outputs[0]!, converted: outputs[1]! };
}

describe('a small file', () => {
  test('is computed with decoded weights, and as an integer network', async () => {
    const { float, converted } = await run(exampleRknn(example), [10, 13, 14, 255]);

    // Codes 10, 13, 14, 255 are 0, 1.5, 2, 122.5; 2x - 3 is -3, 0, 1, 242, and nothing is lost in steps of 1.
    expect(float).toEqual([0, 0, 1, 242]);
    expect(converted).toEqual([0, 0, 1, 242]);
  });

  test('rounds once where the driver fuses, and after each tensor where it is told not to', () => {
    const rounds = (fusion: 'driver' | 'none') =>
      importRknn(exampleRknn(example), 'example.rknn', { arithmetic: { fusion } })
        .convertedNetwork()
        .graph.node.filter(({ opType }) => opType === 'Floor').length;

    expect(rounds('driver')).toBe(1);
    expect(rounds('none')).toBe(2);
  });

  test('says what is stored where, and what is fused', () => {
    const { layers, storages, inputs, outputs } = importRknn(exampleRknn(example), 'example.rknn');

    expect(layers).toEqual([
      {
        nodes: [0, 1],
        ops: ['CONV2D', 'RELU'],
        moves: false,
        outputs: [{ name: 'Relu_c_1', shape: [1, 1, 2, 2], storage: u8(1, 0) }],
      },
    ]);
    expect(storages.get('Conv_c_2')).toEqual(u8(8, 100));
    expect(inputs[0]).toMatchObject({ name: 'data', shape: [1, 1, 2, 2], ...u8(0.5, 10) });
    expect(outputs[0]).toMatchObject({ name: 'Relu_c_1/out0', ...u8(1, 0) });
  });

  test('shows layers as real values on request', async () => {
    const model = importRknn(exampleRknn(example), 'example.rknn').convertedNetwork({ reveal: ['Relu_c_1'] });
    await using network = await engine.load(writeOnnx(model), 'example', {
      optimise: true,
      exactGraph: true,
    });

    const input = tensor('uint8', [1, 1, 2, 2], Uint8Array.of(10, 13, 14, 255));
    const outputs = await network.run(new Map([['data', input]]));

    expect([...outputs.get('Relu_c_1')!.data]).toEqual([0, 0, 1, 242]);
  });

  test('is wrong on purpose where a fault is injected', async () => {
    const model = importRknn(exampleRknn(example), 'example.rknn').convertedNetwork({
      fault: { kind: 'offset', layer: 'Relu_c_1', amount: 5 },
    });
    await using network = await engine.load(writeOnnx(model), 'example', {
      optimise: true,
      exactGraph: true,
    });

    const input = tensor('uint8', [1, 1, 2, 2], Uint8Array.of(10, 13, 14, 200));
    const [codes] = [...(await network.run(new Map([['data', input]]))).values()];

    expect([...codes!.data]).toEqual([5, 5, 6, 192]);
  });
});

describe('what cannot be computed', () => {
  const message = (file: ExampleRknn) => {
    try {
      importRknn(exampleRknn(file), 'team.rknn');
    } catch (error) {
      return (error as HilError).message;
    }
    return 'nothing was thrown';
  };

  test.each<[string, ExampleRknn, RegExp]>([
    [
      'an operator nobody knows',
      withNode(1, { op: 'HARD_SWISH' }),
      /node Relu_c_1 \(HARD_SWISH\) is an operator/,
    ],
    [
      'a missing parameter',
      withNode(0, { nn: { conv2d: {} } }),
      /Conv_c_2 \(CONV2D\) has no parameter stride/,
    ],
    ['no weights', withNode(0, { inputs: ['data'] }), /Conv_c_2 \(CONV2D\) has nothing at input 1/],
    ['computed weights', withNode(0, { inputs: ['data', 'Relu_c_1'] }), /loop/],
    [
      'an input that nothing makes',
      withNode(1, { inputs: ['Conv_c_2:3'] }),
      /reads output 3 of node Conv_c_2/,
    ],
    [
      'biases of another scale',
      withNode(0, {
        inputs: [
          ...example.nodes[0]!.inputs.slice(0, 2),
          { codes: tensor('int32', [1], Int32Array.of(1)), storage: i32(0.5) },
        ],
      }),
      /biases of scale 0.5, but input scale times weight scale is 0.125/,
    ],
    [
      'weights of another shape',
      withNode(0, {
        inputs: ['data', { codes: tensor('uint8', [1, 2, 1, 1], Uint8Array.of(1, 2)), storage: u8(1, 0) }],
      }),
      /weights of 1x2x1x1 where 1x1x1x1 is expected/,
    ],
    [
      'an output of another shape',
      { ...example, outputs: [{ from: 'Relu_c_1', shape: [1, 4] }] },
      /makes 1x1x2x2, but the file says 1x4/,
    ],
    ['two nodes of one name', twins, /two nodes have the name Conv_c_2/],
  ])('%s is named', (_, file, expected) => {
    expect(message(file)).toMatch(expected);
  });

  test('a pre-compiled file, with what to ask of the converter', () => {
    const file = exampleRknnFile({ ...example, trailer: { pre_compile: 1, pre_compile_version: 1 } });

    expect(() => importRknn(writeRknn(file), 'team.rknn')).toThrow(
      expect.objectContaining({
        code: 'HIL_MODEL_RKNN_PRECOMPILED',
        hint: expect.stringContaining('pre_compile=False') as string,
      }),
    );
  });

  test('an encrypted file, with what to ask of the converter', () => {
    const bytes = new TextEncoder().encode('CYPTRKNN and then noise that nobody can read');

    expect(() => importRknn(bytes, 'team.rknn')).toThrow(
      expect.objectContaining({
        code: 'HIL_MODEL_RKNN_ENCRYPTED',
        hint: expect.stringContaining('without encryption') as string,
      }),
    );
  });
});

describe('hostile files', () => {
  const text = JSON.stringify(exampleRknnFile(example).trailer);
  const { payload } = exampleRknnFile(example);
  const outcome = (bytes: Uint8Array): string => {
    try {
      importRknn(bytes, 'hostile.rknn');
      return 'computed';
    } catch (error) {
      return error instanceof HilError ? error.code : String(error);
    }
  };
  const ours = /^(computed|HIL_MODEL_RKNN_(FORMAT|IMPORT|PRECOMPILED))$/;
  const join = (description: string) =>
    joinContainer({ payload, trailer: new TextEncoder().encode(description) });
  /** Every number and word of the description in turn becomes something else. */
  const places = [...text.matchAll(/-?\d+(\.\d+)?|"(?:VSI_NN|VX)_[A-Z_0-9]+"/g)];

  test('with any number or word of the description changed are refused with our error, or computed', () => {
    fc.assert(
      fc.property(
        fc.nat(places.length - 1),
        fc.oneof(
          fc.constantFrom(
            '-1',
            '0',
            '1',
            '2',
            '1e9',
            '4294967295',
            '1e300',
            'null',
            '[]',
            '{}',
            '"x"',
            'true',
            '0.5',
          ),
          fc.integer({ min: -100, max: 5000 }).map(String),
        ),
        (index, replacement) => {
          const { index: start, 0: found } = places[index]!;
          const changed = text.slice(0, start) + replacement + text.slice(start + found.length);
          expect(outcome(join(changed))).toMatch(ours);
        },
      ),
      { numRuns: 600 },
    );
  });

  test('with connections thrown together at random are refused with our error, or computed', () => {
    const end = fc.record({
      node_id: fc.nat(2),
      left: fc.constantFrom('input', 'output'),
      left_tensor_id: fc.nat(3),
      right_node: fc.option(fc.record({ node_id: fc.nat(2), tensor_id: fc.nat(2) }), { nil: undefined }),
      right_tensor: fc.option(
        fc.record({ type: fc.constantFrom('norm_tensor', 'const_tensor'), tensor_id: fc.nat(2) }),
        { nil: undefined },
      ),
    });
    fc.assert(
      fc.property(fc.array(end, { maxLength: 8 }), (connection) => {
        const { trailer } = exampleRknnFile(example);
        expect(outcome(writeRknn({ payload, trailer: { ...trailer, connection } }))).toMatch(ours);
      }),
      { numRuns: 200 },
    );
  });
});

const shared = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const skipReason = '../shared/data, which is not part of the repository, is absent';
const squeezenet = `${shared}models/rknn/squeezenet_v1.1_u8_rv1109_toolkit1.7.1.rknn`;

describe('files of the vendor’s toolkit', () => {
  test('SqueezeNet in u8 answers its test picture as the same network in float does', async ({ skip }) => {
    skip(!existsSync(squeezenet), skipReason);
    const imported = importRknn(readFileSync(squeezenet), 'squeezenet.rknn');
    const path = `${shared}images/timvx_squeezenet_test.jpg`;
    const { data } = await decodePicture(readFileSync(path), path);
    const plane = data.length / 3;
    // The picture is 224x224 in BGR; the file was converted for RGB without mean and std.
    const planes = Uint8Array.from(data, (_, i) => data[(i % plane) * 3 + 2 - Math.floor(i / plane)]!);

    await using converted = await engine.load(writeOnnx(imported.convertedNetwork()), 'squeezenet', {
      optimise: true,
      exactGraph: true,
    });
    const [halves] = [
      ...(await converted.run(new Map([['data_0_67', tensor('uint8', [1, 3, 224, 224], planes)]]))).values(),
    ];
    const scores = halvesToFloats(halves!.data as Uint16Array);
    await using float = await engine.load(
      readFileSync(`${shared}models/onnx/squeezenet_v1.1_fp16.onnx`),
      'float',
      {
        optimise: true,
      },
    );
    const [expected] = [
      ...(
        await float.run(
          new Map([
            [
              float.inputs[0]!.name,
              tensor('float16', [1, 3, 224, 224], floatsToHalves(Float32Array.from(planes))),
            ],
          ]),
        )
      ).values(),
    ];

    expect(imported.layers).toHaveLength(38);
    const best = (values: ArrayLike<number>) =>
      Array.from(values, (value, index) => ({ value, index })).toSorted((a, b) => b.value - a.value)[0]!;
    const [found, wanted] = [best(scores), best(halvesToFloats(expected!.data as Uint16Array))];
    expect(found.index).toBe(812);
    expect(wanted.index).toBe(812);
    // The vendor's own MobileNet in u8 is up to 0.09 off its float16 score.
    expect(Math.abs(found.value - wanted.value)).toBeLessThan(0.09);
  });

  test('a pre-compiled MobileNet is refused, and so is a file of rknn-toolkit2', ({ skip }) => {
    skip(!existsSync(squeezenet), skipReason);
    const read = (name: string) => () => importRknn(readFileSync(`${shared}models/rknn/${name}`), name);

    expect(read('mobilenet_v1_int8_rv1109_rv1126.rknn')).toThrow(/is pre-compiled/);
    expect(read('toolkit2_v2.3.2_tiny.rknn')).toThrow(/rknn-toolkit2/);
  });
});
