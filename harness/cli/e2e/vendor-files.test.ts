import { expect, test } from 'vitest';
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

test('hil run judges the vendor’s own SqueezeNet by the float network', { timeout }, async ({ skip }) => {
  skip(lacksPublishedFiles !== undefined, lacksPublishedFiles);
  using place = vendorFileProject({ published: true });

  const { code, stdout, stderr } = await hil(place.root, 'run', 'specs/squeezenet.hil.json');

  expect(stdout + stderr).toContain('1 passed, 0 failed, 0 broken, 0 skipped');
  expect(code).toBe(0);
});
