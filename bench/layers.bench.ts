// How fast text dumps are read, against numpy.loadtxt and the disk, and what a layer analysis costs. HIL_BENCH_PYTHON
// names a Python that has NumPy; python3 by default.

import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analyseLayers } from '../harness/layers/analyse-layers.ts';
import { dumpOfSession, type LayerDump } from '../harness/layers/dump/dumped-layer.ts';
import { NumberTextParser } from '../harness/layers/dump/parse-numbers.ts';
import { readDumpFolder } from '../harness/layers/dump/read-dump-folder.ts';
import { createOnnxRuntimeEngine } from '../harness/reference/onnx-runtime-engine.ts';
import { exposeLayers } from '../harness/reference/onnx/expose-layers.ts';
import { readOnnx, writeOnnx } from '../harness/reference/onnx/model.ts';
import { readRknn } from '../harness/reference/rknn-file/rknn-file.ts';
import { tensor } from '../harness/tensor/tensor.ts';
import { personalities } from '../runners/virtual/npu/personality.ts';
import { createSimulatedNpu } from '../runners/virtual/npu/simulated-npu.ts';
import { buildVirtualModel } from '../runners/virtual/rknn/build-model.ts';
import { parseConverterConfig } from '../runners/virtual/rknn/converter-config.ts';
import type { BenchRow } from './bench-row.ts';
import { median } from './median.ts';
import { startNumpy } from './numpy-peer.ts';
import { resnet18 } from './resnet18-network.ts';

const files = 57;
const perFile = 100_000;
const rounds = 5;

export async function run(): Promise<BenchRow[]> {
  return [...(await parsingRows()), await analysisRow()];
}

