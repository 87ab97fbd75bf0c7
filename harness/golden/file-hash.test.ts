import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashFile } from './file-hash.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hil-hash-'));
});
afterAll(() => rm(folder, { recursive: true }));

// sha256 of "abc" and of one million "a": FIPS 180-2, appendix B.
const ofAbc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const ofMillionA = 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0';

test('the hash is the published one, and is new when the file is', async () => {
  const path = join(folder, 'model');
  await writeFile(path, 'abc');
  const first = await hashFile(path);
  await writeFile(path, 'a'.repeat(1_000_000));

  expect([first, await hashFile(path)]).toEqual([ofAbc, ofMillionA]);
});

test('another content of the same size and modification time is noticed', async () => {
  const path = join(folder, 'restored');
  const time = new Date('2021-02-04T12:00:00Z');
  await writeFile(path, 'abd');
  await utimes(path, time, time);
  const first = await hashFile(path);
  await rm(path);
  await writeFile(path, 'abc');
  await utimes(path, time, time);

  expect(first).not.toBe(ofAbc);
  expect(await hashFile(path)).toBe(ofAbc);
});

test('callers at the same time get the same answer', async () => {
  const path = join(folder, 'shared');
  await writeFile(path, 'abc');

  expect(await Promise.all([hashFile(path), hashFile(path), hashFile(path)])).toEqual([ofAbc, ofAbc, ofAbc]);
});

test('a missing file is named', async () => {
  const path = join(folder, 'absent.onnx');

  await expect(hashFile(path)).rejects.toMatchObject({
    code: 'HIL_FILE_UNREADABLE',
    owner: 'spec',
    message: `${path} does not exist`,
    hint: 'Check the path in the spec (it is relative to the spec file) and the file’s permissions.',
  });
});

test('a folder is no file', async () => {
  await expect(hashFile(folder)).rejects.toMatchObject({
    code: 'HIL_FILE_UNREADABLE',
    message: `${folder} cannot be read`,
  });
});
