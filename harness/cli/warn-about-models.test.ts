import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readRknn, writeRknn } from '../reference/rknn-file/rknn-file.ts';
import type { TemporaryProject } from '../spec/temporary-project.ts';
import { tinyProject, tinySpec, wrongInput } from './e2e/tiny-project.ts';
import { cli } from './fake-io.ts';

// Nothing listens on this port: whoever touched the board would fail.
const config = JSON.stringify({
  boards: [
    { name: 'lab', kind: 'ssh', host: '127.0.0.1', port: 9, sdks: ['1.6.1'] },
    { name: 'virtual', kind: 'virtual' },
  ],
});

/** Makes the project's model one that the vendor's toolkit could have written for a chip. */
function claimPlatform(place: TemporaryProject, platform: string): void {
  const path = place.path('specs/tiny.rknn');
  const { payload, trailer } = readRknn(readFileSync(path), path);
  const claimed = { ...trailer, target_platform: [platform], hil_virtual: undefined };
  writeFileSync(path, writeRknn({ payload, trailer: claimed }));
}

test('a declaration that is not what the buffer is shows before the run, and does not stop it', async () => {
  using place = tinyProject({ wrong: tinySpec('wrong', wrongInput) }, { 'hil.config.yaml': config });

  const { code, stdout, stderr } = await cli(place.root, 'run', '--dry-run', '--board', 'virtual');

  expect(stderr.split('\n')).toEqual([
    'warning: specs/wrong.hil.json: boardInput.declare.dtype is float16 for a buffer of float32; expected float32 (specs/tiny.rknn)',
    '  next: Leave boardInput.declare.dtype out.',
    '',
  ]);
  expect(stdout).toContain('2 cases; nothing was run.');
  expect(code).toBe(0);
});

test('a model for another family of chips ends with 2, and no board is touched', async () => {
  using place = tinyProject({ net: tinySpec('net') }, { 'hil.config.yaml': config });
  claimPlatform(place, 'RV1126');

  const { code, stdout, stderr } = await cli(place.root, 'run', '--board', 'lab');

  expect(stderr.split('\n')).toEqual([
    'error: specs/net.hil.json: model.board is a file that does not fit: the model is built for RV1126, the chip is RK1808 (specs/tiny.rknn)',
    '  next: Convert it with target_platform rk1808.',
    '  code: HIL_MODEL_DOES_NOT_FIT',
    '',
  ]);
  expect(stdout).toBe('');
  expect(code).toBe(2);
});

test('a board of the right family beside it makes the same a warning', async () => {
  const { boards } = JSON.parse(config) as { boards: object[] };
  const other = { ...boards[0], name: 'other', chip: 'RV1126' };
  using place = tinyProject(
    { net: tinySpec('net') },
    { 'hil.config.yaml': JSON.stringify({ boards: [boards[0], other] }) },
  );
  claimPlatform(place, 'RV1126');

  const { code, stderr } = await cli(place.root, 'run', '--dry-run');

  expect(stderr).toContain(
    'warning: specs/net.hil.json: model.board is a file that does not fit: the model is built for RV1126',
  );
  expect(code).toBe(0);
});

test('lint lists what it finds beside each case, for scripts', async () => {
  using place = tinyProject({ wrong: tinySpec('wrong', wrongInput) });

  const { stdout } = await cli(place.root, 'lint', '--json');

  expect(JSON.parse(stdout)).toMatchObject([
    { case: 'wrong › up', modelFindings: [{ level: 'warning', rule: 'declared-type' }] },
    { case: 'wrong › down', modelFindings: [{ rule: 'declared-type' }] },
  ]);
});

test('a toolkit that is newer than the SDK on the board is a warning', async () => {
  using place = tinyProject({ net: tinySpec('net') }, { 'hil.config.yaml': config });
  claimPlatform(place, 'RK1808');

  const { code, stderr } = await cli(place.root, 'run', '--dry-run', '--board', 'lab');

  expect(stderr).toContain(
    'the model was built by toolkit 1.7.5, which is newer than SDK 1.6.1 on the board',
  );
  expect(code).toBe(0);
});
