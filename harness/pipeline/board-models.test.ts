import { rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { temporaryProject } from '../spec/temporary-project.ts';
import { sha256Hex } from '../tensor/content-hash.ts';
import { BoardModels } from './board-models.ts';

test('gives the file’s bytes and hash, the same ones for as long as it does not change', async () => {
  using place = temporaryProject({ 'net.rknn': 'first' });
  const models = new BoardModels();

  const first = await models.read(place.path('net.rknn'));
  const again = await models.read(place.path('net.rknn'));
  writeFileSync(place.path('net.rknn'), 'second');
  const changed = await models.read(place.path('net.rknn'));

  expect(first).toEqual({
    path: place.path('net.rknn'),
    bytes: Buffer.from('first'),
    sha256: sha256Hex('first'),
  });
  expect(again).toBe(first);
  expect(changed.sha256).toBe(sha256Hex('second'));
});

test('a file that has gone since the plan is the spec’s trouble, with a next step', async () => {
  using place = temporaryProject({ 'net.rknn': 'first' });
  const models = new BoardModels();
  await models.read(place.path('net.rknn'));
  rmSync(place.path('net.rknn'));

  await expect(models.read(place.path('net.rknn'))).rejects.toMatchObject({
    code: 'HIL_MODEL_UNREADABLE',
    owner: 'spec',
    message: `the board's model ${place.path('net.rknn')} cannot be read`,
    hint: 'Check the path in the spec (model.board) and the file’s permissions.',
  });
});
