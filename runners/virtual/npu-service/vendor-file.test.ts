import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../../../harness/reference/onnx-runtime-engine.ts';
import { personalities } from '../npu/personality.ts';
import { createSimulatedNpu } from '../npu/simulated-npu.ts';
import { startNpuService } from './npu-service.ts';
import { initBody, RawClient } from './raw-client.ts';

const fixture = (name: string) =>
  readFileSync(new URL(`../../../harness/reference/rknn/fixtures/${name}`, import.meta.url));

/** `rknn_tensor_attr` of the first input and the first output, as the vendor's header lays it out. */
async function attributesOf(model: Uint8Array) {
  const npu = createSimulatedNpu({ engine: createOnnxRuntimeEngine(), personality: personalities['1.7.5'] });
  const service = await startNpuService({ npu, listen: { tcp: 0 } });
  onTestFinished(() => service[Symbol.asyncDispose]());
  const client = await RawClient.open(service.address);
  onTestFinished(() => client[Symbol.asyncDispose]());
  const { status, payload } = await client.ask('init', initBody(model));
  expect(status).toBe(0);
  const [versions, counts, size] = [512, 8, 360];
  return [0, 1].map((index) => {
    const struct = payload.subarray(versions + counts + index * size);
    const dims = Array.from({ length: struct.readUInt32LE(4) }, (_, i) => struct.readUInt32LE(8 + 4 * i));
    return {
      name: struct.toString('utf8', 72, struct.indexOf(0, 72)),
      dims,
      n_elems: struct.readUInt32LE(328),
      size: struct.readUInt32LE(332),
      fmt: struct.readUInt32LE(336),
      type: struct.readUInt32LE(340),
      qnt_type: struct.readUInt32LE(344),
      fl: struct.readInt8(348),
      zp: struct.readUInt32LE(352),
      scale: struct.readFloatLE(356),
    };
  });
}

test('a u8 file of the vendor’s toolkit is described as a runtime describes it: dims fastest first, u8 affine', async () => {
  const [input, output] = await attributesOf(fixture('small_u8.rknn'));

  expect(input).toMatchObject({
    name: 'data_0_14',
    dims: [12, 12, 3, 1],
    n_elems: 432,
    size: 432,
    fmt: 0,
    type: 3,
    qnt_type: 2,
    zp: 128,
    scale: 1,
  });
  expect(output).toMatchObject({
    name: 'Softmax_prob/out0_0',
    dims: [5, 1],
    n_elems: 5,
    size: 10,
    type: 1,
    qnt_type: 0,
  });
});

test('an i16 file has a fraction length, and two bytes an element', async () => {
  const [input] = await attributesOf(fixture('small_i16.rknn'));

  expect(input).toMatchObject({ dims: [12, 12, 3, 1], n_elems: 432, size: 864, type: 4, qnt_type: 1, fl: 8 });
});
