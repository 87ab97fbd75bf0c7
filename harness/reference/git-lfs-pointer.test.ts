import { expect, test } from 'vitest';
import { GitLfsPointerError, refuseGitLfsPointer } from './git-lfs-pointer.ts';

const pointer = `version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 12345
`;

test('a pointer is refused with the size of what is missing and the command that fetches it', () => {
  const refuse = () => refuseGitLfsPointer(Buffer.from(pointer), 'models/net.onnx');

  expect(refuse).toThrow(GitLfsPointerError);
  expect(refuse).toThrow(
    expect.objectContaining({
      code: 'HIL_MODEL_LFS_POINTER',
      owner: 'spec',
      message: 'models/net.onnx is a Git LFS pointer, not the file of 12345 bytes itself',
      hint: 'Fetch it: git lfs pull --include "models/net.onnx"',
    }),
  );
});

test('a pointer without a readable size is refused too', () => {
  const cut = Buffer.from(pointer.slice(0, 60));

  expect(() => refuseGitLfsPointer(cut, 'net.onnx')).toThrow(
    'net.onnx is a Git LFS pointer, not the file itself',
  );
});

test('other files pass: empty, short, or long with the same beginning', () => {
  const files = [Buffer.alloc(0), Buffer.from('version 2'), Buffer.from(pointer.padEnd(1024, '\n'))];

  for (const file of files) expect(() => refuseGitLfsPointer(file, 'file')).not.toThrow();
});
