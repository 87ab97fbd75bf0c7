import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { dumpRunNote } from '../../layers/analyse-layers.ts';
import type { LayerAnalysis } from '../../layers/layer-analysis.ts';
import type { StackComparison } from '../../layers/compare-stacks.ts';
import { tinyProject, tinySpec } from '../e2e/tiny-project.ts';
import { cli } from '../fake-io.ts';

/** A board whose classifier gives one and a half times what it should, on one SDK or on all. */
const spoiltBoard = (sdk?: string) => ({
  'hil.config.yaml': JSON.stringify({
    boards: [
      {
        name: 'spoilt',
        kind: 'virtual',
        faults: {
          layer: { kind: 'scale', name: 'scores', amount: 0.5, ...(sdk === undefined ? {} : { sdk }) },
        },
      },
    ],
  }),
});

const parse = (text: string) => JSON.parse(text) as Told[];

interface Told {
  readonly case: string;
  readonly stacks: readonly {
    readonly sdk: string;
    readonly simulated: boolean;
    readonly analysis: LayerAnalysis;
  }[];
  readonly comparison?: StackComparison;
}

test('shows each layer of a case with its errors, and that no verdict comes from it', async () => {
  using place = tinyProject({ tiny: tinySpec('tiny') });

  const { code, stdout, stderr } = await cli(place.root, 'layers', 'up');

  expect(code).toBe(0);
  expect(stderr).toContain('tiny › up: dump run on virtual, SDK 1.7.5');
  expect(stdout).toContain('tiny › up: layers on virtual (simulated), SDK 1.7.5');
  expect(stdout).toMatch(/^ +0 {2}scores +Gemm +1x2 /m);
  expect(stdout).toMatch(/^ +1 {2}prob +Softmax +1x2 /m);
  expect(stdout).toContain('Every mapped layer is within what fp16 allows');
  expect(stdout).toContain(dumpRunNote);
});

test('marks the layer that is wrong, and only it', async () => {
  using place = tinyProject({ tiny: tinySpec('tiny') }, spoiltBoard());

  const shown = await cli(place.root, 'layers', 'up');
  const told = await cli(place.root, 'layers', 'up', '--json');

  expect(shown.code).toBe(0);
  expect(shown.stdout).toMatch(/^> +0 {2}scores /m);
  expect(shown.stdout).toMatch(/^ +1 {2}prob /m);
  expect(shown.stdout).toContain('scores (Gemm) is the first layer that is itself wrong');
  const [only] = parse(told.stdout);
  const { rows, suspect } = only!.stacks[0]!.analysis;
  expect(only!.case).toBe('tiny › up');
  expect(only!.stacks[0]!.simulated).toBe(true);
  expect(rows.filter(({ excess }) => excess > 1).map(({ value }) => value)).toEqual(['scores']);
  expect(suspect!.row).toBe(0);
});

test('names the first layer whose own error changed between two SDKs', async () => {
  using place = tinyProject({ tiny: tinySpec('tiny') }, spoiltBoard('1.7.5'));

  const shown = await cli(place.root, 'layers', 'up', '--sdk', '1.6.1,1.7.5');
  const told = await cli(place.root, 'layers', 'up', '--sdk', '1.6.1,1.7.5', '--json');

  expect(shown.stdout).toContain(
    'scores (Gemm) is the first layer whose own error changed from 1.6.1 to 1.7.5: for the same inputs its values differ by up to 0.5',
  );
  expect(parse(told.stdout)[0]!.comparison).toMatchObject({
    first: 0,
    rows: [
      { value: 'scores', sameInputs: true, sameOutput: false, maxDifference: 0.5, ownErrorChanged: true },
      { value: 'prob', sameInputs: false, ownErrorChanged: false },
    ],
  });
});

test('looks only at what failed in precision in a stored run', async () => {
  using place = tinyProject({ tiny: tinySpec('tiny') });

  const { code, stderr } = await cli(place.root, 'layers', '--run', 'latest');

  expect(code).toBe(2);
  expect(stderr).toContain('HIL_');
});

test('a folder of dumps is listed, or held against the case that it is of', async () => {
  using place = tinyProject({ tiny: tinySpec('tiny') });
  const folder = await mkdtemp(join(tmpdir(), 'hil-dump-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(
    join(
      folder,
      'tensorName_uid_2_out_0_0000_NodeID_2_FullyConnectedReluLayer_w_2_h_1_d_1_batchID_0_out_0.txt',
    ),
    '1.000000\n0.000000\n',
  );
  await writeFile(
    join(folder, 'tensorName_uid_1_out_0_0001_NodeID_1_SoftMax2_w_2_h_1_d_1_batchID_0_out_0.txt'),
    // softmax([2, 0]) where softmax([1, 0]) is right.
    '0.880797\n0.119203\n',
  );

  const listed = await cli(place.root, 'layers', 'import', folder);
  const held = await cli(place.root, 'layers', 'import', folder, '--case', 'up');

  expect([listed.code, held.code]).toEqual([0, 0]);
  expect(listed.stdout).toMatch(/^0 {2}2 FullyConnectedReluLayer +uid_2_out_0 +2 x 1 x 1 +2 +0 +0\.5 +1$/m);
  expect(held.stdout).toContain('prob (Softmax) is the first layer that is itself wrong');
  expect(held.stdout).toMatch(/^> +1 {2}prob /m);
});

test('a dump is of one case', async () => {
  using place = tinyProject({ tiny: tinySpec('tiny') });
  const folder = await mkdtemp(join(tmpdir(), 'hil-dump-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'NodeID_1_A_w_1_h_1_d_1_batchID_0_out_0.txt'), '1\n');

  const { code, stderr } = await cli(place.root, 'layers', 'import', folder, '--case', 'tiny');

  expect(code).toBe(2);
  expect(stderr).toContain('--case tiny means 2 cases, a dump is of one');
  expect(stderr).toContain('--case "tiny › up"');
});
