import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Board } from '../../harness/board/board.ts';
import type { TensorAttribute } from '../../harness/board/tensor-attribute.ts';
import { boardNamed, goldenOf, probabilities, Trouble } from '../../harness/pipeline/trial-case.ts';
import { notQuantised } from '../../harness/tensor/quantisation.ts';
import { tensor } from '../../harness/tensor/tensor.ts';
import { strictNumber, whyNoNumber } from '../command/parse/strict-number.ts';
import { SshRunner } from '../ssh/ssh-runner.ts';
import { EmbeddedBoard, type EmbeddedBoardOptions } from '../virtual/embedded/embedded-board.ts';
import { FakeNpu } from '../virtual/embedded/fake-npu.ts';
import type { Npu } from '../virtual/npu.ts';
import { type RigOptions, startRig } from './rig.ts';

/** A board inside this process: its faults are switches, the way to it is the real one. */
async function embedded(name: string, options: Partial<EmbeddedBoardOptions> = {}) {
  const own = await EmbeddedBoard.start({ name, npu: new FakeNpu(), ...options });
  onTestFinished(() => own[Symbol.asyncDispose]());
  const board: Board = boardNamed(name);
  const runner = new SshRunner(() => Promise.resolve({ address: own.address, command: own.command }));
  return { own, board, runner };
}

async function embeddedRig(options: Partial<EmbeddedBoardOptions>, rig: Partial<RigOptions> = {}) {
  const board = await embedded('board', options);
  return { ...(await startRig({ ...rig, boards: [board] })), own: board.own };
}

const attribute = (name: string, dtype: 'uint8' | 'float32', sizeBytes: number): TensorAttribute => ({
  index: 0,
  name,
  shape: [1, 2],
  dtype,
  layout: 'NCHW',
  quantisation: notQuantised,
  sizeBytes,
});

/** An NPU that answers these floats whatever it is asked. */
function npuThatAnswers(...values: readonly number[]): Npu {
  const inputs = [attribute('data', 'uint8', 2)];
  const outputs = [{ ...attribute('prob', 'float32', values.length * 4), shape: [1, values.length] }];
  return {
    apiVersion: 'librknn_runtime version 1.7.5 (fake build: 2023-07-18 10:48:49)',
    driverVersion: '6.4.6.5.351518',
    init: () =>
      Promise.resolve({
        inputs,
        outputs,
        setInputs: () => Promise.resolve(),
        run: () =>
          Promise.resolve({
            outputs: [
              {
                attribute: outputs[0]!,
                tensor: tensor('float32', [1, values.length], Float32Array.from(values)),
              },
            ],
            npuTimeUs: 1,
          }),
        layers: () => Promise.resolve([]),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
  };
}

const softmaxGolden = { obtainGolden: () => Promise.resolve(goldenOf(probabilities(0.75, 0.25))) };

describe('faults of answers', { timeout: 60_000 }, () => {
  test('fault 32: the runner’s output ends in the middle of a frame', async () => {
    const rig = await embeddedRig({ faults: { speech: 'half-frame' } });

    const record = await rig.run();

    expect(record).toMatchObject({
      verdict: 'broken',
      class: 'infra',
      attempts: [{ error: { code: 'HIL_PROTOCOL_CUT' } }],
      error: { code: 'HIL_PROTOCOL_CUT', hint: expect.stringContaining('read the log of the board') },
    });
    await rig.expectNothingLeft();
    expect(rig.own.openConnections).toBe(0);
  });

  test('fault 34: NaN in an output', async () => {
    const rig = await embeddedRig({ npu: npuThatAnswers(NaN, 0.25) }, { services: softmaxGolden });

    const record = await rig.run();

    expect(record).toMatchObject({
      verdict: 'failed',
      class: 'precision',
      attempts: [],
      comparison: { faults: [{ kind: 'non-finite', output: 'prob' }] },
    });
    await rig.expectNothingLeft();
  });

  test('fault 35: an output of another shape', async () => {
    const rig = await embeddedRig({ npu: npuThatAnswers(0.5, 0.25, 0.25) }, { services: softmaxGolden });

    const record = await rig.run();

    expect(record).toMatchObject({ verdict: 'failed', class: 'precision', attempts: [] });
    expect(record.reason).toMatch(/shape|elements|values/);
    await rig.expectNothingLeft();
  });

  test('fault 36: a softmax that does not sum to 1', async () => {
    const rig = await embeddedRig(
      { npu: npuThatAnswers(0.75, 0.32) },
      { services: softmaxGolden, spec: { tolerance: { maxSumError: 0.01 } } },
    );

    const record = await rig.run();

    expect(record).toMatchObject({ verdict: 'failed', class: 'precision', attempts: [] });
    expect(record.reason).toMatch(/sum/);
    await rig.expectNothingLeft();
  });

  test.each([
    ['0,958134', /decimal comma/],
    ['1.#QNAN', /./],
    ['0x1.8p+1', /./],
  ])('fault 37: %s is no number of a program’s output', (text, why) => {
    expect(strictNumber(text)).toBeUndefined();
    expect(whyNoNumber(text)).toMatch(why);
  });

  test('fault 42: a process that no signal ends', async () => {
    // Stands for a process that waits in the kernel: `kill` says that it did its work, and nothing happens.
    const rig = await embeddedRig(
      { faults: { run: { kind: 'hang', ms: 600_000 } }, programs: new Map([['kill', () => 0]]) },
      { spec: { timeout: '300ms' } },
    );

    const record = await rig.run();
    const next = await rig.run();

    expect(record).toMatchObject({
      verdict: 'broken',
      class: 'infra',
      error: {
        code: 'HIL_BOARD_STUCK',
        message: expect.stringMatching(/the device runner \(pid \d+\) does not die of SIGKILL/),
        hint: expect.stringContaining('Reboot the board'),
      },
    });
    expect(rig.setAside.map(({ board }) => board)).toEqual(['board']);
    expect(next).toMatchObject({
      verdict: 'broken',
      class: 'precluded',
      error: { code: 'HIL_BOARDS_SET_ASIDE' },
    });
    await rig.expectNothingLeft();
  });

  test('fault 60: the whole farm goes down', async () => {
    const boards = await Promise.all(
      ['a', 'b', 'c'].map((name) => embedded(name, { faults: { refuseConnections: true } })),
    );
    const rig = await startRig({ boards });

    const records = [await rig.run(), await rig.run(), await rig.run()];

    expect(records[0]).toMatchObject({ verdict: 'broken', class: 'infra' });
    expect(records.slice(1)).toMatchObject(
      Array.from({ length: 2 }, () => ({
        verdict: 'broken',
        class: 'precluded',
        error: { code: 'HIL_BOARDS_SET_ASIDE' },
      })),
    );
    expect(rig.setAside.map(({ board, incident }) => `${board} ${incident}`)).toEqual([
      'a true',
      'b true',
      'c true',
    ]);
    await rig.expectNothingLeft();
  });

  test('a run that is called off while a case backs off leaves at once', async () => {
    const rig = await embeddedRig({ faults: { refuseConnections: true } });
    const controller = new AbortController();
    const running = rig.run({ signal: controller.signal });
    await delay(300);

    controller.abort(new Trouble('Ctrl-C', 'lab'));

    expect(await running).toMatchObject({ verdict: 'unknown', reason: 'the run was interrupted' });
    await rig.expectNothingLeft();
  });
});
