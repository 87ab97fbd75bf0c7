import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type TemporaryProject, temporaryProject } from '../../spec/temporary-project.ts';
import { readRecords } from '../../store/record-journal.ts';
import { findRunFolder } from '../../store/run-folder.ts';
import { cli } from '../fake-io.ts';
import { hil } from './hil-process.ts';
import { install } from './tiny-project.ts';

/** A small Caffe network, a picture, and what NumPy says of it: see make_small_net.py there. */
const fixture = (name: string) =>
  readFileSync(new URL(`../../reference/caffe/fixtures/${name}`, import.meta.url));
const softmax = JSON.parse(fixture('small-net.json').toString()) as Readonly<Record<'bgr' | 'rgb', number[]>>;

const timeout = 60_000;

const spec = (channelOrder: 'bgr' | 'rgb') => ({
  name: `fed as ${channelOrder}`,
  model: {
    reference: { prototxt: 'small-net.prototxt', caffemodel: 'small-net.caffemodel' },
    board: 'small-net.rknn',
    format: 'fp16',
  },
  inputs: 'small-net.png',
  // The network was trained on BGR with this mean, whatever the board is fed.
  preprocess: { channelOrder: 'bgr', mean: [104, 117, 123], layout: 'NCHW' },
  boardInput: { channelOrder, dtype: 'uint8', layout: 'NHWC' },
  expect: { softmax: softmax.bgr },
  tolerance: { atol: 0.005, topK: 1 },
});

/** A project with the network, converted for the virtual board as a person would. */
async function caffeProject(
  specs: Readonly<Record<string, object>>,
  config: object,
): Promise<TemporaryProject> {
  const files = ['small-net.prototxt', 'small-net.caffemodel', 'small-net.png'];
  const place = temporaryProject({
    ...Object.fromEntries(files.map((name) => [`specs/${name}`, fixture(name)])),
    ...Object.fromEntries(
      Object.entries(specs).map(([name, declaration]) => [
        `specs/${name}.hil.json`,
        JSON.stringify(declaration),
      ]),
    ),
    'specs/net.yaml': JSON.stringify({ do_quantization: false, ...config }),
  });
  install(place);
  const { code, stderr } = await buildModel(place, '--weights', 'specs/small-net.caffemodel');
  if (code !== 0) throw new Error(stderr);
  return place;
}

const buildModel = (place: TemporaryProject, ...weights: string[]) =>
  cli(
    place.root,
    'virtual',
    'build-model',
    'specs/small-net.prototxt',
    'specs/net.yaml',
    ...weights,
    '--output',
    'specs/small-net.rknn',
  );

const verdicts = (place: TemporaryProject) =>
  Object.fromEntries(
    readRecords(findRunFolder(place.path('.hil'), 'latest')).map((record) => [
      record.case.name,
      record.verdict,
    ]),
  );

describe('a Caffe network', { timeout }, () => {
  test('runs on the virtual board; where the converter is told nothing, RGB is fed, as the vendor has it for Caffe', async () => {
    using place = await caffeProject(
      { right: spec('rgb'), wrong: spec('bgr') },
      { mean_values: [[104, 117, 123]] },
    );

    const { code } = await hil(place.root, 'run');

    expect(verdicts(place)).toEqual({
      'fed as rgb › small-net': 'passed',
      'fed as bgr › small-net': 'failed',
    });
    expect(code).toBe(1);
  });

  test('is fed BGR where the converter is told not to reorder', async () => {
    using place = await caffeProject(
      { right: spec('bgr') },
      { mean_values: [[104, 117, 123]], reorder_channel: '0 1 2' },
    );

    const { code, stdout } = await hil(place.root, 'run');

    expect(verdicts(place)).toEqual({ 'fed as bgr › small-net': 'passed' });
    expect(stdout).toContain('1 passed, 0 failed, 0 broken');
    expect(code).toBe(0);
  });

  test.each(['small-net.prototxt', 'small-net.caffemodel'])(
    'has a golden that is stale when %s changes',
    async (file) => {
      using place = await caffeProject({ right: spec('rgb') }, { mean_values: [[104, 117, 123]] });
      await cli(place.root, 'golden', 'update');
      const fresh = await cli(place.root, 'golden', 'check');
      const path = place.path(`specs/${file}`);
      // A comment in the text; in the weights an unknown field, which changes no number.
      writeFileSync(
        path,
        Buffer.concat([readFileSync(path), Buffer.from(file.endsWith('txt') ? '# new\n' : [0x78, 0x01])]),
      );

      const stale = await cli(place.root, 'golden', 'check');

      expect([fresh.code, stale.code]).toEqual([0, 2]);
      expect(stale.stdout).toContain('model differs');
    },
  );

  test('without its weights is not converted, and the command to type is shown', async () => {
    using place = await caffeProject({}, {});

    const { code, stderr } = await buildModel(place);

    expect(stderr).toContain('specs/small-net.prototxt is a Caffe network, and its weights are not named');
    expect(stderr).toContain('--weights <caffemodel>');
    expect(code).toBe(2);
  });

  test('named by one of its files is refused with how to name both', async () => {
    const { model, ...rest } = spec('rgb');
    using place = await caffeProject(
      { half: { ...rest, model: { ...model, reference: 'small-net.prototxt' } } },
      {},
    );

    const { code, stderr } = await cli(place.root, 'lint');

    expect(stderr).toContain(
      'model.reference is small-net.prototxt, one of a Caffe network’s two files; write `reference: { prototxt: ..., caffemodel: ... }`',
    );
    expect(code).toBe(2);
  });
});
