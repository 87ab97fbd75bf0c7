import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { packageFolder } from '../harness/harness-version.ts';
import type { ReferenceModel } from '../harness/reference/engine.ts';
import { writeOnnx } from '../harness/reference/onnx/model.ts';
import { createOnnxRuntimeEngine } from '../harness/reference/onnx-runtime-engine.ts';
import { importRknn } from '../harness/reference/rknn/import-rknn.ts';
import { allocate } from '../harness/tensor/dtype.ts';
import { elementCount, tensor } from '../harness/tensor/tensor.ts';
import type { BenchRow } from './bench-row.ts';
import { median } from './median.ts';

// A real .rknn file, from its bytes to a network that runs, and a run of it beside the float network it was made of.

const data = resolve(packageFolder, '../shared/data/models');
const file = resolve(data, 'rknn/squeezenet_v1.1_u8_rv1109_toolkit1.7.1.rknn');
const float = resolve(data, 'onnx/squeezenet_v1.1_fp16.onnx');
const [loads, runs] = [7, 60];

export async function run(): Promise<BenchRow[]> {
  if (!existsSync(file)) {
    const note = 'not measured: ../shared/data, which is not part of the repository, is absent';
    return [{ name: 'SqueezeNet u8 from a .rknn file', value: Number.NaN, unit: 'ms', note }];
  }
  const engine = createOnnxRuntimeEngine();
  const bytes = readFileSync(file);
  const load = () =>
    engine.load(writeOnnx(importRknn(bytes, file).convertedNetwork()), file, {
      optimise: true,
      exactGraph: true,
    });
  await using reference = await engine.load(readFileSync(float), float, { optimise: true });
  await using converted = await load();

  const loadTimes: number[] = [];
  for (let i = 0; i < loads; i++) {
    const start = performance.now();
    const model = await load();
    loadTimes.push(performance.now() - start);
    await model[Symbol.asyncDispose]();
  }
  // In turns, so that whatever else the machine does meets both.
  const [floatTimes, convertedTimes]: [number[], number[]] = [[], []];
  for (let i = 0; i < runs; i++) {
    floatTimes.push(await timeOf(reference));
    convertedTimes.push(await timeOf(converted));
  }
  const [floatMs, convertedMs] = [median(floatTimes), median(convertedTimes)];
  return [
    {
      name: 'SqueezeNet u8, from the bytes of its .rknn file to a loaded network',
      value: median(loadTimes),
      unit: 'ms',
      aim: 'under 1000 ms',
    },
    {
      name: 'SqueezeNet u8 as an integer network, one run',
      value: convertedMs,
      unit: 'ms',
      peer: 'the float network in the same engine',
      peerValue: floatMs,
      ratio: convertedMs / floatMs,
      aim: 'at most 5 times the float network',
    },
  ];
}

async function timeOf(model: ReferenceModel): Promise<number> {
  const feeds = new Map(
    model.inputs.map(({ name, dtype, shape }) => {
      const extents = shape.map((extent) => (typeof extent === 'number' ? extent : 1));
      const elements = allocate(dtype, elementCount(extents));
      // Halves and bytes alike: something that is no zero.
      elements.forEach((_, i) => (elements[i] = (i % 101) as never));
      return [name, tensor(dtype, extents, elements)] as const;
    }),
  );
  const start = performance.now();
  await model.run(feeds);
  return performance.now() - start;
}
