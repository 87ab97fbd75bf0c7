import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HilError } from '../../../harness/hil-error.ts';
import { encodeNpy } from '../../../harness/tensor/npy.ts';
import { tensor } from '../../../harness/tensor/tensor.ts';
import { ConverterConfigError, parseConverterConfig } from './converter-config.ts';
import { loadConverterConfig } from './load-converter-config.ts';

const parse = (value: unknown) => parseConverterConfig(value, 'net.yaml');

describe('a config', () => {
  test('has the vendor’s defaults', () => {
    expect(parse({})).toEqual({
      preprocessing: [],
      format: 'u8',
      optimizationLevel: 3,
      preCompile: false,
      toolkit: '1.7.5',
      dataset: undefined,
    });
  });

  test('takes means and divisors for each input and channel', () => {
    const { preprocessing } = parse({
      mean_values: [[1, 2, 3], [4]],
      std_values: [[5, 6, 7], [8]],
      reorder_channel: '2 1 0#0 1 2',
    });

    expect(preprocessing).toEqual([
      { mean: [1, 2, 3], std: [5, 6, 7], swapChannels: true },
      { mean: [4], std: [8], swapChannels: false },
    ]);
  });

  test('takes the old form with one divisor', () => {
    const { preprocessing } = parse({ channel_mean_value: '104 117 123 2#7 1' });

    expect(preprocessing).toEqual([
      { mean: [104, 117, 123], std: [2, 2, 2], swapChannels: undefined },
      { mean: [7], std: [1], swapChannels: undefined },
    ]);
  });

  test.each([
    [{ do_quantization: false, quantized_dtype: 'dynamic_fixed_point-i8' }, 'fp16'],
    [{ quantized_dtype: 'asymmetric_quantized-u8' }, 'u8'],
    [{ quantized_dtype: 'asymmetric_affine-u8' }, 'u8'],
    [{ quantized_dtype: 'dynamic_fixed_point-i8' }, 'i8'],
    [{ quantized_dtype: 'dynamic_fixed_point-i16' }, 'i16'],
  ])('%j makes the format %s', (config, format) => {
    expect(parse(config).format).toBe(format);
  });

  test.each([
    [{ mean_value: [[1]] }, 'net.yaml: mean_value is unknown; did you mean mean_values?'],
    [{ std_values: [[0]] }, 'net.yaml: std_values[0][0] is 0, but must be more than 0'],
    [{ reorder_channel: '2 0 1' }, 'net.yaml: reorder_channel is "2 0 1", but must be "0 1 2" or "2 1 0"'],
    [
      { quantized_dtype: 'int8' },
      'net.yaml: quantized_dtype is "int8", but must be one of asymmetric_quantized-u8',
    ],
    [{ target_platform: 'rk1808' }, 'net.yaml: target_platform is "rk1808", but must be HIL-VIRTUAL-RK1808'],
    [{ toolkit: '1.6.0' }, 'net.yaml: toolkit is "1.6.0", but must be one of 1.6.1, 1.7.1, 1.7.5'],
    [
      { channel_mean_value: '1 2 3 1', mean_values: [[1, 2, 3]] },
      'net.yaml: channel_mean_value excludes mean_values and std_values; keep one form',
    ],
    [
      { channel_mean_value: '128' },
      'net.yaml: channel_mean_value is "128", but must be means and a divisor above 0, such as "128 128 128 1"',
    ],
    [
      { mean_values: [[1, 2, 3]], std_values: [[1]] },
      'net.yaml: std_values[0] has 1 entries, but mean_values[0] has 3',
    ],
    [
      { mean_values: [[1], [2]], reorder_channel: '0 1 2' },
      'net.yaml: mean, std and reorder_channel are for 2, 1 inputs',
    ],
    [7, 'net.yaml: the file is 7, but must be a map'],
  ])('%j is refused', (config, message) => {
    const act = () => parse(config);

    expect(act).toThrow(ConverterConfigError);
    expect(act).toThrow(message);
  });

  test('is accepted or refused with our error, whatever it is', () => {
    const key = fc.constantFrom(
      'mean_values',
      'std_values',
      'reorder_channel',
      'dataset',
      'channel_mean_value',
      'toolkit',
    );
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue()), (value) => {
        let thrown: unknown;
        try {
          parse(value);
        } catch (error) {
          thrown = error;
        }

        expect(thrown === undefined || thrown instanceof HilError).toBe(true);
      }),
    );
  });
});

describe('a config file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hil-config-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const write = (name: string, content: string | Uint8Array) => writeFile(join(folder, name), content);
  const load = (name = 'net.yaml') =>
    loadConverterConfig(join(folder, name), () => Promise.resolve(Uint8Array.of(1)));

  test('names pictures and arrays relative to itself', async () => {
    await write('net.yaml', 'dataset: [a.png, data/b.npy]\n');

    const { dataset } = await load();

    expect(dataset).toMatchObject([
      [{ kind: 'picture', path: join(folder, 'a.png') }],
      [{ kind: 'array', path: join(folder, 'data/b.npy') }],
    ]);
  });

  test('may point to a listing, with the files of one run on a line', async () => {
    await write('net.yaml', 'dataset: list.txt\n');
    await write('list.txt', 'a.png  b.png\r\n\nc.png d.png\n');

    const { dataset } = await load();

    expect(dataset.map((run) => run.map((item) => item.kind !== 'tensor' && item.path))).toEqual([
      [join(folder, 'a.png'), join(folder, 'b.png')],
      [join(folder, 'c.png'), join(folder, 'd.png')],
    ]);
  });

  test('hands arrays over as they are', async () => {
    const array = tensor('float32', [2], Float32Array.of(1, 2));
    await write('net.yaml', 'dataset: [a.npy]\n');
    await write('a.npy', encodeNpy(array));

    const [[item] = []] = (await load()).dataset;

    expect(item?.kind === 'array' && (await item.load(item.path))).toEqual(array);
  });

  test('says which array is missing', async () => {
    await write('net.yaml', 'dataset: [a.npy]\n');

    const [[item] = []] = (await load()).dataset;

    await expect(item?.kind === 'array' && item.load(item.path)).rejects.toThrow(
      /a\.npy cannot be calibrated: it cannot be read/,
    );
  });

  test.each([
    ['absent.yaml', '', /absent\.yaml: it cannot be read \(ENOENT\)/],
    ['net.yaml', 'a: [1\nb: 2', /net\.yaml: it is no YAML, line \d/],
    ['net.yaml', 'dataset: nowhere.txt', /nowhere\.txt: it cannot be read/],
  ])('%s with %j is refused', async (name, content, message) => {
    await write('net.yaml', content);

    await expect(load(name)).rejects.toThrow(message);
  });
});
