import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tensor } from '../../tensor/tensor.ts';
import { createOnnxRuntimeEngine } from '../onnx-runtime-engine.ts';
import {
  makeModel,
  makeNode,
  makeValueInfo,
  readOnnx,
  tensorToOnnx,
  writeOnnx,
  type AttributeValue,
} from '../onnx/model.ts';
import { foldAffine } from './fold-affine.ts';
import { establishFacts } from './network-facts.ts';
import { prepareGraph } from './prepare-graph.ts';

const engine = createOnnxRuntimeEngine();

type Attributes = Readonly<Record<string, AttributeValue>>;
type Step = readonly [op: string, constants: readonly string[], attributes?: Attributes];
type Constants = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly values?: readonly number[] }>
>;

/** Values of a constant that has none given: small, of both signs, never 0. */
const filler = (count: number, seed: number) =>
  Array.from({ length: count }, (_, i) => Math.sin(seed + 1.7 * i) + 1.3);

/** A chain of nodes over `x`, each reading its predecessor and constants. */
function chain(shape: readonly number[], steps: readonly Step[], constants: Constants): Uint8Array {
  const nodes = steps.map(([op, names, attributes], i) => {
    const value = i === 0 ? 'x' : `v${i}`;
    const inputs = names.includes('@')
      ? names.map((name) => (name === '@' ? value : name))
      : [value, ...names];
    return makeNode(op, inputs, [`v${i + 1}`], attributes);
  });
  return writeOnnx(
    makeModel(
      {
        name: 'chain',
        nodes,
        initializers: Object.entries(constants).map(([name, constant], seed) => {
          const count = constant.shape.reduce((a, b) => a * b, 1);
          const values = constant.values ?? filler(count, seed);
          return tensorToOnnx(name, tensor('float32', constant.shape, Float32Array.from(values)));
        }),
        inputs: [makeValueInfo('x', 'float32', shape)],
        outputs: [makeValueInfo(`v${steps.length}`, 'float32')],
      },
      { '': 13 },
    ),
  );
}

async function run(bytes: Uint8Array, shape: readonly number[]): Promise<number[]> {
  await using model = await engine.load(bytes, 'chain.onnx', { optimise: false });
  const count = shape.reduce((a, b) => a * b, 1);
  const x = tensor(
    'float32',
    shape,
    Float32Array.from({ length: count }, (_, i) => Math.cos(3 * i)),
  );
  const [output] = [...(await model.run(new Map([['x', x]]))).values()];
  return [...output!.data].map(Number);
}

async function fold(bytes: Uint8Array) {
  const model = readOnnx(bytes, 'chain.onnx');
  prepareGraph(model, 'chain.onnx');
  foldAffine(model, await establishFacts(model, 'chain.onnx', engine), 'chain.onnx');
  for (const output of model.graph.output) Object.assign(output, makeValueInfo(output.name, 'float32'));
  return { ops: model.graph.node.map(({ opType }) => opType), bytes: writeOnnx(model) };
}

const normalisation = (channels: number): Constants => ({
  gamma: { shape: [channels] },
  beta: { shape: [channels] },
  mean: { shape: [channels] },
  variance: { shape: [channels] },
});
const batchNorm: Step = [
  'BatchNormalization',
  ['gamma', 'beta', 'mean', 'variance'],
  { epsilon: { float: 0.01 } },
];

