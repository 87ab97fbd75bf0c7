import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HilError } from '../hil-error.ts';
import { readRknn, writeRknn } from '../reference/rknn-file/rknn-file.ts';
import type { RknnTrailer } from '../reference/rknn-file/trailer.ts';
import { inspectOnnx, inspectPrototxt } from './inspect-network.ts';
import { inspectRknn } from './inspect-rknn.ts';

const own = (name: string) => readFileSync(new URL(`../../specs/models/${name}`, import.meta.url));
const u8 = own('two-class.u8.rknn');
const { trailer, payload } = readRknn(u8, 'two-class.u8.rknn');
const withTrailer = (change: Partial<RknnTrailer>) =>
  inspectRknn(writeRknn({ payload, trailer: { ...trailer, ...change } }), 'm.rknn');
const rules = ({ remarks }: { remarks: readonly { level: string; rule: string }[] }) =>
  remarks.filter(({ level }) => level === 'warning').map(({ rule }) => rule);
const real = (platform: string): Partial<RknnTrailer> => ({
  target_platform: [platform],
  hil_virtual: undefined,
});

describe('the files of the built-in suite', () => {
  test('say their format, preprocessing and storage', () => {
    const found = inspectRknn(u8, 'two-class.u8.rknn');

    expect(found).toMatchObject({
      kind: 'rknn',
      containerVersion: 1,
      forVirtualBoard: true,
      toolkit: '1.7.5',
      format: 'u8',
      precompiled: false,
      compiled: undefined,
      optimizationLevel: 3,
      softmaxOutputs: [true],
      innerTensors: { 'uint8 affine': 90 },
    });
    expect(found.inputs).toMatchObject([
      { name: 'data', shape: [1, 3, 64, 64], mean: [128, 128, 128], std: [1, 1, 1], reorder: [2, 1, 0] },
    ]);
    expect(rules(found)).toEqual([]);
  });

  test.each(['fp16', 'u8', 'i8', 'i16'])(
    'two-class.%s.rknn is of that class, and so is ten-class',
    (format) => {
      expect(inspectRknn(own(`two-class.${format}.rknn`), 'a').format).toBe(format);
      expect(inspectRknn(own(`ten-class.${format}.rknn`), 'b').format).toBe(format);
    },
  );
});

describe('remarks', () => {
  test('a file for another family is refused by an RK1808', () => {
    const found = withTrailer(real('RV1126'));

    expect(rules(found)).toEqual(['platform']);
    expect(found.remarks[0]!.sentence).toBe('it is built for RV1126; an RK1808 refuses it (status -13)');
    expect(rules(withTrailer(real('RK1808')))).toEqual([]);
  });

  test('a precompiled file without a compiled network is broken, but not one of the virtual board', () => {
    expect(rules(withTrailer({ pre_compile: 1, pre_compile_version: 1 }))).toEqual([]);
    expect(rules(withTrailer({ ...real('RK1808'), pre_compile: 1, pre_compile_version: 1 }))).toEqual([
      'precompiled',
    ]);
  });

  test('every warning of a preprocessing that cannot work', () => {
    expect(rules(withTrailer({ reorder: [1, 0, 2] }))).toEqual(['reorder']);
    expect(rules(withTrailer({ std_value: [1, 0, 1] }))).toContain('std');
    expect(rules(withTrailer({ mean_value: [128, 128], mean_value_chns: [2], std_value: [1, 1] }))).toEqual([
      'means',
    ]);
  });

  test('an input range that cuts pixels off is found from scale, zero point, mean and std', () => {
    // The file stores -128 to 127 in steps of 1; pixels between -0.5 and 254.5 do not fit.
    const found = withTrailer({ mean_value: [0.5, 0.5, 0.5] });

    expect(rules(found)).toEqual(['input-range']);
    expect(found.remarks[0]!.sentence).toContain('holds -128 to 127, but pixels become -0.5 to 254.5');
  });

  test('the runtime’s own rule for biases is applied: input scale times weight scale', () => {
    const convolution = trailer.nodes!.findIndex(({ op }) => op === 'VSI_NN_OP_CONV2D');
    const bias = trailer.connection!.find(
      ({ node_id, left, left_tensor_id }) =>
        node_id === convolution && left === 'input' && left_tensor_id === 2,
    )!.right_tensor!.tensor_id;
    const found = withTrailer({
      const_tensor: trailer.const_tensor!.map((tensor) =>
        tensor.tensor_id === bias
          ? { ...tensor, dtype: { ...tensor.dtype, scale: tensor.dtype.scale! * 1.001 } }
          : tensor,
      ),
    });

    expect(rules(found)).toEqual(['bias-relation']);
  });

  test('hybrid is what mixes formats between its layers', () => {
    const [first, ...others] = trailer.virtual_tensor!;
    const found = withTrailer({
      virtual_tensor: [
        { ...first!, dtype: { qnt_type: 'VSI_NN_QNT_TYPE_DFP', vx_type: 'VSI_NN_TYPE_INT16', fl: 8 } },
        ...others,
      ],
    });

    expect(found.format).toBe('hybrid');
    expect(found.innerTensors).toEqual({ 'uint8 affine': 89, 'int16 dfp': 1 });
  });

  test('files of old toolkits have one divisor behind the means', () => {
    const { std_value: _unused, ...old } = trailer;
    const found = inspectRknn(
      writeRknn({ payload, trailer: { ...old, mean_value: [10, 20, 30, 2], mean_value_chns: [4] } }),
      'old.rknn',
    );

    expect(found.inputs[0]).toMatchObject({ mean: [10, 20, 30], std: [2, 2, 2] });
  });
});

