import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HilError } from '../../hil-error.ts';
import { readRknn, writeRknn } from './rknn-file.ts';
import { tensorAttributes } from './tensor-attributes.ts';
import type { RknnTrailer } from './trailer.ts';

const trailer: RknnTrailer = {
  target_platform: ['RK1808'],
  input_fmt: 0,
  version: '1.7.1',
  mean_value: [128, 128, 128],
  mean_value_chns: [3],
  std_value: [1, 1, 1],
  reorder: [2, 1, 0],
  nodes: [{ lid: 'Conv_a_1', name: 'Conv_a', op: 'VSI_NN_OP_CONV2D', uid: 1, input_num: 2, output_num: 1 }],
  norm_tensor: [
    {
      tensor_id: 0,
      size: [5, 1],
      dim_num: 2,
      dtype: { qnt_type: 'VSI_NN_QNT_TYPE_NONE', vx_type: 'VSI_NN_TYPE_FLOAT16' },
      url: 'prob',
    },
    {
      tensor_id: 1,
      size: [4, 2, 3, 1],
      dim_num: 4,
      dtype: {
        qnt_type: 'VSI_NN_QNT_TYPE_AFFINE_ASYMMETRIC',
        vx_type: 'VSI_NN_TYPE_UINT8',
        scale: 1,
        zero_point: 128,
      },
      url: 'data',
    },
  ],
  const_tensor: [
    {
      tensor_id: 0,
      size: [3],
      dim_num: 1,
      dtype: { qnt_type: 'VSI_NN_QNT_TYPE_DFP', vx_type: 'VSI_NN_TYPE_INT8', fl: 7 },
      offset: 1,
      len: 3,
    },
  ],
  virtual_tensor: [
    {
      node_id: 0,
      output_port: 0,
      dtype: { qnt_type: 'VSI_NN_QNT_TYPE_NONE', vx_type: 'VSI_NN_TYPE_FLOAT16' },
    },
  ],
  connection: [
    { node_id: 0, left: 'input', left_tensor_id: 0, right_tensor: { type: 'norm_tensor', tensor_id: 1 } },
  ],
  graph: [
    { left: 'output', left_tensor_id: 0, right: 'norm_tensor', right_tensor_id: 0 },
    { left: 'input', left_tensor_id: 0, right: 'norm_tensor', right_tensor_id: 1 },
  ],
  a_key_of_tomorrow: { kept: true },
};
const payload = Uint8Array.of(9, 8, 7, 6);
const bytes = writeRknn({ payload, trailer });

const word = (value: number | bigint) => {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(value), true);
  return out;
};
const magic = Uint8Array.of(0x52, 0x4b, 0x4e, 0x4e, 0, 0, 0, 0);
const text = (content: string) => new TextEncoder().encode(content);
const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const withJson = (json: string) =>
  join(magic, word(1), word(payload.length), payload, word(text(json).length), text(json));
const withTrailer = (change: object) => withJson(JSON.stringify({ ...trailer, ...change }));

const errorOf = (broken: Uint8Array): HilError => {
  try {
    readRknn(broken, 'm.rknn');
  } catch (thrown) {
    if (thrown instanceof HilError) return thrown;
    throw thrown;
  }
  throw new Error('no error was thrown');
};

describe('a file in order', () => {
  test('lays out its sections as the vendor documents them', () => {
    const json = JSON.stringify(trailer);

    expect(bytes).toEqual(withJson(json));
    expect(bytes.length).toBe(32 + payload.length + json.length);
  });

  test('gives back payload and description, unknown keys included', () => {
    const file = readRknn(bytes, 'm.rknn');

    expect(file).toEqual({ containerVersion: 1, payload, trailer });
  });

  test('carries custom operators in container version 2', () => {
    const customOperators = {
      list: [{ name: 'ResizeArea', vx_kernel_bin_offset: 0, vx_kernel_bin_len: 2 }],
      blob: Uint8Array.of(1, 2),
    };

    const file = readRknn(writeRknn({ payload, trailer, customOperators }), 'm.rknn');

    expect(file.containerVersion).toBe(2);
    expect(file.customOperators).toEqual(customOperators);
  });

  test('describes inputs and outputs in NumPy order, told apart by the graph list', () => {
    expect(tensorAttributes(trailer, 'input', 'm.rknn')).toEqual([
      {
        index: 0,
        name: 'data',
        shape: [1, 3, 2, 4],
        dtype: 'uint8',
        layout: 'NCHW',
        quantisation: { kind: 'affine', scale: 1, zp: 128 },
        sizeBytes: 24,
      },
    ]);
    expect(tensorAttributes(trailer, 'output', 'm.rknn')).toMatchObject([
      { name: 'prob', shape: [1, 5], dtype: 'float16', quantisation: { kind: 'none' }, sizeBytes: 10 },
    ]);
  });
});

