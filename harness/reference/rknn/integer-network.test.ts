import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { tensor, type Tensor } from '../../tensor/tensor.ts';
import { writeOnnx } from '../onnx/model.ts';
import { createOnnxRuntimeEngine } from '../onnx-runtime-engine.ts';
import type { IntegerRounding, RknnArithmetic } from './arithmetic.ts';
import { exampleRknn, i16, i32, i8, u8 } from './example-file.ts';
import { importRknn } from './import-rknn.ts';

const engine = createOnnxRuntimeEngine();

async function run(
  file: Uint8Array,
  input: Tensor,
  arithmetic: Partial<RknnArithmetic> = {},
): Promise<number[]> {
  const model = importRknn(file, 'example.rknn', { arithmetic }).convertedNetwork();
  await using network = await engine.load(writeOnnx(model), 'example.rknn', {
    optimise: true,
    exactGraph: true,
  });
  const outputs = await network.run(new Map([[network.inputs[0]!.name, input]]));
  return Array.from([...outputs.values()][0]!.data, Number);
}

/** What an integer network does, in plain loops: BigInt sums, one division in float32, one rounding. */
interface PlainConvolution {
  readonly x: readonly number[];
  readonly xZero: number;
  readonly size: number;
  readonly w: readonly number[];
  readonly wZero: number;
  readonly kernel: number;
  readonly bias: readonly number[];
  readonly channels: number;
  readonly stride: number;
  readonly pad: number;
  /** Step of the output over the step of the sums. */
  readonly divisor: number;
  readonly zero: number;
  readonly limits: readonly [number, number];
  readonly round: (value: number) => number;
}

function plainConvolution(layer: PlainConvolution): number[] {
  const { x, xZero, size, w, wZero, kernel, bias, channels, stride, pad, divisor, zero, limits, round } =
    layer;
  const places = Math.floor((size + 2 * pad - kernel) / stride) + 1;
  const results: number[] = [];
  for (let o = 0; o < bias.length; o++) {
    for (let row = 0; row < places; row++) {
      for (let column = 0; column < places; column++) {
        let sum = BigInt(bias[o]!);
        for (let c = 0; c < channels; c++) {
          for (let i = 0; i < kernel; i++) {
            for (let j = 0; j < kernel; j++) {
              const [y, z] = [row * stride + i - pad, column * stride + j - pad];
              if (y < 0 || z < 0 || y >= size || z >= size) continue;
              const product =
                BigInt(x[(c * size + y) * size + z]! - xZero) *
                BigInt(w[((o * channels + c) * kernel + i) * kernel + j]! - wZero);
              sum += product;
            }
          }
        }
        const scaled = Math.fround(Math.fround(Number(sum)) / Math.fround(divisor));
        results.push(Math.min(limits[1], Math.max(limits[0], round(scaled) + zero)));
      }
    }
  }
  return results;
}

const halfEven = (value: number) => {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
};
const roundings: Readonly<Record<IntegerRounding, (value: number) => number>> = {
  'half-away-from-zero': (value) =>
    Math.sign(value) *
    (Math.abs(value) % 1 >= 0.5 ? Math.ceil(Math.abs(value)) : Math.floor(Math.abs(value))),
  'half-to-even': halfEven,
  'toward-zero': Math.trunc,
  down: Math.floor,
};

const bytes = (length: number, min: number, max: number) =>
  fc.array(fc.integer({ min, max }), { minLength: length, maxLength: length });

interface Geometry {
  readonly size: number;
  readonly kernel: number;
  readonly channels: number;
  readonly outputs: number;
  readonly stride: number;
  readonly pad: number;
}

const geometries: fc.Arbitrary<Geometry> = fc.record({
  size: fc.integer({ min: 3, max: 7 }),
  kernel: fc.integer({ min: 1, max: 3 }),
  channels: fc.integer({ min: 1, max: 5 }),
  outputs: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 2 }),
  pad: fc.integer({ min: 0, max: 1 }),
});

