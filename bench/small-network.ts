import {
  makeModel,
  makeNode,
  makeValueInfo,
  tensorToOnnx,
  writeOnnx,
} from '../harness/reference/onnx/model.ts';
import { createOnnxRuntimeEngine } from '../harness/reference/onnx-runtime-engine.ts';
import { tensor } from '../harness/tensor/tensor.ts';
import { buildVirtualModel } from '../runners/virtual/rknn/build-model.ts';
import { parseConverterConfig } from '../runners/virtual/rknn/converter-config.ts';

const channels = 8;

/** A float16 network for the virtual board: a 3x224x224 picture, one convolution, the average of each channel. */
export async function smallNetwork(): Promise<{ bytes: Uint8Array; outputBytes: number }> {
  const weights = Float32Array.from({ length: channels * 3 * 9 }, (_, i) => ((i * 37) % 64) / 64 - 0.5);
  const network = makeModel(
    {
      name: 'small',
      nodes: [
        makeNode('Conv', ['data', 'weight'], ['features'], {
          kernel_shape: { ints: [3, 3] },
          strides: { ints: [4, 4] },
        }),
        makeNode('GlobalAveragePool', ['features'], ['average']),
      ],
      initializers: [tensorToOnnx('weight', tensor('float32', [channels, 3, 3, 3], weights))],
      inputs: [makeValueInfo('data', 'float32', [1, 3, 224, 224])],
      outputs: [makeValueInfo('average', 'float32', [1, channels, 1, 1])],
    },
    { '': 13 },
  );
  const bytes = await buildVirtualModel({
    onnx: writeOnnx(network),
    origin: 'small.onnx',
    name: 'small',
    config: parseConverterConfig(
      { mean_values: [[0, 0, 0]], std_values: [[255, 255, 255]], do_quantization: false },
      'small.yaml',
    ),
    dataset: [],
    engine: createOnnxRuntimeEngine(),
  });
  return { bytes, outputBytes: channels * 2 };
}