describe('a file that no board loads', () => {
  const cases: readonly (readonly [what: string, broken: Uint8Array, code: string, message: RegExp])[] = [
    [
      'an empty file',
      new Uint8Array(),
      'HIL_MODEL_RKNN_FORMAT',
      /24 bytes \(the header\), but the file has 0/,
    ],
    [
      'a truncated file',
      bytes.subarray(0, 40),
      'HIL_MODEL_RKNN_FORMAT',
      /a JSON description of \d+ bytes\), but the file has 40/,
    ],
    [
      'bytes after the end',
      join(bytes, word(0)),
      'HIL_MODEL_RKNN_FORMAT',
      /announces \d+ bytes, but the file has \d+/,
    ],
    [
      'another magic',
      join(text('ONNXFILE'), bytes.subarray(8)),
      'HIL_MODEL_RKNN_FORMAT',
      /begins with 4f 4e 4e 58 46 49 4c 45 where 52 4b 4e 4e 00 00 00 00/,
    ],
    ['an encrypted file', join(text('CYPTRKNN'), bytes.subarray(8)), 'HIL_MODEL_RKNN_ENCRYPTED', /encrypted/],
    [
      'a file of rknn-toolkit2',
      join(magic, word(0x1004), bytes.subarray(16)),
      'HIL_MODEL_RKNN_TOOLKIT2',
      /rknn-toolkit2 \(container version 0x1004\)/,
    ],
    [
      'an unknown version',
      join(magic, word(3), bytes.subarray(16)),
      'HIL_MODEL_RKNN_FORMAT',
      /version is 3, known are 1 and 2/,
    ],
    [
      'a payload length beyond 64 bits of sense',
      join(magic, word(1), word(2n ** 63n), bytes.subarray(24)),
      'HIL_MODEL_RKNN_FORMAT',
      /a payload of 9223372036854775808 bytes/,
    ],
    [
      'text that is no JSON',
      withJson('{'),
      'HIL_MODEL_RKNN_FORMAT',
      /JSON description \(1 bytes\) is no JSON/,
    ],
    [
      'bytes that are no UTF-8',
      join(magic, word(1), word(0), word(1), Uint8Array.of(0xff)),
      'HIL_MODEL_RKNN_FORMAT',
      /is no JSON/,
    ],
    ['JSON of great depth', withJson('['.repeat(100_000)), 'HIL_MODEL_RKNN_FORMAT', /nests 100000 deep/],
    [
      'JSON that is no description',
      withJson('{"graph": 1}'),
      'HIL_MODEL_RKNN_FORMAT',
      /norm_tensor is missing.*graph is 1, but must be a list/,
    ],
    [
      'a constant beyond the payload',
      withTrailer({ const_tensor: [{ ...trailer.const_tensor![0]!, offset: 2 }] }),
      'HIL_MODEL_RKNN_FORMAT',
      /constant 0 lies at bytes 2 to 5 of a payload of 4 bytes/,
    ],
    [
      'a graph edge to nowhere',
      withTrailer({ graph: [{ ...trailer.graph[0]!, right_tensor_id: 7 }] }),
      'HIL_MODEL_RKNN_FORMAT',
      /graph\[0\] names norm_tensor 7, which is not there/,
    ],
    [
      'a layer output of no node',
      withTrailer({ virtual_tensor: [{ ...trailer.virtual_tensor![0]!, node_id: 3 }] }),
      'HIL_MODEL_RKNN_FORMAT',
      /virtual_tensor\[0\] names node 3, but there are 1 nodes/,
    ],
    [
      'a Git LFS pointer',
      text('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n'),
      'HIL_MODEL_LFS_POINTER',
      /Git LFS pointer/,
    ],
  ];

  test.each(cases)('%s is refused with its reason', (_what, broken, code, message) => {
    const error = errorOf(broken);

    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.hint).not.toBe('');
    expect(error.owner).toBe('spec');
  });

  test('an unknown element type is refused', () => {
    const odd = structuredClone(trailer);
    odd.norm_tensor[0]!.dtype.vx_type = 'VSI_NN_TYPE_BFLOAT16';

    expect(() => tensorAttributes(odd, 'output', 'm.rknn')).toThrow(/norm_tensor 0 .*VSI_NN_TYPE_BFLOAT16/);
  });
});

