import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { tensor, type Tensor } from '../tensor/tensor.ts';
import { createOnnxRuntimeEngine } from './onnx-runtime-engine.ts';
import {
  makeModel,
  makeNode,
  makeValueInfo,
  type OnnxModel,
  type OnnxNode,
  type OnnxStringEntry,
  type OnnxValueInfo,
  tensorToOnnx,
  writeOnnx,
} from './onnx/model.ts';
import { messageDescriptor } from './onnx/schema.ts';

const engine = createOnnxRuntimeEngine();
const load = (bytes: Uint8Array) => engine.load(bytes, 'net.onnx', { optimise: true });

const x = makeValueInfo('x', 'float32', [1, 3]);
const y = makeValueInfo('y', 'float32', [1, 3]);

function network(
  nodes: readonly OnnxNode[],
  opsets: Readonly<Record<string, number>> = { '': 13 },
  outputs: readonly OnnxValueInfo[] = [y],
): OnnxModel {
  return makeModel({ name: 'net', nodes, initializers: [], inputs: [x], outputs }, opsets);
}

describe('files that are no model', () => {
  test('an empty file', async () => {
    await expect(load(new Uint8Array())).rejects.toMatchObject({
      code: 'HIL_MODEL_ONNX_FORMAT',
      owner: 'spec',
      message: 'net.onnx is not a readable ONNX model: the file is empty',
      hint: 'Export the network again, or check that the whole file was copied.',
    });
  });

  test('a Git LFS pointer', async () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 26454\n';

    await expect(load(Buffer.from(pointer))).rejects.toMatchObject({
      code: 'HIL_MODEL_LFS_POINTER',
      message: 'net.onnx is a Git LFS pointer, not the file of 26454 bytes itself',
    });
  });

  test('a truncated model', async () => {
    const whole = writeOnnx(network([makeNode('Relu', ['x'], ['y'])]));

    await expect(load(whole.subarray(0, whole.length - 5))).rejects.toMatchObject({
      code: 'HIL_MODEL_ONNX_FORMAT',
      message: 'net.onnx is not a readable ONNX model: the protobuf encoding is damaged',
      cause: expect.any(Error) as Error,
    });
  });
});

describe('operators that the engine has not', () => {
  test('an unknown name', async () => {
    const node = makeNode('Frobnicate', ['x'], ['y'], {}, { name: 'conv1/frob' });

    await expect(load(writeOnnx(network([node])))).rejects.toMatchObject({
      code: 'HIL_MODEL_OPERATOR',
      owner: 'spec',
      message:
        'net.onnx: the reference engine has no operator Frobnicate of domain ai.onnx (opset 13), used by node conv1/frob',
      hint: 'Check the operator’s name, or export the network again with an opset that has it.',
      cause: expect.objectContaining({
        message: expect.stringContaining('No Op registered') as string,
      }) as Error,
    });
  });

  test('a custom domain', async () => {
    const node = makeNode('Frobnicate', ['x'], ['y'], {}, { domain: 'com.acme', name: '' });

    await expect(load(writeOnnx(network([node], { '': 13, 'com.acme': 2 })))).rejects.toMatchObject({
      code: 'HIL_MODEL_OPERATOR',
      message:
        'net.onnx: the reference engine has no operator Frobnicate of domain com.acme (opset 2), used by a node without a name',
      hint: 'Custom operators cannot be computed: export the network again from standard ONNX operators.',
    });
  });

  test('a domain without a declared operator set', async () => {
    const node = makeNode('Frobnicate', ['x'], ['y'], {}, { domain: 'com.acme', name: 'n' });

    await expect(load(writeOnnx(network([node])))).rejects.toMatchObject({
      code: 'HIL_MODEL_OPERATOR',
      message:
        'net.onnx: the reference engine has no operator Frobnicate of domain com.acme (no operator set declared), used by node n',
    });
  });

  test('an operator that came with a later opset', async () => {
    await expect(load(writeOnnx(network([makeNode('HardSwish', ['x'], ['y'])])))).rejects.toMatchObject({
      code: 'HIL_MODEL_OPERATOR',
      message:
        'net.onnx: the reference engine has no operator HardSwish of domain ai.onnx (opset 13), used by node y',
    });
  });

  test('an operator whose old form the engine has dropped', async () => {
    const model = network([makeNode('PRelu', ['x', 'x'], ['y'])], { '': 6 });

    await expect(load(writeOnnx(model))).rejects.toMatchObject({
      code: 'HIL_MODEL_OPERATOR',
      message:
        'net.onnx: the reference engine has no operator PRelu of domain ai.onnx (opset 6), used by node y',
    });
  });
});

describe('models that are newer than the engine', () => {
  test('by their opset', async () => {
    await expect(
      load(writeOnnx(network([makeNode('Relu', ['x'], ['y'])], { '': 999 }))),
    ).rejects.toMatchObject({
      code: 'HIL_MODEL_OPSET',
      message: expect.stringMatching(
        /^net\.onnx needs opset 999; the reference engine knows \d+ and older$/,
      ) as string,
      hint: expect.stringMatching(/^Export the network again with opset \d+ or lower\.$/) as string,
      cause: expect.any(Error) as Error,
    });
  });

  test('by their IR version', async () => {
    const model = network([makeNode('Relu', ['x'], ['y'])]);
    model.irVersion = 999n;

    await expect(load(writeOnnx(model))).rejects.toMatchObject({
      code: 'HIL_MODEL_OPSET',
      message: expect.stringMatching(
        /^net\.onnx needs IR version 999; the reference engine knows \d+ and older$/,
      ) as string,
    });
  });
});

