import { expect, test } from 'vitest';
import type { BoardModelPaths, ResolvedSpec } from '../spec/case.ts';
import { requireClaimedToolkit } from './check-claim.ts';

const claim = (boardModel: BoardModelPaths, sdk: string, version: string) => () =>
  requireClaimedToolkit({ boardModel, root: '/lab', file: '/lab/net.hil.yaml' } as ResolvedSpec, sdk, {
    path: '/lab/models/net.rknn',
    toolkit: { text: version, version },
  });

const perSdk = { bySdk: { '1.6.1': '/lab/a.rknn', '1.7.5': '/lab/b.rknn' } };

test.each<[string, BoardModelPaths, string, string]>([
  ['its own toolkit', perSdk, '1.6.1', '1.6.1'],
  ['a build of its toolkit', perSdk, '1.7.5', '1.7.5b1'],
  ['an older toolkit, which newer runtimes load', perSdk, '1.7.5', '1.7.1'],
  ['a version that is none', perSdk, '1.7.5', ''],
  ['any toolkit where one file serves all', { pattern: '/lab/a.rknn' }, '1.6.1', '1.7.5'],
  [
    'any toolkit where the same file is named for all',
    { bySdk: { '1.6.1': '/lab/a.rknn', '1.7.5': '/lab/a.rknn' } },
    '1.6.1',
    '1.7.5',
  ],
])('a model may be by %s', (_, boardModel, sdk, version) => {
  expect(claim(boardModel, sdk, version)).not.toThrow();
});

test.each<[string, BoardModelPaths, string, string, string]>([
  [
    'files that were exchanged',
    perSdk,
    '1.7.5',
    '1.6.1',
    'models/net.rknn: version is "1.6.1", but must be 1.7.5: net.hil.yaml names it under model.board for SDK 1.7.5, and another file for SDK 1.6.1',
  ],
  [
    'a newer toolkit in a folder of an SDK',
    { pattern: '/lab/{sdk}/net.rknn' },
    '1.6.1',
    '1.7.5b1',
    'models/net.rknn: version is "1.7.5b1", but must be 1.6.1 or older: net.hil.yaml names it under model.board for SDK 1.6.1',
  ],
])('refuses %s', (_, boardModel, sdk, version, message) => {
  expect(claim(boardModel, sdk, version)).toThrow(
    expect.objectContaining({
      code: 'HIL_TOOLKIT_CLAIM',
      message,
      hint: `Put the file that toolkit ${sdk} made there, or convert the network again with it.`,
    }),
  );
});
