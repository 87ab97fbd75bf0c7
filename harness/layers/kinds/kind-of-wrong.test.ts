import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { float16Storage } from '../../reference/npu-format/tensor-storage.ts';
import { floatToHalf, halfToFloat } from '../../tensor/half.ts';
import { tensor } from '../../tensor/tensor.ts';
import { kindOfWrong } from './kind-of-wrong.ts';
import { featureMap, type Format, randomFrom, stored, storageFor, wrongLayers } from './synthetic-layers.ts';
import type { WrongKind } from './wrong-kind.ts';

const row = (values: readonly number[]) => tensor('float32', [1, values.length], Float32Array.from(values));
const judge = (reference: readonly number[], board: readonly number[]) =>
  kindOfWrong(row(reference), row(board), float16Storage);

describe('values that a user published (a ResNet-34 on an RK1808 in fp16, against TensorRT in fp32)', () => {
  test('a bare first convolution is rounding, with a lean that is stated and not hidden', () => {
    const found = judge(
      [
        -104.96772, -179.990646, -189.67926, -193.20134, -188.290512, -186.644836, -186.533371, -189.821106,
        -193.032257, -191.848618,
      ],
      [-104.9375, -180, -189.625, -193.125, -188.25, -186.625, -186.5, -189.75, -193, -191.75],
    );

    expect(found.kind).toBe('rounding');
    // Worked out by hand from the same lists: 7 of 10 agree with nearest, 9 of 10 with toward zero, mean 0.38 ulp.
    expect(found.evidence).toMatchObject({ nearestShare: 0.7, towardZeroShare: 0.9 });
    expect(found.evidence['outwardSteps']).toBeCloseTo(-0.382, 3);
    expect(found.evidence['maxSteps']).toBeCloseTo(0.789, 3);
    expect(found.alternatives.map(({ kind }) => kind)).toEqual(['constant-offset', 'constant-factor']);
    expect(found.sentence).toContain('leans toward zero by 0.382 of a step');
  });

  test('three values behind BatchNorm and ReLU are no rounding, and too few to call an offset or a factor', () => {
    const found = judge([1.11402, 1.12494, 1.117931], [1.101562, 1.112305, 1.105469]);

    expect(found.kind).toBe('unexplained');
    expect(found.alternatives.map(({ kind }) => kind).toSorted()).toEqual([
      'constant-factor',
      'constant-offset',
    ]);
    expect(found.evidence['rmsSteps']).toBeCloseTo(12.82, 2);
    expect(found.sentence).toContain(
      '3 values are too few to see a shape in; it could be, among others, that',
    );
  });

  test('two logits would fit one factor of about 0.990, which is not stated as a fact', () => {
    const found = judge([-2734.590332, 1336.125732], [-2708, 1323]);

    expect(found).toMatchObject({ kind: 'unexplained', alternatives: [{ kind: 'constant-factor' }] });
    expect(found.alternatives[0]!.evidence['factor']).toBeCloseTo(0.9903, 4);
    expect(found.sentence).toContain(
      '2 values are too few to see a shape in; it could be, among others, that every value is 0.99',
    );
    expect(found.sentence).not.toContain('all of the error');
  });

  test('a softmax of two classes is too short to show a shape', () => {
    const found = judge([0.958134, 0.041866], [0.947266, 0.052887]);

    expect(found.kind).toBe('unexplained');
    expect(found.sentence).toContain('2 values are too few to see a shape in');
  });
});