const image = [1, 4, 3, 3];
const cases: readonly (readonly [
  string,
  readonly number[],
  readonly Step[],
  Constants,
  readonly string[],
])[] = [
  [
    'BatchNorm into a convolution',
    image,
    [['Conv', ['w', 'b']], batchNorm],
    { w: { shape: [2, 4, 2, 2] }, b: { shape: [2] }, ...normalisation(2) },
    ['Conv'],
  ],
  [
    'BatchNorm into a convolution without bias',
    image,
    [['Conv', ['w']], batchNorm],
    { w: { shape: [2, 4, 2, 2] }, ...normalisation(2) },
    ['Conv'],
  ],
  [
    'BatchNorm into a grouped convolution',
    image,
    [['Conv', ['w'], { group: { int: 2 } }], batchNorm],
    { w: { shape: [6, 2, 1, 1] }, ...normalisation(6) },
    ['Conv'],
  ],
  [
    'BatchNorm into a grouped transposed convolution',
    image,
    [['ConvTranspose', ['w'], { group: { int: 2 } }], batchNorm],
    { w: { shape: [4, 3, 2, 2] }, ...normalisation(6) },
    ['ConvTranspose'],
  ],
  [
    'Caffe’s Scale after BatchNorm',
    image,
    [['Conv', ['w']], batchNorm, ['Mul', ['s']], ['Add', ['t']]],
    { w: { shape: [2, 4, 1, 1] }, ...normalisation(2), s: { shape: [2, 1, 1] }, t: { shape: [1, 2, 1, 1] } },
    ['Conv'],
  ],
  [
    'scalars, subtracted and divided, on either side',
    image,
    [
      ['Conv', ['w']],
      ['Div', ['s']],
      ['Sub', ['t', '@']],
      ['Sub', ['s']],
      ['Mul', ['t', '@']],
    ],
    { w: { shape: [2, 4, 1, 1] }, s: { shape: [] }, t: { shape: [1] } },
    ['Conv'],
  ],
  [
    'a fully connected layer with factors',
    [2, 5],
    [
      ['Gemm', ['w', 'c'], { alpha: { float: 0.5 }, beta: { float: 3 }, transB: { int: 1 } }],
      ['Mul', ['s']],
      ['Add', ['t']],
    ],
    { w: { shape: [3, 5] }, c: { shape: [1, 3] }, s: { shape: [3] }, t: { shape: [1, 3] } },
    ['Gemm'],
  ],
  [
    'a fully connected layer with untransposed weights and a scalar bias',
    [2, 5],
    [
      ['Gemm', ['w', 'c']],
      ['Mul', ['s']],
    ],
    { w: { shape: [5, 3] }, c: { shape: [] }, s: { shape: [1, 3] } },
    ['Gemm'],
  ],
  ['BatchNorm with nothing before it', image, [['Relu', []], batchNorm], normalisation(4), ['Relu', 'Conv']],
  [
    'BatchNorm of a vector with nothing before it',
    [2, 4],
    [['Relu', []], batchNorm],
    normalisation(4),
    ['Relu', 'BatchNormalization'],
  ],
  [
    'a sum per column, which is no channel',
    image,
    [
      ['Conv', ['w']],
      ['Add', ['t']],
    ],
    { w: { shape: [2, 4, 1, 1] }, t: { shape: [3] } },
    ['Conv', 'Add'],
  ],
  [
    'a constant divided by the data',
    image,
    [
      ['Conv', ['w']],
      ['Div', ['s', '@']],
    ],
    { w: { shape: [2, 4, 1, 1] }, s: { shape: [] } },
    ['Conv', 'Div'],
  ],
];

describe('folding', () => {
  test.each(cases)(
    '%s leaves the network’s answer as it is',
    async (_what, shape, steps, constants, expectedOps) => {
      const source = chain(shape, steps, constants);

      const folded = await fold(source);

      expect(folded.ops).toEqual(expectedOps);
      const [before, after] = [await run(source, shape), await run(folded.bytes, shape)];
      const largest = Math.max(...before.map(Math.abs));
      expect(after).toHaveLength(before.length);
      after.forEach((value, i) => expect(Math.abs(value - before[i]!) / largest).toBeLessThan(3e-6));
    },
  );

  test('holds for any BatchNorm', async () => {
    const coefficient = fc.float({ noNaN: true, min: -8, max: 8 });
    const pair = fc.tuple(coefficient, coefficient).map((values) => [...values]);
    const positive = fc.float({ noNaN: true, min: Math.fround(0.01), max: 8 });
    await fc.assert(
      fc.asyncProperty(
        pair,
        pair,
        pair,
        fc.tuple(positive, positive),
        async (gamma, beta, mean, variance) => {
          const source = chain(image, [['Conv', ['w']], batchNorm], {
            w: { shape: [2, 4, 1, 1] },
            gamma: { shape: [2], values: gamma },
            beta: { shape: [2], values: beta },
            mean: { shape: [2], values: mean },
            variance: { shape: [2], values: [...variance] },
          });

          const [before, after] = [await run(source, image), await run((await fold(source)).bytes, image)];

          after.forEach((value, i) => expect(Math.abs(value - before[i]!)).toBeLessThan(1e-3));
        },
      ),
      { numRuns: 25 },
    );
  });

  test('does not touch a value that something else reads', async () => {
    const bytes = writeOnnx(
      makeModel(
        {
          name: 'two readers',
          nodes: [
            makeNode('Conv', ['x', 'w'], ['c']),
            makeNode('Mul', ['c', 's'], ['m']),
            makeNode('Add', ['c', 'm'], ['y']),
          ],
          initializers: [
            tensorToOnnx('w', tensor('float32', [1, 4, 1, 1], Float32Array.of(1, 2, 3, 4))),
            tensorToOnnx('s', tensor('float32', [], Float32Array.of(2))),
          ],
          inputs: [makeValueInfo('x', 'float32', image)],
          outputs: [makeValueInfo('y', 'float32')],
        },
        { '': 13 },
      ),
    );

    expect((await fold(bytes)).ops).toEqual(['Conv', 'Mul', 'Add']);
  });
});