/** 57 files with 5.7 million values as a driver prints them: bell-shaped, half of them zeros as behind a ReLU. */
async function parsingRows(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hil-bench-layers-'));
  try {
    const names = Array.from({ length: files }, (_, i) =>
      join(
        folder,
        `tensorName_uid_${i}_out_0_${String(i).padStart(4, '0')}_NodeID_${i}_ConvolutionReluPoolingLayer2_w_100_h_100_d_10_batchID_0_out_0.txt`,
      ),
    );
    const random = uniform(57);
    let bytes = 0;
    for (const name of names) {
      const text = Array.from({ length: perFile }, () => {
        const value = (random() + random() + random() - 1.5) * 4;
        return `${Math.max(0, value).toFixed(6)}\n`;
      }).join('');
      bytes += text.length;
      await writeFile(name, text);
    }
    const megabytes = bytes / 1e6;
    const contents = await Promise.all(names.map((name) => readFile(name)));
    const values = new Float32Array(perFile);
    const parse = () => {
      for (const content of contents) {
        const parser = new NumberTextParser(values);
        const problem = parser.push(content) ?? parser.end();
        if (problem) throw new Error(problem.message);
      }
    };
    const read = async () => {
      const piece = Buffer.allocUnsafe(1 << 20);
      for (const name of names) {
        await using file = await open(name);
        while ((await file.read(piece, 0, piece.length)).bytesRead > 0);
      }
    };
    const numpy = await startNumpy(
      'layers_numpy.py',
      names,
      (line) => JSON.parse(line) as { ms: number; sum: number },
    );
    const times = {
      parse: [] as number[],
      folder: [] as number[],
      disk: [] as number[],
      numpy: [] as number[],
    };
    for (let round = 0; round < rounds + 1; round++) {
      times.parse.push(await processorMs(parse));
      let dump: LayerDump | undefined;
      times.folder.push(await elapsedMs(async () => (dump = await readDumpFolder(folder))));
      times.disk.push(await elapsedMs(read));
      if ('missing' in numpy) continue;
      const theirs = await numpy.measure();
      const sum = dump!.layers.reduce((total, layer) => layer.values.reduce((a, b) => a + b, total), 0);
      if (Math.abs(theirs.sum - sum) > 1e-9 * sum)
        throw new Error(`NumPy read other values: ${theirs.sum}, ${sum}`);
      times.numpy.push(theirs.ms);
    }
    if (!('missing' in numpy)) numpy.end();
    // The first round warms up.
    const [parseMs, folderMs, diskMs] = [times.parse, times.folder, times.disk].map((each) =>
      median(each.slice(1)),
    );
    const peer =
      'missing' in numpy
        ? { note: `not compared with NumPy: ${numpy.missing}` }
        : {
            peer: `numpy.loadtxt ${numpy.version}`,
            peerValue: median(times.numpy.slice(1)),
            ratio: median(times.numpy.slice(1)) / folderMs!,
            note: 'ratio: how many times faster; both gave the same values',
          };
    return [
      {
        name: `text dumps of 5.7 M values (${megabytes.toFixed(0)} MB), from a folder`,
        value: folderMs!,
        unit: 'ms',
        aim: 'at least 8 times as fast as numpy.loadtxt',
        ...peer,
      },
      {
        name: 'the same from memory, by processor time',
        value: (megabytes / parseMs!) * 1000,
        unit: 'MB/s',
        aim: 'over 400 MB/s',
      },
      {
        name: 'reading the same files without parsing (page cache)',
        value: (megabytes / diskMs!) * 1000,
        unit: 'MB/s',
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** From a dump in memory to the table, for a network of 69 nodes with a 224 x 224 picture. */
async function analysisRow(): Promise<BenchRow> {
  const engine = createOnnxRuntimeEngine();
  const onnx = resnet18();
  const shape = [1, 3, 224, 224];
  const random = uniform(18);
  const picture = Float32Array.from({ length: 3 * 224 * 224 }, () => random() * 2 - 1);
  const feeds = new Map([['data', tensor('float32', shape, picture)]]);
  const model = await buildVirtualModel({
    onnx,
    origin: 'resnet18.onnx',
    name: 'resnet18',
    config: parseConverterConfig(
      { mean_values: [[0, 0, 0]], std_values: [[1, 1, 1]], do_quantization: false },
      'resnet18.yaml',
    ),
    dataset: [],
    engine,
  });
  const ignore = () => undefined;
  await using context = await createSimulatedNpu({ engine, personality: personalities['1.7.5'] }).init(
    model,
    ignore,
  );
  const bytes = new Uint8Array(picture.buffer);
  const dump = dumpOfSession(
    await context.layers(
      [{ index: 0, bytes, dtype: 'float32', layout: 'NCHW', passThrough: false, sizeBytes: bytes.length }],
      ignore,
    ),
  );
  const { trailer: boardModel } = readRknn(model, 'resnet18.rknn');
  const reference = async () => {
    const exposed = exposeLayers(readOnnx(onnx, 'resnet18.onnx')).model;
    await using network = await engine.load(writeOnnx(exposed), 'resnet18.onnx', { optimise: false });
    await network.run(feeds);
  };
  const analyse = async () => {
    const { analysis } = await analyseLayers({
      dump,
      onnx,
      origin: 'resnet18.onnx',
      feeds,
      engine,
      boardModel,
    });
    if (analysis.rows.length !== dump.layers.length || analysis.suspect) {
      throw new Error(`a healthy board is accused: ${analysis.suspect?.sentence ?? 'layers are missing'}`);
    }
  };
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds + 1; round++) {
    theirs.push(await processorMs(reference));
    ours.push(await processorMs(analyse));
  }
  const value = median(ours.slice(1));
  const peerValue = median(theirs.slice(1));
  return {
    name: `layer analysis of a ResNet-18 (${dump.layers.length} fused layers of 69 nodes)`,
    value,
    unit: 'ms of processor time',
    peer: 'one reference run with all outputs',
    peerValue,
    ratio: value / peerValue,
    aim: 'under 3 times the reference run',
    note: 'ratio: how many times as long; both load the network, and run it on one thread',
  };
}

/** Processor time in milliseconds, of all threads of this process: other programs' work does not count. */
async function processorMs(action: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function elapsedMs(action: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await action();
  return performance.now() - started;
}

/** Numbers in [0, 1) from a seed. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
