import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { encodeNpy } from '../../tensor/npy.ts';
import { tensor } from '../../tensor/tensor.ts';
import { LayerDumpError } from './dump-error.ts';
import { dumpOfSession } from './dumped-layer.ts';
import { readDumpFolder } from './read-dump-folder.ts';

async function folderOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hil-dump-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

const conv = (node: number, w: number, batch = 0) =>
  `NodeID_${node}_ConvolutionReluPoolingLayer2_w_${w}_h_1_d_1_batchID_${batch}_out_0.txt`;

test('layers come in the order of the counter in their names, with their values and their bytes told', async () => {
  const folder = await folderOf({
    [`tensorName_uid_9_out_0_0001_${conv(3, 2)}`]: '1.500000\n-2.000000\n',
    [`tensorName_uid_4_out_0_0000_${conv(7, 1)}`]: '0.250000\n',
    'notes.txt': 'not a dump',
  });
  const done: number[] = [];

  const dump = await readDumpFolder(folder, {
    onProgress: ({ bytes }) => done.push(bytes.done / bytes.total),
  });

  expect(dump.order).toBe('execution');
  expect(dump.layers.map(({ uid, values }) => [uid, ...values])).toEqual([
    [4, 0.25],
    [9, 1.5, -2],
  ]);
  expect(done).toEqual([9 / 28, 1]);
});

test('names without a counter go by the time of writing, and it is said that this is a guess', async () => {
  const folder = await folderOf({ [conv(1, 1)]: '1\n', [conv(9, 1)]: '9\n' });
  await utimes(join(folder, conv(9, 1)), 1000, 1000);
  await utimes(join(folder, conv(1, 1)), 1000, 1001);

  const { layers, order, remarks } = await readDumpFolder(folder);

  expect([order, remarks.length]).toEqual(['guessed', 1]);
  expect(layers.map(({ node }) => node)).toEqual([9, 1]);
});

test('an accuracy analysis says its order in order.txt and its layouts in its names', async () => {
  const values = tensor('float32', [1, 1, 2, 2], Float32Array.of(1, 2, 3, 4));
  const folder = await folderOf({
    'Relu_2_out0_nhwc_1_1_2_2.npy': encodeNpy(values),
    'Conv_1_out0_nhwc_1_1_2_2.tensor': '5\n6\n7\n8\n',
    'order.txt': 'Conv_1\nRelu_2\n',
  });

  const { layers, order } = await readDumpFolder(folder);

  expect(order).toBe('execution');
  expect(layers.map((layer) => [layer.tensorName, layer.interleaved, ...layer.values])).toEqual([
    ['Conv_1', true, 5, 6, 7, 8],
    ['Relu_2', true, 1, 2, 3, 4],
  ]);
});

test('images of a batch are one layer, and the runtime’s table names it', async () => {
  const folder = await folderOf({
    [conv(5, 2, 1)]: '3\n4\n',
    [conv(5, 2, 0)]: '1\n2\n',
    'NodeID_To_LayerName.txt': 'NodeID\t LayerName\n 5\tConv_conv1_4\n \tlost_1\n 6\tunknow node!\n',
  });

  const { layers } = await readDumpFolder(folder);

  expect(layers).toHaveLength(1);
  expect([...layers[0]!.values]).toEqual([1, 2, 3, 4]);
  expect(layers[0]!.layerName).toBe('Conv_conv1_4');
});

test('raw tensors are float32 or float16 by their size', async () => {
  const folder = await folderOf({
    '1_A_2_1_1_0_0_tensorName_uid_1_out_0.bin': Buffer.from(Float32Array.of(1.5, -2).buffer),
    '2_B_2_1_1_0_0_tensorName_uid_2_out_0.bin': Buffer.from(Uint16Array.of(0x3c00, 0xc000).buffer),
  });

  const { layers } = await readDumpFolder(folder);

  const valuesOf = (wanted: string) => [...layers.find(({ kind }) => kind === wanted)!.values];
  expect([valuesOf('A'), valuesOf('B')]).toEqual([
    [1.5, -2],
    [1, -2],
  ]);
});

test.each([
  [{ [conv(1, 2)]: '1.000000\nx\n' }, /NodeID_1_.*\.txt, line 2: "x" is no number/],
  [{ [conv(1, 2)]: '1.000000\n' }, /line 2: the text ends after 1 numbers, expected 2/],
  [{ [conv(1, 999_999)]: '1\n' }, /has 2 bytes, too few for the 999999 values that its name says/],
  [{ [conv(1, 1, 1)]: '1\n' }, /is image 1 with 1 values, expected image 0/],
  [{ 'readme.md': '' }, /holds no layer dump \(files there: readme\.md\)/],
  [{ '1_A_2_1_1_0_0_tensorName_.bin': Buffer.alloc(2) }, /has 2 bytes for the 2 values/],
  [{}, /it is empty/],
] as const)('a folder with %j is refused', async (files, message) => {
  const folder = await folderOf(files);

  const reading = readDumpFolder(folder);

  await expect(reading).rejects.toThrow(LayerDumpError);
  await expect(reading).rejects.toThrow(message);
});

test('a folder that is not there, or a folder with a dump’s name, is told', async () => {
  const folder = await folderOf({});
  await mkdir(join(folder, conv(1, 1)));

  await expect(readDumpFolder(join(folder, 'none'))).rejects.toThrow('cannot be listed');
  await expect(readDumpFolder(folder)).rejects.toThrow('holds no layer dump');
});

test('a session’s layers are dumps too, float16 included', () => {
  const { layers } = dumpOfSession([
    { name: conv(2, 2), tensor: tensor('float16', [1, 1, 2], Uint16Array.of(0x3c00, 0x3800)) },
  ]);

  expect([...layers[0]!.values]).toEqual([1, 0.5]);
  expect(() => dumpOfSession([{ name: 'x', tensor: tensor('float32', [], Float32Array.of(1)) }])).toThrow(
    LayerDumpError,
  );
});
