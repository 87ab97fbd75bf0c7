import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { masked } from '../e2e/hil-process.ts';
import { softmaxOfDown, softmaxOfUp, tinyProject, tinySpec } from '../e2e/tiny-project.ts';
import { cli } from '../fake-io.ts';

const project = () => tinyProject({ net: tinySpec('net') });

test('update makes what is missing, says what changed, and leaves alone what is the same', async () => {
  using place = project();

  const first = await cli(place.root, 'golden', 'update');
  const again = await cli(place.root, 'golden', 'update');
  writeFileSync(place.path('specs/up.npy'), readFileSync(place.path('specs/down.npy')));
  const changed = await cli(place.root, 'golden', 'update');

  expect([first.code, again.code, changed.code]).toEqual([0, 0, 0]);
  expect(masked(first.stdout, place.root)).toEqual([
    'golden  change  what',
    'tiny/up  new  prob added',
    'tiny/down  new  prob added',
    '2 new, 0 changed, 0 unchanged',
    '',
  ]);
  expect(first.stderr).toBe('computing tiny/up ...\ncomputing tiny/down ...\n');
  expect(masked(again.stdout, place.root).at(-2)).toBe('0 new, 0 changed, 2 unchanged');
  expect(masked(changed.stdout, place.root)).toContain(
    'tiny/up  changed  input differ; prob moved by up to 0.462, top-1 0 -> 1',
  );
});

test('check tells fresh from stale from missing, and only the stale ones are an error', async () => {
  using place = project();
  await cli(place.root, 'golden', 'update', '› up');

  const half = await cli(place.root, 'golden', 'check');
  writeFileSync(place.path('specs/up.npy'), readFileSync(place.path('specs/down.npy')));
  const stale = await cli(place.root, 'golden', 'check');
  const asJson = await cli(place.root, 'golden', 'check', '--json');

  expect(half.code).toBe(0);
  expect(masked(half.stdout, place.root)).toEqual([
    'golden  state  why',
    'tiny/up  fresh',
    'tiny/down  missing',
    '1 fresh, 0 stale, 1 missing',
    '',
  ]);
  expect(stale.code).toBe(2);
  expect(masked(stale.stdout, place.root)).toEqual([
    'golden  state  why',
    'tiny/up  stale  input differs',
    'tiny/down  missing',
    '0 fresh, 1 stale, 1 missing; store them anew with `npx hil golden update`',
    '',
  ]);
  expect(JSON.parse(asJson.stdout)).toMatchObject([
    { name: 'tiny/up', state: 'stale', differences: [{ field: 'input' }] },
    { name: 'tiny/down', state: 'missing' },
  ]);
});

test('show tells the values and where they come from', async () => {
  using place = project();
  await cli(place.root, 'golden', 'update');

  const text = await cli(place.root, 'golden', 'show');
  const asJson = await cli(place.root, 'golden', 'show', '--json');

  expect(masked(text.stdout, place.root)[1]).toMatch(
    /^tiny\/up {2}fresh {2}prob 1x2 {2}0: 0\.731059 {2}1: 0\.268941 {2}[0-9a-f]{12}$/,
  );
  const shown = JSON.parse(asJson.stdout) as {
    manifest: { engine: { name: string }; madeFrom: object };
    outputs: { prob: { index: number; value: number }[] };
  }[];
  expect(shown.map(({ outputs }) => outputs.prob)).toEqual([
    [
      { index: 0, value: expect.closeTo(softmaxOfUp[0], 6) },
      { index: 1, value: expect.closeTo(softmaxOfUp[1], 6) },
    ],
    [
      { index: 1, value: expect.closeTo(softmaxOfDown[1], 6) },
      { index: 0, value: expect.closeTo(softmaxOfDown[0], 6) },
    ],
  ]);
  expect(shown[0]!.manifest).toMatchObject({
    engine: { name: 'onnxruntime' },
    madeFrom: { model: 'specs/tiny.onnx', input: 'specs/up.npy' },
  });
});
