import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { simulatedSdks } from '../../../runners/virtual/npu/personality.ts';
import { readRecords } from '../../store/record-journal.ts';
import type { CaseRecord } from '../../store/record.ts';
import { findRunFolder } from '../../store/run-folder.ts';
import { readLayers } from '../../store/layer-capture.ts';
import { builtInSuite } from './built-in-suite.ts';
import { hil } from './hil-process.ts';

const timeout = 180_000;

/** What each step of the story that fails must say of itself. */
const causes = {
  'story 1, signed bytes': ['input-settings', 'signed-bytes', 'channels-swapped'],
  'story 2, declared planes': ['input-settings', 'signed-bytes', 'interleaved-as-planes', 'channels-swapped'],
  'story 3, reorder on planes': ['input-settings', 'channels-swapped'],
  'story 6, as if float32': ['format'],
  'story 8, a wrong layer': ['layer', 'layer2.1.relu1', 'constant-factor'],
};

const told = ({ explanation }: CaseRecord) => [
  explanation?.cause,
  ...(explanation?.input?.faults.map(({ fault }) => fault) ?? []),
  ...(explanation?.layers?.suspect
    ? [explanation.layers.suspect.value, explanation.layers.suspect.kind]
    : []),
];

const failuresOf = (root: string): CaseRecord[] =>
  readRecords(findRunFolder(root, 'latest')).filter(({ verdict }) => verdict === 'failed');

test.each(simulatedSdks)(
  'on SDK %s each wrong step of the story says what is wrong',
  { timeout },
  async (sdk) => {
    using place = builtInSuite();

    const { code, stdout } = await hil(place.root, 'run', 'specs/story', '--sdk', sdk);

    const failures = failuresOf(place.path('.hil'));
    expect(code).toBe(1);
    expect(Object.fromEntries(failures.map((record) => [record.case.spec, told(record)]))).toEqual(causes);
    expect(stdout).toContain('why: bytes from 128 up are read as negative numbers');
    expect(stdout).toContain('next: remove boardInput.declare.dtype');
    expect(stdout).toContain('why: layer2.1.relu1 (Conv, Relu) is the first layer that is itself wrong');
    expect(stdout).toContain('No verdict is ever taken from a dump run');
  },
);

test(
  'a layer that only one SDK computes wrong is named there, and nothing elsewhere',
  { timeout },
  async () => {
    using place = builtInSuite();
    const config = place.path('hil.config.yaml');
    const before = readFileSync(config, 'utf8');
    writeFileSync(
      config,
      before.replace(
        /faults: \{ layer: .*\}/,
        'faults: { layer: { kind: offset, name: layer3.2.relu2, amount: 2, sdk: 1.6.1 } }',
      ),
    );

    const { code } = await hil(place.root, 'run', 'specs/story', 'story 8', '--sdk', '1.6.1,1.7.5');

    const folder = findRunFolder(place.path('.hil'), 'latest');
    const records = new Map(readRecords(folder).map((record) => [record.target.sdk, record]));
    const wrong = records.get('1.6.1')!;
    const layers = await readLayers(place.path(wrong.capture!));
    expect(code).toBe(1);
    expect(told(wrong).slice(0, 2)).toEqual(['layer', 'layer3.2.relu2']);
    expect(records.get('1.7.5')).toMatchObject({ verdict: 'passed' });
    expect(records.get('1.7.5')!.explanation).toBeUndefined();
    expect(layers!.analysis.rows[layers!.analysis.suspect!.row]!.value).toBe('layer3.2.relu2');
    expect(layers!.suspect!.board.shape).toEqual(layers!.suspect!.isolated.shape);
  },
);

test('explanations can be left out, and never change a verdict', { timeout }, async () => {
  using place = builtInSuite();

  await hil(place.root, 'run', 'specs/story', 'story 1');
  const [explained] = failuresOf(place.path('.hil'));
  const { stdout } = await hil(place.root, 'run', 'specs/story', 'story 1', '--explain', 'never');
  const [plain] = failuresOf(place.path('.hil'));

  expect(plain!.explanation).toBeUndefined();
  expect(plain!.timings.stagesMs.explain).toBeUndefined();
  expect(stdout).not.toContain('why:');
  expect([plain!.verdict, plain!.reason, plain!.comparison]).toEqual([
    explained!.verdict,
    explained!.reason,
    explained!.comparison,
  ]);
});

test('a case that passed is explained if one asks for it', { timeout }, async () => {
  using place = builtInSuite();

  const { code } = await hil(place.root, 'run', 'specs/story', 'story 4', '--explain', 'always');

  const [record] = readRecords(findRunFolder(place.path('.hil'), 'latest'));
  expect(code).toBe(0);
  expect(record).toMatchObject({ verdict: 'passed', explanation: { cause: 'format' } });
});
