import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodePicture } from '../../harness/input/decode-picture.ts';
import { preprocess } from '../../harness/input/preprocess.ts';
import { preprocessSchema } from '../../harness/spec/schema.ts';
import type { ReferenceModel } from '../../harness/reference/engine.ts';
import { writeOnnx } from '../../harness/reference/onnx/model.ts';
import { createOnnxRuntimeEngine } from '../../harness/reference/onnx-runtime-engine.ts';
import { importRknn, type ConvertedOptions } from '../../harness/reference/rknn/import-rknn.ts';
import { dequantise } from '../../harness/tensor/dequantise.ts';
import { notQuantised } from '../../harness/tensor/quantisation.ts';
import { floatsToHalves } from '../../harness/tensor/half.ts';
import { tensor, type Tensor } from '../../harness/tensor/tensor.ts';

/** What SqueezeNet answers to one picture in three forms. */
export interface Measured {
  readonly picture: string;
  /** The float network that the file was made of, computed in float32. */
  readonly original: Float32Array;
  /** The file's weights, decoded; nothing rounded. */
  readonly kept: Float32Array;
  /** The file as it says. */
  readonly converted: Float32Array;
  /** The same with every tensor of the file rounded, as if drivers fused nothing. */
  readonly unfused: Float32Array;
  /** How many of the 1000 scores before the softmax stand at the format's upper end. */
  readonly clipped: number;
}

const declaration = preprocessSchema.parse({
  resize: { width: 224, height: 224 },
  channelOrder: 'rgb',
  grey: 'expand',
  alpha: 'drop',
  layout: 'NCHW',
});
const lastScores = 'GlobalAveragePool_pool10_1_2';

/** Runs all pictures of the collection. @param data - The folder of published networks and pictures. */
export async function measureSqueezeNet(data: string): Promise<Measured[]> {
  const engine = createOnnxRuntimeEngine();
  const imported = importRknn(
    readFileSync(join(data, 'models/rknn/squeezenet_v1.1_u8_rv1109_toolkit1.7.1.rknn')),
    'squeezenet.rknn',
  );
  const exact = { optimise: true, exactGraph: true } as const;
  const load = (options?: ConvertedOptions) =>
    engine.load(writeOnnx(imported.convertedNetwork(options)), 'converted', exact);
  await using original = await engine.load(
    readFileSync(join(data, 'models/onnx/squeezenet_v1.1_fp16.onnx')),
    'original',
    { optimise: true },
  );
  await using kept = await engine.load(writeOnnx(imported.floatNetwork()), 'kept', { optimise: true });
  await using converted = await load({ reveal: [lastScores] });
  await using unfused = await load({ arithmetic: { fusion: 'none' } });

  const measured: Measured[] = [];
  for (const picture of readdirSync(join(data, 'images')).toSorted()) {
    if (!/\.(jpe?g|png|bmp)$/.test(picture)) continue;
    const input = preprocess(
      await decodePicture(readFileSync(join(data, 'images', picture)), picture),
      declaration,
    );
    const codes = tensor('uint8', input.shape, Uint8Array.from(input.data));
    const [answer, scores] = await outputsOf(converted, codes);
    const largest = scores!.reduce((most, score) => Math.max(most, score), 0);
    const limit = 255 * stepOf(imported.storages.get(lastScores)!.quantisation);
    measured.push({
      picture,
      original: (await outputsOf(original, tensor('float16', input.shape, floatsToHalves(input.data))))[0]!,
      kept: (await outputsOf(kept, input))[0]!,
      converted: answer!,
      unfused: (await outputsOf(unfused, codes))[0]!,
      clipped: largest < limit * 0.999 ? 0 : scores!.filter((score) => score >= limit * 0.999).length,
    });
  }
  return measured;
}

async function outputsOf(model: ReferenceModel, input: Tensor): Promise<Float32Array[]> {
  const results = await model.run(new Map([[model.inputs[0]!.name, input]]));
  return [...results.values()].map((result) => dequantise(result, notQuantised).data);
}

const stepOf = (quantisation: { readonly kind: string }): number =>
  'scale' in quantisation ? Number(quantisation.scale) : Number.NaN;
