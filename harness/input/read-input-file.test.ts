import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { InputFileError } from './input-error.ts';
import { readInputFile } from './read-input-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'hil-input-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const refusal = (name: string) =>
  readInputFile(join(folder, name), `pictures/${name}`).catch((thrown: unknown) => thrown);

test('reads all bytes', async () => {
  writeFileSync(join(folder, 'a.bin'), Uint8Array.of(1, 2, 3));

  expect([...(await readInputFile(join(folder, 'a.bin'), 'a.bin'))]).toEqual([1, 2, 3]);
});

test('names a missing file and where its path is relative to', async () => {
  const error = await refusal('none.jpg');

  expect(error).toBeInstanceOf(InputFileError);
  expect(error).toMatchObject({
    code: 'HIL_INPUT_FILE',
    owner: 'spec',
    message: 'pictures/none.jpg does not exist',
    hint: 'Correct the path under `inputs`; it is relative to the spec file.',
  });
});

test('refuses a directory', async () => {
  mkdirSync(join(folder, 'sub.jpg'));

  expect(await refusal('sub.jpg')).toMatchObject({
    code: 'HIL_INPUT_FILE',
    message: 'pictures/sub.jpg is a directory; expected a file',
  });
});

test('refuses an empty file', async () => {
  writeFileSync(join(folder, 'empty.jpg'), '');

  expect(await refusal('empty.jpg')).toMatchObject({
    code: 'HIL_INPUT_FILE',
    message: 'pictures/empty.jpg is empty (0 bytes); expected a picture or a tensor',
  });
});

test('refuses a pipe instead of waiting for it', async ({ skip }) => {
  skip(process.platform === 'win32', 'Windows has no named pipes in folders');
  execFileSync('mkfifo', [join(folder, 'pipe.jpg')]);

  expect(await refusal('pipe.jpg')).toMatchObject({
    message: 'pictures/pipe.jpg is no plain file; expected a file',
  });
});

test('refuses a file that is larger than any picture, without reading it', async () => {
  writeFileSync(join(folder, 'huge.bmp'), '');
  truncateSync(join(folder, 'huge.bmp'), 2 ** 30);

  expect(await refusal('huge.bmp')).toMatchObject({
    message: 'pictures/huge.bmp has 1073741824 bytes; the limit is 536870912 bytes',
  });
});

test('tells when the user may not read a file', async ({ skip }) => {
  skip(process.seteuid === undefined, 'this platform has no file permissions of this kind');
  writeFileSync(join(folder, 'secret.jpg'), 'x');
  chmodSync(folder, 0o755);
  chmodSync(join(folder, 'secret.jpg'), 0);
  const isRoot = process.getuid?.() === 0;

  // Root may read everything, so for a moment we are nobody.
  if (isRoot) process.seteuid?.(65_534);
  const error = await refusal('secret.jpg').finally(() => {
    if (isRoot) process.seteuid?.(0);
  });

  expect(error).toMatchObject({
    message: 'pictures/secret.jpg may not be read by this user (EACCES)',
    hint: 'Allow reading: chmod a+r pictures/secret.jpg',
  });
});