describe('any bytes', () => {
  /** What reading threw, unless it was an error of ours. */
  const foreignErrorOf = (input: Uint8Array): unknown => {
    try {
      const { trailer: read } = readRknn(input, 'm.rknn');
      tensorAttributes(read, 'input', 'm.rknn');
      tensorAttributes(read, 'output', 'm.rknn');
      return undefined;
    } catch (thrown) {
      return thrown instanceof HilError ? undefined : thrown;
    }
  };

  test('random ones are refused with our error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
        expect(foreignErrorOf(join(magic, input))).toBeUndefined();
      }),
    );
  });

  test('single changed bytes and cuts of a good file are read or refused with our error', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), (position, value, length) => {
        const changed = bytes.slice(0, length);
        if (position < length) changed[position] = value;
        expect(foreignErrorOf(changed)).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  test('any JSON as description is read or refused with our error', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(foreignErrorOf(withJson(json))).toBeUndefined();
      }),
    );
  });

  test('whatever payload is written is read again', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (content) => {
        const plain = { ...trailer, const_tensor: [] };

        expect(readRknn(writeRknn({ payload: content, trailer: plain }), 'm.rknn').payload).toEqual(content);
      }),
    );
  });
});

const shared = fileURLToPath(new URL('../../../../shared/data/models/rknn/', import.meta.url));

describe.skipIf(!existsSync(shared))(
  'files of the vendor’s own toolkit (../shared/data is absent: skipped)',
  () => {
    const read = (name: string) => readRknn(new Uint8Array(readFileSync(`${shared}${name}`)), name);

    test('a precompiled MobileNet is read', () => {
      const { trailer: found, payload: binary } = read('mobilenet_v1_int8_rv1109_rv1126.rknn');

      expect(found.version).toBe('1.7.5b1');
      expect(found.pre_compile).toBe(1);
      expect(new TextDecoder().decode(binary.subarray(0, 4))).toBe('VPMN');
      expect(tensorAttributes(found, 'input', '')).toMatchObject([
        { shape: [1, 224, 224, 3], dtype: 'int8', layout: 'NHWC', quantisation: { kind: 'dfp', fl: 7 } },
      ]);
      expect(tensorAttributes(found, 'output', '')).toMatchObject([{ shape: [1, 1001], dtype: 'float16' }]);
    });

    test('a SqueezeNet is read, and survives being written again', () => {
      const file = read('squeezenet_v1.1_u8_rv1109_toolkit1.7.1.rknn');

      expect(tensorAttributes(file.trailer, 'input', '')).toMatchObject([
        { shape: [1, 3, 224, 224], dtype: 'uint8', quantisation: { kind: 'affine', scale: 1, zp: 0 } },
      ]);
      expect(tensorAttributes(file.trailer, 'output', '')).toMatchObject([{ shape: [1, 1000, 1, 1] }]);
      const again = readRknn(writeRknn(file), 'again');
      expect(again.trailer).toEqual(file.trailer);
      expect(Buffer.compare(again.payload, file.payload)).toBe(0);
    });

    test('a model of rknn-toolkit2 is refused by name', () => {
      expect(() => read('toolkit2_v2.3.2_tiny.rknn')).toThrow(/made by rknn-toolkit2/);
    });
  },
);
