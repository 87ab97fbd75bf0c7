import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { allocate } from '../../tensor/dtype.ts';
import { floatToHalf, halfUlpDistance, halvesToFloats } from '../../tensor/half.ts';
import { elementCount, tensor, type Tensor } from '../../tensor/tensor.ts';
import { affineOf } from '../npu-format/encode-values.ts';
import { writeOnnx, type OnnxModel } from '../onnx/model.ts';
import { createOnnxRuntimeEngine } from '../onnx-runtime-engine.ts';
import { importRknn } from './import-rknn.ts';

// Files and answers come from fixtures/make_small_networks.py, which shares nothing with the importer.

interface Answer {
  readonly input: readonly number[];
  /** Codes of stored tensors; values in float16. */
  readonly layers: Readonly<Record<string, readonly number[]>>;
  readonly prob: readonly number[];
}
const read = (name: string) => new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));
const answers = JSON.parse(new TextDecoder().decode(read('answers.json'))) as {
  readonly planes: readonly number[];
  readonly float: readonly number[];
  readonly formats: Readonly<Record<'u8' | 'i8' | 'i16' | 'fp16', Answer>>;
};

const engine = createOnnxRuntimeEngine();

async function run(model: OnnxModel, input: readonly number[]): Promise<Map<string, Tensor>> {
  await using network = await engine.load(writeOnnx(model), 'small', { optimise: true, exactGraph: true });
  const [{ name, dtype, shape }] = network.inputs as [(typeof network.inputs)[number]];
  const data = allocate(dtype, elementCount(shape.map(Number)));
  input.forEach((value, i) => (data[i] = value as never));
  return new Map(await network.run(new Map([[name, tensor(dtype, shape.map(Number), data)]])));
}

describe.each(['u8', 'i8', 'i16', 'fp16'] as const)('a small network in %s', (format) => {
  const imported = importRknn(read(`small_${format}.rknn`), `small_${format}.rknn`);
  const answer = answers.formats[format];
  const lidOf = (name: string) => imported.trailer.nodes!.find((node) => node.name === name)!.lid;

  test('has the values of an independent integer network in its layers', async () => {
    const names = Object.keys(answer.layers);
    const outputs = await run(imported.convertedNetwork({ reveal: names.map(lidOf) }), answer.input);

    for (const name of names) {
      const { step, zp } = affineOf(imported.storages.get(lidOf(name))!.quantisation);
      const wanted = answer.layers[name]!;
      const distances = Array.from(outputs.get(lidOf(name))!.data as Float32Array, (value, i) =>
        format === 'fp16'
          ? halfUlpDistance(floatToHalf(value), floatToHalf(wanted[i]!))
          : Math.abs(Math.round(value / step) + zp - wanted[i]!),
      );
      // Sums of halves are rounded in another order before they become halves; integers are exact.
      expect(Math.max(...distances)).toBeLessThanOrEqual(format === 'fp16' ? 2 : 0);
    }
  });

  test('answers as the independent network does, up to a step of float16', async () => {
    const [halves] = [...(await run(imported.convertedNetwork(), answer.input)).values()];

    const steps = Array.from(halves!.data as Uint16Array, (bits, i) =>
      halfUlpDistance(bits, floatToHalf(answer.prob[i]!)),
    );
    expect(Math.max(...steps)).toBeLessThanOrEqual(format === 'fp16' ? 4 : 1);
    expect(halvesToFloats(halves!.data as Uint16Array).reduce((a, b) => a + b)).toBeCloseTo(1, 2);
  });

  test('as the float network that the converter kept, is the original up to its weights', async () => {
    const [probabilities] = [...(await run(imported.floatNetwork(), answers.planes)).values()];

    const worst = Math.max(
      ...Array.from(probabilities!.data as Float32Array, (value, i) => Math.abs(value - answers.float[i]!)),
    );
    expect(worst).toBeLessThan({ u8: 0.02, i8: 0.02, i16: 1e-4, fp16: 1e-3 }[format]);
  });
});
