import type { Canary } from '../../harness/board/canary.ts';
import type { ReferenceEngine } from '../../harness/reference/engine.ts';
import {
  makeModel,
  makeNode,
  makeValueInfo,
  tensorToOnnx,
  writeOnnx,
} from '../../harness/reference/onnx/model.ts';
import { sha256Hex } from '../../harness/tensor/content-hash.ts';
import { bytesOf } from '../../harness/tensor/dtype.ts';
import { tensor } from '../../harness/tensor/tensor.ts';
import { buildVirtualModel } from './rknn/build-model.ts';
import { parseConverterConfig } from './rknn/converter-config.ts';

// One 1x1 convolution on 2x2 pixels in float16. Every number in it is exact in float16, so any rounding rule gives the
// same answer: y = 2 x - 1 for the pixels 0, 1, 128 and 255.
const pixels = Uint8Array.of(0, 1, 128, 255);
/** -1, 1, 255 and 509 in float16. */
const answers = Uint16Array.of(0xbc00, 0x3c00, 0x5bf8, 0x5ff4);

/** The canary of the virtual board, whose models only the virtual board takes. */
export async function virtualCanary(engine: ReferenceEngine): Promise<Canary> {
  const network = makeModel(
    {
      name: 'canary',
      nodes: [makeNode('Conv', ['data', 'weight', 'bias'], ['answer'], { kernel_shape: { ints: [1, 1] } })],
      initializers: [
        tensorToOnnx('weight', tensor('float32', [1, 1, 1, 1], Float32Array.of(2))),
        tensorToOnnx('bias', tensor('float32', [1], Float32Array.of(-1))),
      ],
      inputs: [makeValueInfo('data', 'float32', [1, 1, 2, 2])],
      outputs: [makeValueInfo('answer', 'float32', [1, 1, 2, 2])],
    },
    { '': 13 },
  );
  const bytes = await buildVirtualModel({
    onnx: writeOnnx(network),
    origin: 'canary.onnx',
    name: 'canary',
    config: parseConverterConfig(
      { mean_values: [[0]], std_values: [[1]], do_quantization: false },
      'canary.yaml',
    ),
    dataset: [],
    engine,
  });
  return {
    model: { path: 'canary.rknn', sha256: sha256Hex(bytes), bytes },
    request: {
      inputs: [
        {
          index: 0,
          bytes: pixels,
          dtype: 'uint8',
          layout: 'NHWC',
          passThrough: false,
          sizeBytes: pixels.length,
        },
      ],
      repeats: 1,
    },
    expected: [bytesOf(answers)],
  };
}
