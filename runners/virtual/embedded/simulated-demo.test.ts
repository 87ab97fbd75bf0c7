import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { packageFolder } from '../../../harness/harness-version.ts';
import { createOnnxRuntimeEngine } from '../../../harness/reference/onnx-runtime-engine.ts';
import { parseTopList } from '../../command/parse/top-list.ts';
import { stackFromLines, vendorFailureIn } from '../../command/vendor-lines.ts';
import { connect } from '../../ssh/connect.ts';
import { exec } from '../../ssh/exec.ts';
import { personalities } from '../npu/personality.ts';
import { createSimulatedNpu } from '../npu/simulated-npu.ts';
import { EmbeddedBoard } from './embedded-board.ts';

async function demo(model: string, picture: string): Promise<{ code: number | undefined; out: string }> {
  const npu = createSimulatedNpu({ engine: createOnnxRuntimeEngine(), personality: personalities['1.6.1'] });
  const board = await EmbeddedBoard.start({ name: 'board', npu });
  onTestFinished(() => board[Symbol.asyncDispose]());
  const connection = await connect(board.address, {});
  onTestFinished(() => connection[Symbol.asyncDispose]());
  for (const [name, path] of [
    ['model', model],
    ['picture', picture],
  ] as const) {
    await exec(connection, `cat > /tmp/${name}`, { stdin: readFileSync(join(packageFolder, path)) });
  }
  const { code, stdout } = await exec(connection, 'rknn_simulated_demo /tmp/model /tmp/picture', {});
  return { code, out: stdout.toString() };
}

test('prints as the vendor’s demo does, and says that it is simulated', async () => {
  const { code, out } = await demo(
    'specs/models/ten-class.fp16.rknn',
    'specs/images/ten-class/give-way-1.png',
  );

  expect(code).toBe(0);
  expect(out).toMatch(/^rknn_simulated_demo: a stand-in .* nothing here is hardware\n/);
  expect(stackFromLines(out)).toMatchObject({ name: '1.6.1', driver: { version: '6.4.3.5.293908' } });
  expect(out).toMatch(/^ {3}0: Elapse Time = [\d.]+ms, FPS = [\d.]+$/m);
  expect(parseTopList(out, 0).listing).toMatchObject({ kind: 'some' });
});

test('names the ten-class network’s right class first', async () => {
  const labels = readFileSync(join(packageFolder, 'specs/models/ten-class.labels.txt'), 'utf8').split('\n');

  const { out } = await demo('specs/models/ten-class.fp16.rknn', 'specs/images/ten-class/give-way-1.png');

  const { listing } = parseTopList(out, 0);
  expect(listing?.kind === 'some' && labels[listing.places[0]!]).toBe('give-way');
});

test('fails as the vendor’s demo does', async () => {
  const noModel = await demo('specs/models/ten-class.labels.txt', 'specs/images/ten-class/give-way-1.png');
  const noPicture = await demo('specs/models/ten-class.fp16.rknn', 'specs/models/ten-class.labels.txt');

  expect(noModel.code).toBe(255);
  expect(vendorFailureIn(noModel.out)).toMatchObject({ call: 'rknn_init', status: -6 });
  expect(noPicture).toMatchObject({ code: 255, out: expect.stringMatching(/\nload image failed!\n$/) });
});
