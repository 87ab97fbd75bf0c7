import { expect, test } from 'vitest';
import { sha256Hex } from '../../../harness/tensor/content-hash.ts';
import { readFileSync } from 'node:fs';
import { buildNative } from '../../native/native-build.ts';
import { skipUnlessMet } from '../../machine-needs.ts';
import { needsOfStandIn, startBoardWithStandIn } from './board-with-stand-in.ts';

test('a session says by their hashes which libraries it was given', { timeout: 60_000 }, async (context) => {
  skipUnlessMet(context, ...needsOfStandIn('dropbear'));
  const { runner, board } = await startBoardWithStandIn({ kind: 'dropbear' });
  const library = buildNative().find((path) => path.endsWith('librknn_api.so'))!;

  await using session = await runner.open(board, '1.7.5', {});

  expect(session.identity.environment).toMatchObject({ 'librknn_api.so': sha256Hex(readFileSync(library)) });
});
