import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HilError } from '../../hil-error.ts';
import { allocate, bytesOf, dtypes, elementsOf } from '../../tensor/dtype.ts';
import { elementCount, tensor } from '../../tensor/tensor.ts';
import {
  attributeOf,
  dtypeFromOnnx,
  dtypeToOnnx,
  makeModel,
  makeNode,
  makeValueInfo,
  readOnnx,
  tensorFromOnnx,
  tensorToOnnx,
  writeOnnx,
} from './model.ts';

/** Made by the onnx package, see fixtures/make_typed_tensors.py. */
const fixture = readFileSync(new URL('fixtures/typed-tensors.onnx', import.meta.url));

describe('a model that the onnx package wrote', () => {
  const model = readOnnx(fixture, 'typed-tensors.onnx');

  test('has its header, nodes and attributes', () => {
    const [node] = model.graph.node;

    expect(model.irVersion).toBe(8n);
    expect(model.producerName).toBe('script');
    expect(model.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([
      ['', 13n],
      ['local', 1n],
    ]);
    expect(model.metadataProps.map(({ key, value }) => [key, value])).toEqual([['author', 'a person']]);
    expect(node).toMatchObject({ name: 'leaky', opType: 'LeakyRelu', input: ['x'], output: ['y'] });
    expect(attributeOf(node!, 'alpha')?.f).toBe(0.25);
    expect(attributeOf(node!, 'beta')).toBeUndefined();
  });

  test.each([
    ['float_data', 'float32', [2], [Math.fround(0.1), -2.5]],
    ['double_data', 'float64', [2], [0.1, -1e300]],
    ['int32_data_int8', 'int8', [2], [-128, 127]],
    ['int32_data_uint8', 'uint8', [2], [255, 0]],
    ['int32_data_int16', 'int16', [2], [-32768, 32767]],
    ['int32_data_uint16', 'uint16', [2], [65535, 1]],
    ['int32_data_int32', 'int32', [2], [-(2 ** 31), 2 ** 31 - 1]],
    ['int32_data_bool', 'bool', [2], [1, 0]],
    ['int32_data_float16', 'float16', [2], [0x3c01, 0xfbff]],
    ['int64_data', 'int64', [2], [-(2n ** 63n), 2n ** 53n + 1n]],
    ['uint64_data', 'uint64', [2], [2n ** 64n - 1n, 1n]],
    ['uint64_data_uint32', 'uint32', [2], [2 ** 32 - 1, 1]],
    ['raw_float', 'float32', [2], [Math.fround(0.1), -2.5]],
    ['raw_float16', 'float16', [2, 1], [0x3c01, 0xfbff]],
    ['raw_scalar', 'int64', [], [7n]],
    ['empty', 'float32', [0, 3], []],
  ] as const)('stores %s, which is read as %s', (name, dtype, shape, values) => {
    const proto = model.graph.initializer.find((initializer) => initializer.name === name);

    const read = tensorFromOnnx(proto!, 'typed-tensors.onnx');

    expect({ ...read, data: [...read.data] }).toEqual({ dtype, shape, data: values });
  });

  test('is written again with the same bytes, fields that we do not list included', () => {
    const kept = ['Twice', 'sparse', 'IMAGE'].map((text) => Buffer.from(text));

    const written = Buffer.from(writeOnnx(model));

    expect(written.length).toBe(fixture.length);
    for (const text of kept) expect(written.includes(text)).toBe(true);
    expect(readOnnx(written, 'again')).toEqual(model);
  });
});

test('every dtype has its own ONNX code, and text and bfloat16 have no dtype', () => {
  expect(dtypes.map((dtype) => dtypeFromOnnx(dtypeToOnnx(dtype)))).toEqual(dtypes);
  expect([dtypeFromOnnx(8), dtypeFromOnnx(16)]).toEqual([undefined, undefined]);
});

test('a tensor survives being written as an initialiser, bit for bit', () => {
  const anyTensor = fc
    .tuple(fc.constantFrom(...dtypes), fc.array(fc.nat({ max: 4 }), { maxLength: 4 }))
    .chain(([dtype, shape]) => {
      const length = bytesOf(allocate(dtype, elementCount(shape))).length;
      return fc
        .uint8Array({ minLength: length, maxLength: length })
        .map((bytes) => tensor(dtype, shape, elementsOf(dtype, bytes)));
    });

  fc.assert(
    fc.property(anyTensor, (source) => {
      const model = makeModel(
        { name: 'g', nodes: [], initializers: [tensorToOnnx('t', source)], inputs: [], outputs: [] },
        { '': 13 },
      );
      const again = readOnnx(writeOnnx(model), 'again').graph.initializer[0]!;

      const read = tensorFromOnnx(again, 'again');

      expect([read.dtype, read.shape]).toEqual([source.dtype, source.shape]);
      expect(bytesOf(read.data)).toEqual(bytesOf(source.data));
    }),
  );
});

test('attributes of every kind survive writing', () => {
  const node = makeNode('Op', ['a', ''], ['b'], {
    axis: { int: -1 },
    pads: { ints: [0, 1, 2] },
    alpha: { float: 0.5 },
    scales: { floats: [1, 0.25] },
    mode: { string: 'größer' },
    value: { tensor: tensor('uint8', [2], Uint8Array.of(3, 4)) },
  });
  const model = makeModel(
    { name: 'g', nodes: [node], initializers: [], inputs: [makeValueInfo('a', 'float32')], outputs: [] },
    { '': 13 },
  );

  const again = readOnnx(writeOnnx(model), 'again').graph.node[0]!;

  expect(again.input).toEqual(['a', '']);
  expect(attributeOf(again, 'axis')).toMatchObject({ type: 2, i: -1n });
  expect(attributeOf(again, 'pads')).toMatchObject({ type: 7, ints: [0n, 1n, 2n] });
  expect(attributeOf(again, 'alpha')).toMatchObject({ type: 1, f: 0.5 });
  expect(attributeOf(again, 'scales')).toMatchObject({ type: 6, floats: [1, 0.25] });
  expect(new TextDecoder().decode(attributeOf(again, 'mode')!.s)).toBe('größer');
  expect(tensorFromOnnx(attributeOf(again, 'value')!.t!, 'again').data).toEqual(Uint8Array.of(3, 4));
});

/** How reading bytes and every initialiser in them ends. */
function ending(bytes: Uint8Array): 'read' | HilError['code'] {
  try {
    for (const proto of readOnnx(bytes, 'damaged.onnx').graph.initializer)
      tensorFromOnnx(proto, 'damaged.onnx');
    return 'read';
  } catch (error) {
    if (error instanceof HilError) return error.code;
    throw error;
  }
}

describe('damaged files', () => {
  const endings = ['read', 'HIL_MODEL_ONNX_FORMAT'];

  test('bytes that are no model end in an error of ours, never in another one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(endings).toContain(ending(bytes));
      }),
    );
  });

  test('a model with one byte changed is read, or ends in an error of ours', () => {
    fc.assert(
      fc.property(fc.nat(fixture.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Uint8Array.from(fixture);
        damaged[at]! ^= change;
        expect(endings).toContain(ending(damaged));
      }),
      { numRuns: 300 },
    );
  });

  test('a model whose end is cut off is read, or ends in an error of ours', () => {
    fc.assert(
      fc.property(fc.nat(fixture.length - 1), (length) => {
        expect(endings).toContain(ending(fixture.subarray(0, length)));
      }),
      { numRuns: 300 },
    );
  });

  test('a tensor with fewer values than its shape has names the tensor', () => {
    const proto = tensorToOnnx('w', tensor('float32', [2], Float32Array.of(1, 2)));
    proto.dims = [3n];

    expect(() => tensorFromOnnx(proto, 'net.onnx')).toThrow(
      'net.onnx is not a readable ONNX model: tensor w does not hold the 3 elements of its shape',
    );
  });

  test('a tensor of an element type without a dtype names the type', () => {
    const proto = tensorToOnnx('w', tensor('float32', [1], Float32Array.of(1)));
    proto.dataType = 16;

    expect(() => tensorFromOnnx(proto, 'net.onnx')).toThrow(
      'net.onnx is not a readable ONNX model: tensor w has element type 16, which is not supported',
    );
  });

  test('a tensor that is stored elsewhere says so', () => {
    const proto = tensorToOnnx('w', tensor('float32', [0], new Float32Array()));
    proto.dataLocation = 1;

    expect(() => tensorFromOnnx(proto, 'net.onnx')).toThrow(
      'tensor w is stored outside the file (external data)',
    );
  });
});