describe('mistakes put into layers on purpose', () => {
  const formats: readonly Format[] = ['fp16', 'u8', 'i8', 'i16'];
  const seeds = [11, 12, 13];
  const trials = formats.flatMap((format) =>
    seeds.flatMap((seed) =>
      wrongLayers(format, seed).map((layer) => ({
        ...layer,
        format,
        seed,
        found: kindOfWrong(
          layer.reference,
          layer.board,
          layer.storage,
          layer.others ? { others: layer.others } : {},
        ),
      })),
    ),
  );

  test('are told apart: what was put in (rows) against what was found', () => {
    const table = new Map<string, number>();
    for (const { kind, found } of trials) {
      const line = kind === found.kind ? kind : `${kind} taken for ${found.kind}`;
      table.set(line, (table.get(line) ?? 0) + 1);
    }

    expect([...table].map(([line, count]) => `${count} ${line}`)).toMatchInlineSnapshot(`
      [
        "12 no-difference",
        "36 rounding",
        "24 truncation",
        "118 constant-offset",
        "120 constant-factor",
        "24 offset-and-factor",
        "48 saturation",
        "48 channel-swap",
        "36 layout-swap",
        "48 spatial-shift",
        "36 spatial-flip",
        "72 missing-activation",
        "60 extra-activation",
        "12 stale-data",
        "35 shifted-data",
        "24 uncorrelated",
        "12 constant-output",
        "24 unexplained",
        "3 non-finite",
        "1 shifted-data taken for uncorrelated",
        "2 constant-offset taken for uncorrelated",
      ]
    `);
  });

  test('a mistake is never called rounding, nor rounding a mistake, from four steps of the format on', () => {
    const harmless: readonly WrongKind[] = ['rounding', 'truncation', 'no-difference'];

    const confused = trials.filter(
      ({ kind, found }) => harmless.includes(kind) !== harmless.includes(found.kind),
    );

    expect(
      confused.map(({ format, seed, what, found }) => `${format} ${seed} ${what}: ${found.kind}`),
    ).toEqual([]);
  });

  test('every sentence speaks in numbers that are there', () => {
    for (const { found } of trials) {
      expect(found.sentence).not.toMatch(/undefined|NaN (?:of|steps)|\[object/);
      expect(found.sentence.length).toBeGreaterThan(30);
    }
  });
});

describe('sentences', () => {
  // Halves, so that nothing but what is put in differs.
  const halves = Array.from({ length: 64 }, (_, i) => (i - 31.5) * 8);

  test('say that all of the error is explained only where rounding is left', () => {
    const factor = judge(
      halves,
      halves.map((value) => value * 4),
    );
    const nearly = judge(
      halves,
      halves.map((value, i) => halfToFloat(floatToHalf(value * 4 * (1 + (i % 2 === 0 ? 0.004 : -0.004))))),
    );

    expect(factor.sentence).toContain('explains all of the error and leaves 0 float16 steps rms');
    expect(nearly.sentence).toContain('explains most of the error');
    expect(nearly.evidence['explainedShare']).toBeGreaterThan(0.9995);
    expect(nearly.evidence['residualSteps']).toBeGreaterThan(1);
  });

  test('give a size as a share of the reference where a count of steps would say nothing', () => {
    // Zeros have the steps of subnormal halves, 6e-8: an error of 0.5 there is eight million of them.
    const reference = Array.from({ length: 32 }, (_, i) => (i % 4 === 0 ? 3 : 0));
    const found = judge(
      reference,
      reference.map((value, i) => value + (((i * 7) % 5) - 2) * 0.5),
    );

    expect(found.evidence['rmsSteps']).toBeGreaterThan(1e6);
    expect(found.sentence).not.toMatch(/\d{5,} float16 steps/);
    expect(found.sentence).toContain("% of the reference's rms");
  });
});

describe('evidence', () => {
  const shape = [1, 8, 12, 12] as const;
  const reference = featureMap(shape, randomFrom(5));
  const layer = (board: Float32Array, format: Format = 'fp16', channelAxis?: number) => {
    const storage = storageFor(format, board);
    return kindOfWrong(tensor('float32', shape, reference), stored(board, shape, storage), storage, {
      channelAxis,
    });
  };

  test('an offset in one channel only names how many channels have it', () => {
    const { kind, evidence } = layer(
      reference.map((value, i) => (Math.floor(i / 144) === 3 ? value + 2 : value)),
    );

    expect(kind).toBe('constant-offset');
    expect(evidence).toMatchObject({ channels: 8, channelsAffected: 1 });
    expect(evidence['offsetMax']).toBeCloseTo(2, 3);
  });

  test('a zero point that is off by three shows as three whole steps', () => {
    const storage = storageFor('u8', reference);
    const { quantisation } = storage;
    if (quantisation.kind !== 'affine') throw new Error('u8 is affine');
    const board = stored(reference, shape, storage).data.map((value) => value + 3 * quantisation.scale);

    const found = kindOfWrong(tensor('float32', shape, reference), tensor('float32', shape, board), storage);

    expect(found.kind).toBe('constant-offset');
    expect(found.evidence['offsetSteps']).toBeCloseTo(3, 1);
    expect(found.sentence).toContain('a whole number, as a zero point makes');
  });

  test('saturation names the bound and whether it is the end of the format', () => {
    const held = layer(reference.map((value) => Math.min(value, 1)));
    const storage = { dtype: 'int8', quantisation: { kind: 'dfp', fl: 7 } } as const;
    const ofFormat = kindOfWrong(
      tensor('float32', shape, reference),
      stored(reference, shape, storage),
      storage,
    );

    expect(held.evidence).toMatchObject({ highBound: 1 });
    expect(held.sentence).toContain('not the end of the format');
    expect(ofFormat.kind).toBe('saturation');
    expect(ofFormat.evidence['lowBound']).toBe(-1);
    expect(ofFormat.evidence['highBound']).toBeCloseTo(127 / 128, 6);
    expect(ofFormat.sentence).toContain('the end of int8 (fl 7)');
  });

  test('a shift says which way the picture moved', () => {
    const moved = reference.map((_, i) => (i % 12 === 0 ? 0 : reference[i - 1]!));

    expect(layer(moved).evidence).toMatchObject({ right: 1, down: 0 });
  });

  test('a swap of colour channels is said in the words of the people who make it', () => {
    const colours = [1, 3, 16, 16] as const;
    const picture = featureMap(colours, randomFrom(8));
    const swapped = picture.map((_, i) => picture[(2 - Math.floor(i / 256)) * 256 + (i % 256)]!);

    const { kind, sentence } = kindOfWrong(
      tensor('float32', colours, picture),
      tensor('float32', colours, swapped),
      undefined,
    );

    expect(kind).toBe('channel-swap');
    expect(sentence).toContain('2 1 0 (reversed, as BGR for RGB)');
    expect(sentence).toContain('reorder_channel');
  });

  test('one factor is told as one, although weights rounded to fp16 give each channel a little of its own', () => {
    const own = Array.from({ length: 8 }, (_, c) => 2 * (1 + 2e-4 * Math.sin(7 * c)));

    const { kind, evidence } = layer(reference.map((value, i) => value * own[Math.floor(i / 144)]!));

    expect(kind).toBe('constant-factor');
    expect(evidence['factor']).toBeCloseTo(2, 3);
  });

  test('channels may be the last axis', () => {
    const nhwc = [1, 12, 12, 8] as const;
    const values = featureMap(shape, randomFrom(9));
    const board = values.map((value, i) => value + (i % 8 === 2 ? 1 : 0));

    const found = kindOfWrong(tensor('float32', nhwc, values), tensor('float32', nhwc, board), undefined, {
      channelAxis: 3,
    });

    expect(found.kind).toBe('constant-offset');
    expect(found.evidence['channelsAffected']).toBe(1);
  });

  test('an error that emulation foretold is the format’s, whatever its size in steps', () => {
    const random = randomFrom(77);
    const board = reference.map((value) => value + 0.02 * (random() - 0.5));

    const unaware = kindOfWrong(
      tensor('float32', shape, reference),
      tensor('float32', shape, board),
      float16Storage,
    );
    const aware = kindOfWrong(
      tensor('float32', shape, reference),
      tensor('float32', shape, board),
      float16Storage,
      { expectedRmse: 0.006 },
    );

    expect(unaware.kind).toBe('unexplained');
    expect(aware.kind).toBe('rounding');
    expect(aware.sentence).toContain('The format alone explains 0.006 rms, the board shows 0.00');
  });
});

describe('any two tensors', () => {
  const value = fc.oneof(
    fc.float({ noNaN: false }),
    fc.constantFrom(0, -0, 1, -1, 65_504, 1e-7, Infinity, -Infinity, NaN),
    fc.float({ min: -4, max: 4, noNaN: true }),
  );
  const pair = fc
    .tuple(
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
    )
    .chain((shape) => {
      const length = shape.reduce((a, b) => a * b);
      const values = fc
        .array(value, { minLength: length, maxLength: length })
        .map((list) => tensor('float32', shape, Float32Array.from(list)));
      return fc.tuple(values, values);
    });

  test('get an answer with a sentence', () => {
    fc.assert(
      fc.property(pair, fc.constantFrom(undefined, float16Storage), ([reference, board], storage) => {
        const { kind, sentence, evidence } = kindOfWrong(reference, board, storage);

        expect(kind).toBeTypeOf('string');
        expect(sentence).not.toContain('undefined');
        expect(evidence['elements']).toBe(reference.data.length);
      }),
    );
  });

  test('of equal values differ in nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 50 }),
        (values) => {
          expect(judge(values, values).kind).toBe('no-difference');
        },
      ),
    );
  });

  test('that differ by rounding to nearest alone are rounding at most', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -60_000, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 80 }),
        (values) => {
          const { kind } = judge(
            values,
            values.map((each) => halfToFloat(floatToHalf(each))),
          );

          // All values may lie on the same side of their grid by chance.
          expect(['rounding', 'truncation', 'no-difference']).toContain(kind);
        },
      ),
    );
  });

  test('of different size are not of one layer', () => {
    expect(() => judge([1, 2], [1, 2, 3])).toThrow('the reference has 2 values, the board 3');
  });
});
