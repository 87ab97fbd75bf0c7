import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { configSchema } from '../../project/config.ts';
import { specSchema } from '../../spec/schema.ts';
import { temporaryProject } from '../../spec/temporary-project.ts';
import { cli } from '../fake-io.ts';

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

async function printed(...args: readonly string[]): Promise<JsonSchema> {
  using place = temporaryProject();
  const { code, stdout } = await cli(place.root, 'schema', ...args);
  expect(code).toBe(0);
  return JSON.parse(stdout) as JsonSchema;
}

const spec = {
  name: 'net',
  model: { reference: 'net.onnx', board: { '1.7.5': 'net.rknn' }, format: 'fp16' },
  inputs: ['*.png', { file: 'x.bin', dtype: 'float32', shape: [1, 2], softmax: [0.5, 0.5] }],
  preprocess: { channelOrder: 'bgr', layout: 'NCHW', crop: 'centre-square', mean: [1, 2, 3], std: 2 },
  boardInput: { dtype: 'native', layout: 'NHWC', passThrough: true, declare: { sizeBytes: 12 } },
  expect: { softmax: 'expected.json', atol: 0.1 },
  tolerance: { preset: 'u8', atol: 0.1 },
  outputs: { prob: { kind: 'probabilities', tolerance: 'fp16' } },
  timeout: '500ms',
  labels: { feature: ['a', 'b'] },
};

describe('the schema of specs', () => {
  test.each<[string, object, boolean]>([
    ['everything in use', spec, true],
    [
      'a Caffe pair',
      { ...spec, model: { ...spec.model, reference: { prototxt: 'a', caffemodel: 'b' } } },
      true,
    ],
    ['one input', { ...spec, inputs: 'cat.png' }, true],
    ['an unknown key', { ...spec, repeat: 2 }, false],
    ['an unknown key further in', { ...spec, tolerance: { minCosin: 1 } }, false],
    ['another type', { ...spec, repeats: 'often' }, false],
    ['a number out of range', { ...spec, repeats: 0 }, false],
    ['a fraction where there is none', { ...spec, repeats: 1.5 }, false],
    ['a word that is not in the list', { ...spec, tolerance: 'fp61' }, false],
    ['a time without its unit', { ...spec, timeout: '30' }, false],
    ['a negative limit', { ...spec, tolerance: { atol: -1 } }, false],
    ['no inputs at all', { ...spec, inputs: [] }, false],
    ['a cosine above 1', { ...spec, tolerance: { minCosine: 1.5 } }, false],
  ])('takes or refuses %s as the loader does', async (_, declaration, taken) => {
    const published = z.fromJSONSchema(await printed());

    expect(published.safeParse(declaration).success).toBe(taken);
    expect(specSchema.safeParse(declaration).success).toBe(taken);
  });

  test('takes a list of specs, as a file may hold several', async () => {
    const published = z.fromJSONSchema(await printed());

    expect(published.safeParse([spec, { ...spec, name: 'other' }]).success).toBe(true);
    expect(published.safeParse([]).success).toBe(false);
  });

  test('requires no key, since folder defaults may give any', async () => {
    const published = z.fromJSONSchema(await printed());

    expect(published.safeParse({ name: 'net', boardInput: { dtype: 'uint8' } }).success).toBe(true);
  });
});

test.each<[string, object, boolean]>([
  [
    'boards and folders',
    { boards: [{ name: 'a', kind: 'virtual', tags: ['x'] }], golden: 'g', retries: 0 },
    true,
  ],
  [
    'a board over SSH',
    {
      boards: [
        {
          name: 'stick',
          kind: 'ssh',
          host: '192.168.180.8',
          user: 'toybrick',
          credentials: [
            { key: '~/.ssh/id_ed25519' },
            { agent: true },
            { password: { env: 'BOARD_PASSWORD' } },
          ],
          jump: ['gateway', { host: '10.0.0.1', port: 2222 }],
          libraries: { '1.7.5': '/usr/lib/librknn_runtime.so', '1.6.1': { folder: 'sdk/1.6.1' } },
          power: { cycle: ['uhubctl', '-a', 'cycle'] },
        },
      ],
    },
    true,
  ],
  [
    'a password in the clear',
    { boards: [{ name: 'a', kind: 'ssh', host: 'b', sdks: ['1.7.5'], credentials: [{ password: 'x' }] }] },
    false,
  ],
  ['an unknown key', { board_s: [] }, false],
  ['a board of an unknown kind', { boards: [{ name: 'a', kind: 'real' }] }, false],
  ['too many retries', { retries: 11 }, false],
])('the schema of configs takes or refuses %s as the loader does', async (_, config, taken) => {
  const published = z.fromJSONSchema(await printed('--of', 'config'));

  expect(published.safeParse(config).success).toBe(taken);
  expect(configSchema.safeParse(config).success).toBe(taken);
});

test('is written to a file where one is named', async () => {
  using place = temporaryProject();

  const { code, stdout } = await cli(place.root, 'schema', '--output', 'spec.schema.json');

  expect(code).toBe(0);
  expect(stdout).toBe('');
  expect(JSON.parse(readFileSync(place.path('spec.schema.json'), 'utf8'))).toMatchObject({
    title: 'hil spec',
  });
});
