import type { NamedTensors } from '../../tensor/tensor.ts';
import type { ReferenceEngine } from '../engine.ts';
import { makeNode, writeOnnx, makeValueInfo, type OnnxModel } from '../onnx/model.ts';
import type { ValueRange } from './choose-storage.ts';
import { CalibrationError } from './conversion-error.ts';

/**
 * Smallest and largest value of each tensor over a calibration set (the vendor's algorithm `normal`). The graph itself
 * reduces, so that a sample costs little more than a run.
 *
 * @param names - Floating-point tensors of the graph.
 * @param samples - Feeds of one run each.
 * @throws {CalibrationError} If there is no sample, or a layer gives NaN or infinity.
 */
export async function measureRanges(
  model: OnnxModel,
  origin: string,
  engine: ReferenceEngine,
  names: readonly string[],
  samples: AsyncIterable<NamedTensors> | Iterable<NamedTensors>,
): Promise<Map<string, ValueRange>> {
  // A network of integers only has nothing to measure.
  if (names.length === 0) return new Map();
  const { graph } = model;
  const bounds = names.map((_, i) => ({ min: `calibration/min/${i}`, max: `calibration/max/${i}` }));
  const reducing = {
    ...model,
    graph: {
      ...graph,
      node: [
        ...graph.node,
        ...names.flatMap((name, i) => [
          makeNode('ReduceMin', [name], [bounds[i]!.min], { keepdims: { int: 0 } }),
          makeNode('ReduceMax', [name], [bounds[i]!.max], { keepdims: { int: 0 } }),
        ]),
      ],
      output: bounds.flatMap(({ min, max }) => [
        makeValueInfo(min, 'float32', []),
        makeValueInfo(max, 'float32', []),
      ]),
    },
  };
  await using reduced = await engine.load(writeOnnx(reducing), origin, { optimise: true });

  const ranges = new Map<string, ValueRange>();
  let count = 0;
  for await (const feeds of samples) {
    count++;
    const results = await reduced.run(feeds);
    names.forEach((name, i) => {
      const min = Number(results.get(bounds[i]!.min)!.data[0]);
      const max = Number(results.get(bounds[i]!.max)!.data[0]);
      if (!(Number.isFinite(min) && Number.isFinite(max))) {
        throw new CalibrationError(
          origin,
          `layer ${name} gives ${min} to ${max} on calibration sample ${count}`,
          'Check the mean and std values and the picture: the float network overflows on it.',
        );
      }
      const known = ranges.get(name);
      ranges.set(name, { min: Math.min(known?.min ?? min, min), max: Math.max(known?.max ?? max, max) });
    });
  }
  if (count === 0) {
    throw new CalibrationError(
      origin,
      'its dataset is empty',
      'List at least one picture or .npy file under dataset, or write do_quantization: false for a float16 model.',
    );
  }
  return ranges;
}