describe('hostile files', () => {
  /** How it ended; errors that tell nobody what to do are no end. */
  const outcome = (inspect: () => unknown): string => {
    try {
      inspect();
      return 'read';
    } catch (error) {
      if (!(error instanceof HilError)) throw error;
      return error.owner === 'spec' && error.hint !== ''
        ? 'refused'
        : `owner ${error.owner}, hint ${error.hint}`;
    }
  };
  const small = writeRknn({
    payload: new Uint8Array(92),
    trailer: {
      ...trailer,
      const_tensor: [],
      hil_virtual: undefined,
      connection: trailer.connection!.filter(({ right_tensor }) => right_tensor?.type !== 'const_tensor'),
    },
  });
  const onnx = own('two-class.onnx').subarray(0, 4000);
  const prototxt = new TextEncoder().encode(
    'name: "n" layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }\nlayer { name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 4 kernel_size: 3 } }',
  );

  const changes = fc.array(
    fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.integer({ min: 0, max: 255 })),
    { minLength: 1, maxLength: 6 },
  );

  test.each([
    ['.rknn', small, inspectRknn],
    ['ONNX', onnx, inspectOnnx],
    ['prototxt', prototxt, inspectPrototxt],
  ] as const)(
    'bytes of a %s file that were changed or cut are read, or refused with a hint',
    (_name, bytes, inspect) => {
      fc.assert(
        fc.property(changes, fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), (list, share, cut) => {
          const hostile = Uint8Array.from(cut ? bytes.subarray(0, Math.floor(share * bytes.length)) : bytes);
          for (const [at, value] of list)
            if (hostile.length > 0) hostile[Math.floor(at * hostile.length)] = value;
          expect(outcome(() => inspect(hostile, 'hostile'))).toMatch(/^re(ad|fused)$/);
        }),
        { numRuns: 300 },
      );
    },
  );

  test('a description whose numbers were changed is read, or refused with a hint', () => {
    const numbers = JSON.stringify({ ...trailer, const_tensor: [], connection: [], hil_virtual: undefined });
    const places = [...numbers.matchAll(/(?<=[[:,])-?\d+(?:\.\d+)?/g)];
    fc.assert(
      fc.property(
        fc.nat(places.length - 1),
        fc.constantFrom('-1', '0', '1e400', '1e99', '4294967295', 'null', '"x"', '[]', '{}', '-0.5'),
        (which, value) => {
          const { index, 0: number } = places[which]!;
          const text = numbers.slice(0, index) + value + numbers.slice(index + number.length);
          const json = new TextEncoder().encode(text);
          const bytes = new Uint8Array(32 + json.length);
          bytes.set(small.subarray(0, 16));
          new DataView(bytes.buffer).setBigUint64(24, BigInt(json.length), true);
          bytes.set(json, 32);
          expect(outcome(() => inspectRknn(bytes, 'hostile'))).toMatch(/^re(ad|fused)$/);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('real files', () => {
  const folder = fileURLToPath(new URL('../../../shared/data/models/rknn/', import.meta.url));
  const missing = existsSync(folder) ? false : '../shared/data is absent';
  const inspectReal = (name: string) => inspectRknn(readFileSync(`${folder}${name}`), name);

  test.skipIf(missing)('a precompiled MobileNet of toolkit 1.7.5 for an RV1126', () => {
    const found = inspectReal('mobilenet_v1_int8_rv1109_rv1126.rknn');

    expect(found).toMatchObject({
      toolkit: '1.7.5b1',
      targetPlatforms: ['RV1126'],
      networkPlatform: 'tensorflow',
      precompiled: true,
      compiled: {
        formatVersion: 0x0001000e,
        targetId: 0xb5,
        name: 'dummy_network_name',
        inputs: 1,
        outputs: 1,
      },
      format: 'i8',
    });
    expect(found.inputs[0]).toMatchObject({
      layout: 'NHWC',
      dtype: 'int8',
      mean: [127.5, 127.5, 127.5],
      std: [127.5, 127.5, 127.5],
    });
    expect(rules(found)).toEqual(['platform']);
  });

  test.skipIf(missing)('a SqueezeNet of toolkit 1.7.1, whose biases keep the relation', () => {
    const found = inspectReal('squeezenet_v1.1_u8_rv1109_toolkit1.7.1.rknn');

    expect(found).toMatchObject({
      format: 'u8',
      precompiled: false,
      softmaxOutputs: [true],
      innerTensors: { 'uint8 affine': 64 },
    });
    expect(found.inputs[0]).toMatchObject({
      shape: [1, 3, 224, 224],
      quantisation: { kind: 'affine', scale: 1, zp: 0 },
    });
    expect(rules(found)).toEqual(['platform']);
  });

  test.skipIf(missing)('a file of the other product line is refused by name', () => {
    expect(() => inspectReal('toolkit2_v2.3.2_tiny.rknn')).toThrow(/rknn-toolkit2/);
  });
});
