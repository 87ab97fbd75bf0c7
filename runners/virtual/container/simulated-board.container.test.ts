import { describe, expect, onTestFinished, test } from 'vitest';
import type { Board } from '../../../harness/board/board.ts';
import type { BoardInput, BoardModel } from '../../../harness/board/session.ts';
import { sha256Hex } from '../../../harness/tensor/content-hash.ts';
import { aarch64Programs, containerEngine, skipUnlessMet } from '../../machine-needs.ts';
import { SshRunner } from '../../ssh/ssh-runner.ts';
import { fakeModel, FakeNpu } from '../embedded/fake-npu.ts';
import type { Npu } from '../npu.ts';
import { SimulatedBoard, type SimulatedBoardOptions } from './simulated-board.ts';

const timeout = 180_000;

const board: Board = {
  name: 'poor',
  runner: 'container',
  chip: 'RK1808',
  tags: [],
  sdks: ['1.6.0', '1.7.5'],
  simulated: true,
};

const bytes = fakeModel(100, 20, 1_000_000);
const model: BoardModel = { path: 'model.rknn', sha256: sha256Hex(bytes), bytes };
const input: BoardInput = {
  index: 0,
  bytes: new Uint8Array(100).fill(7),
  dtype: 'uint8',
  layout: 'NHWC',
  passThrough: false,
  sizeBytes: 100,
};

const npuOf = (sdk: string): Npu =>
  Object.assign(new FakeNpu(), { apiVersion: `librknn_runtime version ${sdk} (fake build)` });

async function startRunner(options: Partial<SimulatedBoardOptions>): Promise<SshRunner> {
  const { name, sdks } = board;
  const simulated = await SimulatedBoard.start({ name, image: 'debian', sdks, npuFor: npuOf, ...options });
  onTestFinished(() => simulated[Symbol.asyncDispose]());
  return new SshRunner((_board, sdk) => Promise.resolve(simulated.target(sdk)));
}

/** @returns The first byte that the board answers. */
async function runOnce(runner: SshRunner, sdk: string): Promise<number> {
  await using session = await runner.open(board, sdk, {});
  const loaded = await session.load(model, {});
  const { outputs } = await loaded.infer({ inputs: [input], repeats: 1 }, {});
  return Number(outputs[0]!.tensor.data[0]);
}

describe('a simulated board in a container', { timeout }, () => {
  test('runs networks without SFTP, sha256sum, timeout, df and setsid', async (context) => {
    skipUnlessMet(context, containerEngine, aarch64Programs);
    const runner = await startRunner({
      image: 'buildroot',
      without: ['sha256sum', 'timeout', 'df', 'setsid'],
    });

    expect(await runOnce(runner, '1.7.5')).toBe(8);
  });

  test('runs networks with a read-only root and little disk', async (context) => {
    skipUnlessMet(context, containerEngine);
    const runner = await startRunner({ readOnlyRoot: true, diskBytes: 32_000_000 });

    expect(await runOnce(runner, '1.7.5')).toBe(8);
  });

  test('serves several SDK versions, each with its own library', async (context) => {
    skipUnlessMet(context, containerEngine);
    const runner = await startRunner({});

    for (const sdk of board.sdks) {
      await using session = await runner.open(board, sdk, {});

      expect(session.stack.name).toBe(sdk);
      expect(session.identity.simulated).toBe(true);
    }
  });
});
