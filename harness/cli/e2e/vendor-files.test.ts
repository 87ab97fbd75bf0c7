import { expect, test } from 'vitest';
import type { ConversionDistances } from '../../explain/conversion.ts';
import { boardOutputsOf } from '../../pipeline/judge-case.ts';
import type { TemporaryProject } from '../../spec/temporary-project.ts';
import { readCapture } from '../../store/capture.ts';
import { readRecords } from '../../store/record-journal.ts';
import { findRunFolder } from '../../store/run-folder.ts';
import { hil } from './hil-process.ts';
import { lacksPublishedFiles, vendorFileProject } from './vendor-file-project.ts';

const timeout = 120_000;

test('hil run judges files in the vendor’s layout on the embedded board', { timeout }, async () => {
  using place = vendorFileProject();

  const { code, stdout, stderr } = await hil(place.root, 'run', 'specs');

  expect(stdout + stderr).toContain('4 passed, 0 failed, 0 broken, 0 skipped');
  expect(stdout).toContain('Every result is simulated: no NPU was involved.');
  expect(code).toBe(0);
});

test('a board that computes a layer wrong is told from the conversion', { timeout }, async () => {
  using place = vendorFileProject();

  const { code, stdout } = await hil(place.root, 'run', 'specs/small-i16.hil.json', '--board', 'shifted');

  expect(stdout).toMatch(
    /the conversion explains [\d.e-]+ nats .*; the board adds 1\.\d+ nats \(the file computed by a model of the NPU\)/,
  );
  expect(code).toBe(1);
});

test('every case says what the conversion explains and what the board adds', { timeout }, async () => {
  using place = vendorFileProject();

  await hil(place.root, 'run', 'specs/small-i16.hil.json');
  const passed = await newestCase(place);
  const json = await hil(place.root, 'show', 'latest', '--json');
  await hil(place.root, 'run', 'specs/small-i16.hil.json', '--board', 'shifted');
  const failed = await newestCase(place);

  expect([passed.record.verdict, failed.record.verdict]).toEqual(['passed', 'failed']);
  expect(JSON.parse(json.stdout)).toMatchObject({ records: [{ conversion: passed.record.conversion }] });
  // What a sound virtual board answers is what the file says, so its capture tells the converted answer.
  const [float, file, board] = [passed.golden, passed.board, failed.board];
  const [sound, shifted] = [passed, failed].map(({ record }) => record.conversion as ConversionDistances);
  expect(sound).toMatchObject({ output: 'prob', unit: 'nats', convertedToBoard: 0 });
  expect(sound!.floatToConverted).toBeCloseTo(nats(float, file), 9);
  expect(sound!.floatToBoard).toBeCloseTo(nats(float, file), 9);
  expect(shifted!.floatToConverted).toBeCloseTo(nats(float, file), 9);
  expect(shifted!.floatToBoard).toBeCloseTo(nats(float, board), 9);
  expect(shifted!.convertedToBoard).toBeCloseTo(nats(file, board), 9);
  expect(shifted!.convertedToBoard).toBeGreaterThan(10 * shifted!.floatToConverted);
});

test('--explain never computes no conversion', { timeout }, async () => {
  using place = vendorFileProject();

  await hil(place.root, 'run', 'specs/small-i16.hil.json', '--explain', 'never');

  expect((await newestCase(place)).record).not.toHaveProperty('conversion');
});

test('hil run judges the vendor’s own SqueezeNet by the float network', { timeout }, async ({ skip }) => {
  skip(lacksPublishedFiles !== undefined, lacksPublishedFiles);
  using place = vendorFileProject({ published: true });

  const { code, stdout, stderr } = await hil(place.root, 'run', 'specs/squeezenet.hil.json');

  expect(stdout + stderr).toContain('1 passed, 0 failed, 0 broken, 0 skipped');
  expect(code).toBe(0);
});

/** The one case of the newest run, with both answers as its capture keeps them. */
async function newestCase(place: TemporaryProject) {
  const state = place.path('.hil');
  const [record] = readRecords(findRunFolder(state, 'latest'));
  const { golden, outputs } = await readCapture(place.path(record!.capture!), state);
  const valuesOf = (tensors: typeof golden.outputs) => Array.from(tensors.get('prob')!.data, Number);
  return {
    record: record!,
    golden: valuesOf(golden.outputs),
    board: valuesOf(boardOutputsOf(golden.outputs, outputs)),
  };
}

/** Largest change of the log-odds of any two classes. */
function nats(a: readonly number[], b: readonly number[]): number {
  const changes = a.map((value, i) => Math.log(value / b[i]!));
  return Math.max(...changes) - Math.min(...changes);
}
