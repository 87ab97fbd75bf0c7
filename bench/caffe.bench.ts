// How fast a Caffe network is imported, against what reading its files and decoding their protobuf takes alone.

import { create, createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { packageFolder } from '../harness/harness-version.ts';
import { importCaffe } from '../harness/reference/caffe/import-caffe.ts';
import { netDescriptor } from '../harness/reference/caffe/schema.ts';
import { writeOnnx } from '../harness/reference/onnx/model.ts';
import type { BenchRow } from './bench-row.ts';
import { median } from './median.ts';

const rounds = 31;
const warmUps = 10;

export async function run(): Promise<BenchRow[]> {
  const folder = join(packageFolder, '../shared/data/models/caffe');
  const name = 'import of the largest real Caffe network';
  if (!existsSync(folder))
    return [{ name, value: Number.NaN, unit: 'ms', note: `not measured: ${folder} is absent` }];
  const caffemodel = await largest(folder);
  const prototxt = caffemodel.replace(/\.caffemodel$/, '.prototxt');
  const files = () => Promise.all([readFile(prototxt), readFile(caffemodel)]);
  const plain = plainDescriptor();
  const trials = {
    import: async () => {
      const [text, weights] = await files();
      const model = importCaffe({ bytes: text, origin: prototxt }, { bytes: weights, origin: caffemodel });
      return writeOnnx(model).length;
    },
    'reading and decoding, weights as bytes': async () => {
      const [, weights] = await files();
      fromBinary(netDescriptor, weights, { readUnknownFields: false });
    },
    'reading and decoding, weights as numbers': async () => {
      const [, weights] = await files();
      fromBinary(plain, weights);
    },
  };
  const times = await inTurn(trials);
  const value = times.import;
  const { size } = await stat(caffemodel);
  return (
    ['reading and decoding, weights as bytes', 'reading and decoding, weights as numbers'] as const
  ).map((peer, i) => ({
    name: i === 0 ? `${name} (${(size / 1e6).toFixed(1)} MB), files to ONNX bytes` : 'the same',
    value,
    unit: 'ms',
    peer,
    peerValue: times[peer],
    ratio: value / times[peer],
    note:
      i === 0
        ? 'the floor: the protobuf library alone, weights untouched; ratio: how many times longer the import takes'
        : 'the same library where the schema calls weights floats; ratio: how many times longer the import takes',
  }));
}

async function largest(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.caffemodel'));
  const sized = await Promise.all(
    names.map(async (name) => ({ path: join(folder, name), bytes: (await stat(join(folder, name))).size })),
  );
  return sized.reduce((a, b) => (b.bytes > a.bytes ? b : a)).path;
}

/** Median times in milliseconds, measured by turns so that the machine's moods meet all alike. */
async function inTurn<Name extends string>(
  trials: Readonly<Record<Name, () => Promise<unknown>>>,
): Promise<Record<Name, number>> {
  const all = Object.entries(trials) as [Name, () => Promise<unknown>][];
  const times = new Map<Name, number[]>(all.map(([name]) => [name, []]));
  for (let round = 0; round < warmUps + rounds; round++) {
    for (const [name, trial] of all) {
      const started = performance.now();
      await trial();
      if (round >= warmUps) times.get(name)!.push(performance.now() - started);
    }
  }
  return Object.fromEntries(all.map(([name]) => [name, median(times.get(name)!)])) as Record<Name, number>;
}

/** Net, layer and blob as caffe.proto states them, as far as the file has them. */
function plainDescriptor() {
  const field = (name: string, number: number, type: Type, repeated = false, typeName?: string) => ({
    name,
    number,
    type,
    label: repeated ? Label.REPEATED : Label.OPTIONAL,
    ...(typeName === undefined ? {} : { typeName: `.plain.${typeName}` }),
  });
  const registry = createFileRegistry(
    create(FileDescriptorProtoSchema, {
      name: 'plain.proto',
      package: 'plain',
      syntax: 'proto2',
      messageType: [
        { name: 'Net', field: [field('layer', 100, Type.MESSAGE, true, 'Layer')] },
        {
          name: 'Layer',
          field: [field('name', 1, Type.STRING), field('blobs', 7, Type.MESSAGE, true, 'Blob')],
        },
        { name: 'Blob', field: [{ ...field('data', 5, Type.FLOAT, true), options: { packed: true } }] },
      ],
    }),
    () => undefined,
  );
  return registry.getMessage('plain.Net')!;
}
