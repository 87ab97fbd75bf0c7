import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { temporaryProject } from '../../spec/temporary-project.ts';
import { hil } from '../e2e/hil-process.ts';
import { cli } from '../fake-io.ts';

function emptyFolder() {
  const place = temporaryProject();
  rmSync(place.path('hil.config.yaml'));
  return place;
}

test('a first project runs and passes as it is', { timeout: 60_000 }, async () => {
  using place = emptyFolder();

  const init = await cli(place.root, 'init');
  const run = await hil(place.root, 'run');

  expect(init.code).toBe(0);
  expect(init.stdout.split('\n')).toEqual([
    'wrote  hil.config.yaml',
    'wrote  specs/two-class.hil.yaml',
    'wrote  specs/models/two-class.onnx',
    'wrote  specs/models/two-class.fp16.rknn',
    'wrote  specs/models/two-class.labels.txt',
    'wrote  specs/images/two-class/apple-1.png',
    'wrote  specs/images/two-class/plum-2.png',
    'added  .hil/ to .gitignore',
    '',
    'Now run it:  npx hil run',
    '',
  ]);
  expect(run.code).toBe(0);
  expect(run.stdout).toContain('2 passed, 0 failed, 0 broken, 0 skipped');
});

test('the editor finds the schemas that the files name', async () => {
  using place = emptyFolder();

  await cli(place.root, 'init');

  expect(readFileSync(place.path('hil.config.yaml'), 'utf8')).toContain('$schema=.hil/config.schema.json');
  expect(readFileSync(place.path('specs/two-class.hil.yaml'), 'utf8')).toContain(
    '$schema=../.hil/spec.schema.json',
  );
  expect(existsSync(place.path('.hil/config.schema.json'))).toBe(true);
  expect(existsSync(place.path('.hil/spec.schema.json'))).toBe(true);
});

test('nothing that is there is overwritten', async () => {
  using place = emptyFolder();
  writeFileSync(place.path('hil.config.yaml'), 'retries: 0\n');
  writeFileSync(place.path('.gitignore'), 'node_modules/\n/.hil\n');

  const first = await cli(place.root, 'init');
  const second = await cli(place.root, 'init');

  expect(first.stdout).toContain('kept   hil.config.yaml, which was there already');
  expect(second.stdout).toContain('kept   specs/two-class.hil.yaml, which was there already');
  expect(second.stdout).not.toContain('wrote');
  expect(readFileSync(place.path('hil.config.yaml'), 'utf8')).toBe('retries: 0\n');
  expect(readFileSync(place.path('.gitignore'), 'utf8')).toBe('node_modules/\n/.hil\n');
});