const parametersOf = ({ kernel, outputs, stride, pad }: Geometry) => ({
  conv2d: {
    ksize: [kernel, kernel],
    weights: outputs,
    stride: [stride, stride],
    pad: [pad, pad, pad, pad],
    group: 1,
    dilation: [1, 1],
    multiplier: 0,
  },
});

test('a u8 convolution gives what plain integer loops give, in every rounding mode', async () => {
  await fc.assert(
    fc.asyncProperty(
      geometries.chain((geometry) =>
        fc.record({
          geometry: fc.constant(geometry),
          x: bytes(geometry.channels * geometry.size ** 2, 0, 255),
          w: bytes(geometry.outputs * geometry.channels * geometry.kernel ** 2, 0, 255),
          bias: bytes(geometry.outputs, -(2 ** 20), 2 ** 20),
          zeros: fc.tuple(
            fc.integer({ min: 0, max: 255 }),
            fc.integer({ min: 0, max: 255 }),
            fc.integer({ min: 0, max: 255 }),
          ),
          // Powers of two make ties.
          divisor: fc.oneof(
            fc.constantFrom(2 ** 10, 2 ** 12, 2 ** 14),
            fc.double({ min: 100, max: 50_000, noNaN: true }),
          ),
          rounding: fc.constantFrom(...(Object.keys(roundings) as IntegerRounding[])),
        }),
      ),
      async ({ geometry, x, w, bias, zeros: [xZero, wZero, zero], divisor, rounding }) => {
        const { size, channels, outputs, kernel, pad, stride } = geometry;
        const places = Math.floor((size + 2 * pad - kernel) / stride) + 1;
        const file = exampleRknn({
          inputs: [{ name: 'data', shape: [1, channels, size, size], storage: u8(1, xZero) }],
          nodes: [
            {
              name: 'conv',
              op: 'CONV2D',
              nn: parametersOf(geometry),
              inputs: [
                'data',
                {
                  codes: tensor('uint8', [outputs, channels, kernel, kernel], Uint8Array.from(w)),
                  storage: u8(1, wZero),
                },
                { codes: tensor('int32', [outputs], Int32Array.from(bias)), storage: i32(1) },
              ],
              outputs: [u8(divisor, zero)],
            },
          ],
          outputs: [{ from: 'conv', shape: [1, outputs, places, places] }],
        });

        const found = await run(file, tensor('uint8', [1, channels, size, size], Uint8Array.from(x)), {
          u8Rounding: rounding,
        });

        const round = roundings[rounding];
        const expected = plainConvolution({
          x,
          xZero,
          w,
          wZero,
          bias,
          divisor,
          zero,
          round,
          limits: [0, 255],
          ...geometry,
        });
        expect(found).toEqual(expected);
      },
    ),
    { numRuns: 60 },
  );
});