test('weights in another file are refused, with the file’s name and a way to join them', async () => {
  const model = network([makeNode('Add', ['x', 'w'], ['y'])]);
  const weights = tensorToOnnx('w', tensor('float32', [0], new Float32Array()));
  weights.dims = [3n];
  weights.dataLocation = 1;
  const location = { key: 'location', value: 'net.weights' };
  weights.externalData = [create(messageDescriptor('StringStringEntryProto'), location) as OnnxStringEntry];
  model.graph.initializer.push(weights);

  await expect(load(writeOnnx(model))).rejects.toMatchObject({
    code: 'HIL_MODEL_EXTERNAL_DATA',
    owner: 'spec',
    message:
      'net.onnx keeps tensor w in another file, net.weights (external data); a golden must be made from one file that its hash covers',
    hint: 'Save it as one file, in Python: onnx.save(onnx.load("net.onnx"), "one-file.onnx")',
  });
});

test('a model without outputs is refused', async () => {
  await expect(
    load(writeOnnx(network([makeNode('Relu', ['x'], ['y'])], { '': 13 }, []))),
  ).rejects.toMatchObject({
    code: 'HIL_MODEL_NO_OUTPUTS',
    owner: 'spec',
    message: 'net.onnx declares no outputs',
    hint: 'Export the network again and name its outputs.',
  });
});

describe('inputs and outputs that are no numbers', () => {
  test('a text input', async () => {
    const text = makeValueInfo('words', 'float32', [1]);
    text.type!.tensorType!.elemType = 8;
    const model = network([makeNode('Identity', ['x'], ['y'])]);
    model.graph.input.push(text);

    await expect(load(writeOnnx(model))).rejects.toMatchObject({
      code: 'HIL_MODEL_ELEMENT_TYPE',
      owner: 'spec',
      message: 'net.onnx: input words is of type string, which cannot be compared',
      hint: 'Export the network with tensors of floats, integers or booleans at its inputs and outputs.',
    });
  });

  test('a bfloat16 output', async () => {
    const bfloat16 = makeValueInfo('y', 'float32', [1, 3]);
    bfloat16.type!.tensorType!.elemType = 16;
    const model = network([makeNode('Cast', ['x'], ['y'], { to: { int: 16 } })], { '': 13 }, [bfloat16]);

    await expect(load(writeOnnx(model))).rejects.toMatchObject({
      code: 'HIL_MODEL_ELEMENT_TYPE',
      message: 'net.onnx: an input or output is of type ONNX element type 16, which cannot be compared',
    });
  });

  test('a sequence output', async () => {
    const sequence = makeValueInfo('y', 'float32');
    delete sequence.type;
    const model = network([makeNode('SequenceConstruct', ['x'], ['y'])], { '': 13 }, [sequence]);

    await expect(load(writeOnnx(model))).rejects.toMatchObject({
      code: 'HIL_MODEL_ELEMENT_TYPE',
      message: 'net.onnx: output y is of type sequence, map or optional, which cannot be compared',
    });
  });
});

test('any other refusal passes the engine’s words on', async () => {
  await expect(load(writeOnnx(network([makeNode('Add', ['x', 'nowhere'], ['y'])])))).rejects.toMatchObject({
    code: 'HIL_MODEL_REJECTED',
    owner: 'spec',
    message: expect.stringMatching(
      /^net\.onnx is refused by the reference engine: .*'nowhere' is not a graph input/,
    ) as string,
    hint: 'Check the model, in Python: onnx.checker.check_model(onnx.load(path), full_check=True)',
    cause: expect.any(Error) as Error,
  });
});

test('a run that fails names the node and passes the engine’s words on', async () => {
  const model = makeModel(
    {
      name: 'net',
      nodes: [makeNode('Reshape', ['x', 'shape'], ['y'], {}, { name: 'flatten_1' })],
      initializers: [],
      inputs: [makeValueInfo('x', 'float32', ['N']), makeValueInfo('shape', 'int64', [2])],
      outputs: [makeValueInfo('y', 'float32')],
    },
    { '': 13 },
  );
  await using loaded = await load(writeOnnx(model));

  const running = loaded.run(
    new Map<string, Tensor>([
      ['x', tensor('float32', [4], new Float32Array(4))],
      ['shape', tensor('int64', [2], BigInt64Array.of(3n, 2n))],
    ]),
  );

  await expect(running).rejects.toMatchObject({
    code: 'HIL_MODEL_RUN',
    owner: 'spec',
    message: expect.stringMatching(
      /^net\.onnx fails in the reference engine: at node flatten_1 \(Reshape\): .*Input shape:\{4\}, requested shape:\{3,2\}$/,
    ) as string,
    hint: 'Check that the input has the size the network was exported for, and run the network in its own framework.',
    cause: expect.any(Error) as Error,
  });
});
