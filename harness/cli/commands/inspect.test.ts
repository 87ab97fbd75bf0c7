import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageFolder } from '../../harness-version.ts';
import { temporaryProject } from '../../spec/temporary-project.ts';
import { cli } from '../fake-io.ts';

test('prints what files say, one after the other', async () => {
  const { code, stdout, stderr } = await cli(
    packageFolder,
    'inspect',
    'specs/models/ten-class.i8.rknn',
    'specs/models/ten-class.onnx',
  );

  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(
    /^specs\/models\/ten-class\.i8\.rknn\n {2}kind +\.rknn, container version 1, \d+ bytes/,
  );
  expect(stdout).toMatch(/ {2}format +i8\n/);
  expect(stdout).toMatch(/input +shape +layout +stored as +mean +std +reorder/);
  expect(stdout).toContain('it is made for the virtual board, and every real board refuses it');
  expect(stdout).toMatch(/specs\/models\/ten-class\.onnx\n {2}kind +ONNX/);
});

test('prints JSON that holds the same facts', async () => {
  const { stdout } = await cli(packageFolder, 'inspect', 'specs/models/ten-class.u8.rknn', '--json');

  expect(JSON.parse(stdout)).toMatchObject([{ kind: 'rknn', format: 'u8', inputs: [{ dtype: 'uint8' }] }]);
});

test('a file that cannot be read is an error of usage, and the others are shown all the same', async () => {
  using place = temporaryProject({ 'cut.rknn': 'RKNN', 'words.txt': 'words', 'folder/x.txt': '' });
  const onnx = join(packageFolder, 'specs/models/ten-class.onnx');

  const { code, stdout, stderr } = await cli(
    place.root,
    'inspect',
    'cut.rknn',
    'gone.rknn',
    'words.txt',
    'folder',
    onnx,
  );

  expect(code).toBe(2);
  expect(stderr).toContain('cut.rknn is not a usable .rknn file: its header announces 24 bytes');
  expect(stderr).toContain('gone.rknn cannot be read: there is no such file');
  expect(stderr).toContain('folder cannot be read: it is a folder');
  expect(stderr).toContain('words.txt is of no known kind');
  expect(stdout).toContain('ONNX');
});

test('a .rknn file under the name of another kind is shown as what it is, with a remark', async () => {
  using place = temporaryProject({});
  copyFileSync(join(packageFolder, 'specs/models/ten-class.u8.rknn'), join(place.root, 'net.onnx'));

  const { code, stdout } = await cli(place.root, 'inspect', 'net.onnx', '--json');

  expect(code).toBe(0);
  expect(JSON.parse(stdout)[0].remarks[0]).toMatchObject({
    level: 'warning',
    rule: 'name',
    sentence: 'its name ends in .onnx, but it holds a .rknn file',
  });
});