test.each([['i8', -128, 127] as const, ['i16', -32_768, 32_767] as const])(
  'an %s convolution gives what plain integer loops give',
  async (kind, min, max) => {
    const storage = kind === 'i8' ? i8 : i16;
    const make = (shape: number[], values: readonly number[]): Tensor =>
      kind === 'i8'
        ? tensor('int8', shape, Int8Array.from(values))
        : tensor('int16', shape, Int16Array.from(values));
    await fc.assert(
      fc.asyncProperty(
        geometries.chain((geometry) =>
          fc.record({
            geometry: fc.constant(geometry),
            x: bytes(geometry.channels * geometry.size ** 2, min, max),
            w: bytes(geometry.outputs * geometry.channels * geometry.kernel ** 2, min, max),
            bias: bytes(geometry.outputs, -(2 ** 30), 2 ** 30),
            shift: fc.integer({ min: kind === 'i8' ? 7 : 14, max: kind === 'i8' ? 20 : 30 }),
          }),
        ),
        async ({ geometry, x, w, bias, shift }) => {
          const { size, channels, outputs, kernel, pad, stride } = geometry;
          const places = Math.floor((size + 2 * pad - kernel) / stride) + 1;
          const wide = kind === 'i16';
          const file = exampleRknn({
            inputs: [{ name: 'data', shape: [1, channels, size, size], storage: storage(3) }],
            nodes: [
              {
                name: 'conv',
                op: 'CONV2D',
                nn: parametersOf(geometry),
                inputs: [
                  'data',
                  { codes: make([outputs, channels, kernel, kernel], w), storage: storage(5) },
                  {
                    codes: wide
                      ? tensor('int64', [outputs], BigInt64Array.from(bias, BigInt))
                      : tensor('int32', [outputs], Int32Array.from(bias)),
                    storage: { dtype: wide ? 'int64' : 'int32', quantisation: { kind: 'dfp', fl: 8 } },
                  },
                ],
                outputs: [storage(8 - shift)],
              },
            ],
            outputs: [{ from: 'conv', shape: [1, outputs, places, places] }],
          });

          const found = await run(file, make([1, channels, size, size], x));

          const expected = plainConvolution({
            x,
            xZero: 0,
            w,
            wZero: 0,
            bias,
            divisor: 2 ** shift,
            zero: 0,
            round: halfEven,
            limits: [min, max],
            ...geometry,
          });
          expect(found).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  },
);

test('sums far beyond 2^24 are exact: a fully connected layer with 6,000 extreme weights', async () => {
  const inputs = 6000;
  const x = Uint8Array.from({ length: inputs }, (_, i) => (i % 3 === 0 ? 255 : 254));
  const w = Uint8Array.from({ length: 2 * inputs }, (_, i) => (i % 7 === 0 ? 0 : 255));
  const exact = [0, 1].map((o) => x.reduce((sum, value, i) => sum + value * w[o * inputs + i]!, 0));
  // One step of the output is one unit of the sum, around the first sum.
  const file = exampleRknn({
    inputs: [{ name: 'data', shape: [1, inputs], storage: u8(1, 0) }],
    nodes: [
      {
        name: 'fc',
        op: 'FCL',
        nn: { fcl: { weights: 2 } },
        inputs: [
          'data',
          { codes: tensor('uint8', [2, inputs], w), storage: u8(1, 0) },
          { codes: tensor('int32', [2], Int32Array.of(100 - exact[0]!, 7 - exact[1]!)), storage: i32(1) },
        ],
        outputs: [u8(1, 0)],
      },
    ],
    outputs: [{ from: 'fc', shape: [1, 2] }],
  });

  const found = await run(file, tensor('uint8', [1, inputs], x));

  expect(exact[0]).toBeGreaterThan(2 ** 28);
  expect(found).toEqual([100, 7]);
});

test('so are those of 16-bit numbers, with biases of 64 bits', async () => {
  const inputs = 500;
  const x = Int16Array.from({ length: inputs }, (_, i) => (i % 3 === 0 ? -32_768 : 32_767 - i));
  const w = Int16Array.from({ length: inputs }, (_, i) => (i % 5 === 0 ? 32_767 : -32_768 + i));
  const exact = x.reduce((sum, value, i) => sum + BigInt(value) * BigInt(w[i]!), 0n);
  const file = exampleRknn({
    inputs: [{ name: 'data', shape: [1, inputs], storage: i16(0) }],
    nodes: [
      {
        name: 'fc',
        op: 'FCL',
        nn: { fcl: { weights: 1 } },
        inputs: [
          'data',
          { codes: tensor('int16', [1, inputs], w), storage: i16(0) },
          {
            codes: tensor('int64', [1], BigInt64Array.of(77n - exact)),
            storage: { dtype: 'int64', quantisation: { kind: 'dfp', fl: 0 } },
          },
        ],
        outputs: [i16(0)],
      },
    ],
    outputs: [{ from: 'fc', shape: [1, 1] }],
  });

  expect(Math.abs(Number(exact))).toBeGreaterThan(2 ** 36);
  expect(await run(file, tensor('int16', [1, inputs], x))).toEqual([77]);
});
